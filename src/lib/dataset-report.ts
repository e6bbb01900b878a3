// Adds up what pages say about themselves (dataset-report-page.ts), in order: statistics and everything a report
// warns of. Keeps hashes, counts and five row numbers a finding, never the rows.
import type { ColumnInfo, DatasetStats, Mapping, ReportEntry, Split } from '../contract/records';
import { ColumnStats } from './dataset-report-columns';
import { Findings } from './dataset-report-findings';
import type { PageFacts } from './dataset-report-page';
import { TextTable } from './hash-table';

export const longTextLength = 2000;
const lengthBins = 8192;
/** More different labels than this are no labels: the column holds something else. */
export const mostClasses = 2000;
const splitNames: readonly (Split | null)[] = [null, 'train', 'validation', 'test'];
/** By split code. */
const bitOfCode = [0, 1, 2, 4];
const splitBits: Record<Split, number> = { train: 1, validation: 2, test: 4 };
const conflictBit = 8;

export interface AnalysisResult {
  stats: Omit<DatasetStats, 'rowsRead' | 'rowsRefused' | 'sizeBytes'>;
  warnings: ReportEntry[];
  multiLabel: boolean;
}

export class DatasetAnalysis {
  private rows = 0;
  private readonly columns = new Map<string, ColumnStats>();
  private readonly texts = new TextTable();
  private readonly labelIds = new Map<string, number>();
  private readonly classes = new Map<string, { rows: number; splits: number }>();
  private readonly splits: Record<Split, number> = { train: 0, validation: 0, test: 0 };
  private readonly lengths = new Uint32Array(lengthBins + 1);
  private readonly findings = new Findings();
  private lengthSum = 0;
  private longest = 0;
  private labelled = 0;
  private several = 0;
  private duplicates = 0;
  private conflicting = 0;
  private empty = 0;
  private tooLong = 0;

  constructor(private readonly mapping: Mapping) {}

  add(page: PageFacts): void {
    for (const facts of page.columns) this.columnStats(facts.name).add(facts, page.rows);
    const present = new Set(page.columns.map((facts) => facts.name));
    for (const [name, stats] of this.columns) if (!present.has(name)) stats.addMissing(page.rows);
    for (const { row, value } of page.oddSplits) this.findings.note('unknown-split', numberOf(page, row), value);
    const ids = page.labelSets.map((set) => this.labelSetId(set));
    const used = new Uint32Array(page.labelSets.length * 8);
    for (let row = 0; row < page.rows; row++) {
      const code = page.splits[row]!;
      const split = splitNames[code];
      if (split) this.splits[split]++;
      const set = page.labels[row]!;
      if (set >= 0) used[set * 8 + code]!++;
      if (page.text) this.countText(page, row, set < 0 ? -1 : ids[set]!, bitOfCode[code]!);
    }
    page.labelSets.forEach((set, index) => this.countLabels(set, used.subarray(index * 8, index * 8 + 4)));
    this.rows += page.rows;
  }

  private columnStats(name: string): ColumnStats {
    let stats = this.columns.get(name);
    if (!stats) {
      stats = new ColumnStats(name);
      stats.addMissing(this.rows);
      this.columns.set(name, stats);
    }
    return stats;
  }

  /** A number for a set of labels, the same over all pages. */
  private labelSetId(labels: readonly string[]): number {
    const key = labels.length === 1 ? labels[0]! : JSON.stringify([...labels].sort());
    let id = this.labelIds.get(key);
    if (id === undefined) {
      id = this.labelIds.size;
      this.labelIds.set(key, id);
    }
    return id;
  }

  /** @param rowsByCode rows with this set, by split code */
  private countLabels(labels: readonly string[], rowsByCode: Uint32Array): void {
    const rows = rowsByCode.reduce((sum, count) => sum + count, 0);
    this.labelled += rows;
    if (labels.length > 1) this.several += rows;
    const splits = rowsByCode.reduce((bits, count, code) => (count > 0 ? bits | bitOfCode[code]! : bits), 0);
    for (const label of labels) {
      const known = this.classes.get(label) ?? { rows: 0, splits: 0 };
      this.classes.set(label, { rows: known.rows + rows, splits: known.splits | splits });
    }
  }

