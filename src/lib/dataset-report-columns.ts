// What is known of a column after all its pages: type, missing, distinct, lengths, a ten-bin histogram.
import type { Cell, ColumnInfo, ColumnType } from '../contract/records';
import type { ColumnFacts } from './dataset-report-page';

const distinctLimit = 1000;
const sampleLimit = 16_384;
export type CellType = Exclude<ColumnType, 'empty' | 'mixed'>;

const numberPattern = /^\s*[-+]?(\d+(\.\d*)?|\.\d+|\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d{3})*,\d+)([eE][-+]?\d+)?\s*$/;
const datePattern =
  /^\s*(\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}.*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}(\s+\d{1,2}:\d{2}.*)?|\d{1,2}[- /][A-Z][a-z]{2,8}[- /]\d{2,4})\s*$/;
const booleanPattern = /^(true|false|yes|no)$/i;

export function typeOfCell(cell: Exclude<Cell, null>): CellType {
  if (typeof cell === 'string') {
    if (cell.length > 40) return 'text';
    if (numberPattern.test(cell)) return 'number';
    if (datePattern.test(cell)) return 'date';
    return booleanPattern.test(cell) ? 'boolean' : 'text';
  }
  if (typeof cell === 'number') return 'number';
  if (typeof cell === 'boolean') return 'boolean';
  return Array.isArray(cell) ? 'list' : 'object';
}

/** Adds up the facts of a column page by page. */
export class ColumnStats {
  private rows = 0;
  private missing = 0;
  private readonly types = new Map<CellType, number>();
  private readonly distinct = new Set<string>();
  private distinctIsExact = true;
  private lengthSum = 0;
  private longest = 0;
  private sample: number[] = [];

  constructor(readonly name: string) {}

  add(facts: ColumnFacts, rows: number): void {
    this.rows += rows;
    this.missing += facts.missing;
    for (const [type, count] of Object.entries(facts.types) as [CellType, number][])
      this.types.set(type, (this.types.get(type) ?? 0) + count);
    if (facts.distinct === null) this.distinctIsExact = false;
    else if (this.distinct.size <= distinctLimit) for (const value of facts.distinct) this.distinct.add(value);
    this.lengthSum += facts.lengthSum;
    this.longest = Math.max(this.longest, facts.longest);
    for (const value of facts.sample) this.sample.push(value);
    if (this.sample.length > sampleLimit * 2) this.sample = this.sample.filter((_, index) => index % 2 === 0);
  }

  /** Rows of pages that did not have the column at all. */
  addMissing(rows: number): void {
    this.rows += rows;
    this.missing += rows;
  }

  type(): ColumnType {
    const filled = this.rows - this.missing;
    if (filled === 0) return 'empty';
    const [type, most] = [...this.types].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
    if (most === filled) return type;
    // Words among texts that look like numbers are texts; numbers with a few words among them are a mistake.
    return type === 'text' || most < filled * 0.8 ? 'text' : 'mixed';
  }

  info(): ColumnInfo {
    const type = this.type();
    const filled = this.rows - this.missing;
    const exact = this.distinctIsExact && this.distinct.size <= distinctLimit;
    const info: ColumnInfo = {
      name: this.name,
      type,
      missing: this.missing,
      distinct: exact ? this.distinct.size : distinctLimit,
      distinctIsExact: exact,
    };
    if (type === 'text' && filled > 0) {
      info.meanLength = this.lengthSum / filled;
      info.maxLength = this.longest;
    }
    if (type === 'text' || type === 'number') {
      const bins = histogram(this.sample, filled);
      if (bins) info.histogram = bins;
    }
    return info;
  }
}

/** Ten equal bins over finite values; counts scaled to `total` where `values` is a sample. */
export function histogram(values: readonly number[], total: number): { edges: number[]; counts: number[] } | null {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return null;
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const width = (high - low) / 10 || 1;
  const counts = new Array<number>(10).fill(0);
  for (const value of finite) counts[Math.min(9, Math.floor((value - low) / width))]!++;
  const scale = total / finite.length;
  return {
    edges: Array.from({ length: 11 }, (_, index) => low + index * width),
    counts: counts.map((count) => Math.round(count * scale)),
  };
}
