// What is known of a column after one pass: type, missing, distinct, lengths, a ten-bin histogram.
import type { Cell, ColumnInfo, ColumnType } from '../contract/records';

const distinctLimit = 1000;
const sampleLimit = 4096;
const settledAfter = 4096;
type CellType = Exclude<ColumnType, 'empty' | 'mixed'>;

const numberPattern = /^\s*[-+]?(\d+(\.\d*)?|\.\d+|\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d{3})*,\d+)([eE][-+]?\d+)?\s*$/;
const datePattern =
  /^\s*(\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}.*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}(\s+\d{1,2}:\d{2}.*)?)\s*$/;
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

/** Sees a column page by page. Types are looked at until they are settled, lengths and values to the end. */
export class ColumnStats {
  private rows = 0;
  private missing = 0;
  private readonly types = new Map<CellType, number>();
  private readonly distinct = new Set<string>();
  private distinctOpen = true;
  private settledText = false;
  private lengthSum = 0;
  private longest = 0;
  /** Every `stride`-th value, kept evenly over the whole column. */
  private sample: number[] = [];
  private stride = 1;
  private seen = 0;

  constructor(readonly name: string) {}

  add(cells: readonly Cell[]): void {
    this.rows += cells.length;
    for (const cell of cells) {
      if (cell === null || cell === '') {
        this.missing++;
        continue;
      }
      if (this.distinctOpen) this.countDistinct(cell);
      const type = this.settledText && typeof cell === 'string' ? 'text' : typeOfCell(cell);
      this.types.set(type, (this.types.get(type) ?? 0) + 1);
      const length = typeof cell === 'string' ? cell.length : 0;
      this.lengthSum += length;
      if (length > this.longest) this.longest = length;
      if (this.seen++ % this.stride === 0) this.keep(type === 'number' ? Number(cell) : length);
    }
    const filled = this.rows - this.missing;
    this.settledText ||= filled > settledAfter && (this.types.get('text') ?? 0) > filled * 0.99;
  }

  private countDistinct(cell: Exclude<Cell, null>): void {
    this.distinct.add(typeof cell === 'string' ? cell : JSON.stringify(cell));
    if (this.distinct.size > distinctLimit) this.distinctOpen = false;
  }

  private keep(value: number): void {
    this.sample.push(value);
    if (this.sample.length < sampleLimit * 2) return;
    this.sample = this.sample.filter((_, index) => index % 2 === 0);
    this.stride *= 2;
  }

  /** Missing cells of pages that did not have the column at all. */
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
    const info: ColumnInfo = {
      name: this.name,
      type,
      missing: this.missing,
      distinct: Math.min(this.distinct.size, distinctLimit),
      distinctIsExact: this.distinctOpen,
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