  private countText(page: PageFacts, row: number, labelId: number, bit: number): void {
    const { high, low, lengths } = page.text!;
    const blank = lengths[row]! < 0;
    const length = blank ? -1 - lengths[row]! : lengths[row]!;
    this.lengthSum += length;
    this.lengths[Math.min(length, lengthBins)]!++;
    if (length > this.longest) this.longest = length;
    if (blank) {
      this.empty++;
      this.findings.note('empty-text', numberOf(page, row));
      return;
    }
    if (length > longTextLength) {
      this.tooLong++;
      this.findings.note('long-text', numberOf(page, row));
    }
    const { texts } = this;
    const slot = texts.slotOf(high[row]!, low[row]!);
    if (!texts.known) {
      texts.labels[slot] = labelId;
      texts.flags[slot] = bit;
      return;
    }
    this.duplicates++;
    this.findings.note('duplicate-text', numberOf(page, row));
    const flags = texts.flags[slot]!;
    if (labelId >= 0 && texts.labels[slot]! < 0) texts.labels[slot] = labelId;
    else if (labelId >= 0 && texts.labels[slot] !== labelId) {
      if ((flags & conflictBit) === 0) this.conflicting++;
      texts.flags[slot] = flags | conflictBit;
      this.findings.note('conflicting-labels', numberOf(page, row));
    }
    const trained = (flags & splitBits.train) !== 0;
    const tested = (flags & splitBits.test) !== 0;
    if ((bit === splitBits.test && trained && !tested) || (bit === splitBits.train && tested && !trained))
      this.findings.note('leak', numberOf(page, row));
    texts.flags[slot]! |= bit;
  }

  /** @param declared labels the file names, also those no row has */
  finish(declared: readonly string[] = []): AnalysisResult {
    const columns: ColumnInfo[] = [...this.columns.values()].map((column) => column.info());
    const multiLabel = this.mapping.labels !== undefined && this.several > 0;
    const classes = [...this.classes].sort((a, b) => b[1].rows - a[1].rows);
    const stats: AnalysisResult['stats'] = {
      rowsKept: this.rows,
      labelled: this.labelled,
      unlabelled: this.rows - this.labelled,
      classes: Object.fromEntries(classes.slice(0, mostClasses).map(([label, count]) => [label, count.rows])),
      splits: Object.fromEntries(Object.entries(this.splits).filter(([, rows]) => rows > 0)),
      duplicates: this.duplicates,
      conflicting: this.conflicting,
      empty: this.empty,
      tooLong: this.tooLong,
      columns,
    };
    if (this.mapping.text !== undefined && this.rows > 0) stats.textLength = this.textLength();
    this.findings.classes(this.classes, declared, splitBits, this.splits);
    this.findings.columns(columns, this.mapping);
    if (classes.length > mostClasses) this.findings.tooManyLabels(classes.length, mostClasses);
    return { stats, warnings: this.findings.entries(), multiLabel };
  }

  private textLength(): NonNullable<DatasetStats['textLength']> {
    const at = (share: number): number => {
      let left = Math.ceil(this.rows * share);
      for (let length = 0; length <= lengthBins; length++) {
        left -= this.lengths[length]!;
        if (left <= 0) return length === lengthBins ? this.longest : length;
      }
      return this.longest;
    };
    // The chart ends where 99 of 100 texts do: one very long text must not squeeze the rest into a line.
    const top = Math.max(10, Math.min(at(0.99), lengthBins));
    const width = Math.ceil(top / 10);
    const counts = new Array<number>(10).fill(0);
    this.lengths.forEach((rows, length) => (counts[Math.min(9, Math.floor(length / width))]! += rows));
    const edges = Array.from({ length: 11 }, (_, index) => index * width);
    edges[10] = Math.max(edges[10]!, this.longest);
    return {
      mean: this.lengthSum / this.rows,
      p50: at(0.5),
      p95: at(0.95),
      max: this.longest,
      histogram: { edges, counts },
    };
  }
}

function numberOf(page: PageFacts, row: number): number {
  return page.numbers?.[row] ?? page.first + row;
}
