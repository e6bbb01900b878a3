// The log readers write to, kept as report entries: a reason, how many rows, the first five row numbers.
import type { ReportEntry } from '../../src/contract/records';
import type { ReadLog } from '../../src/formats/reading';

interface Kept {
  reason: string;
  count: number;
  rows: number[];
}

export class FileLog implements ReadLog {
  refused = 0;
  private readonly refusals = new Map<string, Kept>();
  private readonly warnings = new Map<string, Kept>();

  constructor(private readonly file: string) {}

  refuse(row: number, reason: string): void {
    this.refused++;
    keep(this.refusals, reason, reason, row);
  }

  warn(code: string, message: string, row?: number): void {
    keep(this.warnings, code, message, row);
  }

  errors(): ReportEntry[] {
    return [...this.refusals.values()].map(({ reason, count, rows }) => ({
      code: 'refused-row',
      message: `${count.toLocaleString('en')} ${count === 1 ? 'row was' : 'rows were'} left out: ${reason}.`,
      count,
      rows,
      file: this.file,
    }));
  }

  notes(): ReportEntry[] {
    return [...this.warnings].map(([code, { reason, count, rows }]) => ({
      code,
      message: rows.length > 0 ? `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}: ${reason}.` : reason,
      count,
      ...(rows.length > 0 ? { rows } : {}),
      file: this.file,
    }));
  }
}

function keep(into: Map<string, Kept>, key: string, reason: string, row: number | undefined): void {
  let kept = into.get(key);
  if (!kept) into.set(key, (kept = { reason, count: 0, rows: [] }));
  kept.count++;
  if (row !== undefined && kept.rows.length < 5) kept.rows.push(row);
}
