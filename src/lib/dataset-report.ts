// One pass over the rows of a data set: statistics and everything a report warns of. Sees cells page by page and
// keeps hashes, counts and five row numbers a finding, never the rows.
import type { Cell, ColumnInfo, DatasetStats, Mapping, ReportEntry, Split } from '../contract/records';
import { ColumnStats } from './dataset-report-columns';
import { Findings } from './dataset-report-findings';
import { TextTable } from './hash-table';
import { labelsOf, splitOf, textOf } from './mapping-cells';

export const longTextLength = 2000;
export const smallClass = 5;
const lengthBins = 8192;
const splitBits: Record<Split, number> = { train: 1, validation: 2, test: 4 };
const conflictBit = 8;

export interface AnalysedPage {
  columns: readonly string[];
  cells: readonly (readonly Cell[])[];
  rows: number;
  /** Split by file name or by hand; the mapped column is looked at where this is null. */
  splitAt(row: number): Split | null;
  /** 1-based row number for the report. */
  numberAt(row: number): number;
}

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

  add(page: AnalysedPage): void {
    const { mapping } = this;
    const cellsOf = (name: string | undefined): readonly Cell[] | undefined =>
      name === undefined ? undefined : page.cells[page.columns.indexOf(name)];
    page.columns.forEach((name, index) => this.columnStats(name).add(page.cells[index]!));
    for (const [name, stats] of this.columns) if (!page.columns.includes(name)) stats.addMissing(page.rows);
    const texts = cellsOf(mapping.text);
    const severalLabels = mapping.labels !== undefined;
    const labels = cellsOf(mapping.labels ?? mapping.label);
    const splits = cellsOf(mapping.split);
    for (let row = 0; row < page.rows; row++) {
      const split = page.splitAt(row) ?? splitOf(splits?.[row]);
      if (split) this.splits[split]++;
      else if (splits && textOf(splits[row]) !== '')
        this.findings.note('unknown-split', page.numberAt(row), textOf(splits[row]));
      const given = labels ? labelsOf(labels[row], severalLabels) : null;
      const labelId = this.countLabels(given, split);
      if (texts) this.countText(textOf(texts[row]), labelId, split, page, row);
    }
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

  /** A number for the label or set of labels of the row; -1 where it has none. */
  private countLabels(labels: string[] | null, split: Split | null): number {
    if (!labels) return -1;
    this.labelled++;
    if (labels.length > 1) this.several++;
    for (const label of labels) {
      let known = this.classes.get(label);
      if (!known) this.classes.set(label, (known = { rows: 0, splits: 0 }));
      known.rows++;
      if (split) known.splits |= splitBits[split];
    }
    const key = labels.length === 1 ? labels[0]! : labels.length === 0 ? '' : JSON.stringify([...labels].sort());
    let id = this.labelIds.get(key);
    if (id === undefined) this.labelIds.set(key, (id = this.labelIds.size));
    return id;
  }

  private countText(text: string, labelId: number, split: Split | null, page: AnalysedPage, row: number): void {
    const trimmed = text.trim();
    this.lengthSum += text.length;
    this.lengths[Math.min(text.length, lengthBins)]!++;
    if (text.length > this.longest) this.longest = text.length;
    if (trimmed === '') {
      this.empty++;
      this.findings.note('empty-text', page.numberAt(row));
      return;
    }
    if (text.length > longTextLength) {
      this.tooLong++;
      this.findings.note('long-text', page.numberAt(row));
    }
    const { texts } = this;
    const slot = texts.slot(trimmed);
    const bit = split ? splitBits[split] : 0;
    if (!texts.known) {
      texts.labels[slot] = labelId;
      texts.flags[slot] = bit;
      return;
    }
    this.duplicates++;
    this.findings.note('duplicate-text', page.numberAt(row));
    const flags = texts.flags[slot]!;
    if (labelId >= 0 && texts.labels[slot]! < 0) texts.labels[slot] = labelId;
    else if (labelId >= 0 && texts.labels[slot] !== labelId) {
      if ((flags & conflictBit) === 0) this.conflicting++;
      texts.flags[slot] = flags | conflictBit;
      this.findings.note('conflicting-labels', page.numberAt(row));
    }
    const trained = (flags & splitBits.train) !== 0;
    const tested = (flags & splitBits.test) !== 0;
    if ((bit === splitBits.test && trained && !tested) || (bit === splitBits.train && tested && !trained))
      this.findings.note('leak', page.numberAt(row));
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
      classes: Object.fromEntries(classes.map(([label, count]) => [label, count.rows])),
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
