// What one page says about itself, in a form that can cross a thread and be added up in order: the first half of the
// report (dataset-report.ts is the second). Pages may be looked at by several threads at once.
import type { Cell, Mapping, Split } from '../contract/records';
import { typeOfCell, type CellType } from './dataset-report-columns';
import { hashText } from './hash-table';
import { labelsOf, splitOf, textOf } from './mapping-cells';

export const distinctLimit = 1000;
const samplePerPage = 512;

export interface ColumnFacts {
  name: string;
  missing: number;
  types: Partial<Record<CellType, number>>;
  /** Values not met by the same reader before. Null: not counted any more, there were too many. */
  distinct: string[] | null;
  lengthSum: number;
  longest: number;
  /** Values of numbers, lengths of texts, evenly over the page. */
  sample: number[];
}

export interface PageFacts {
  rows: number;
  columns: ColumnFacts[];
  /** Split codes in force a row: 0 none, 1 train, 2 validation, 3 test. */
  splits: Uint8Array;
  /** Rows whose split cell names no split, and what it says. */
  oddSplits: { row: number; value: string }[];
  /** The different sets of labels of the page, and which a row has (-1: unlabelled). */
  labelSets: string[][];
  labels: Int32Array;
  /** Hash lanes and lengths of the texts; length -1 - n: blank, n units long. Null without a text column. */
  text: { high: Uint32Array; low: Uint32Array; lengths: Int32Array } | null;
  /** 1-based row numbers for the report; `first` + index where none was left out. */
  first: number;
  numbers?: number[];
}

export interface LookedAtPage {
  columns: readonly string[];
  cells: readonly (readonly Cell[])[];
  rows: number;
  /** Codes by cell where a column has few distinct values. */
  dictionaries: readonly ({ codes: Uint16Array; values: readonly Cell[] } | null)[];
  /** Split by file name or by hand, a code a row; the mapped column is looked at where it is 0. */
  splits: Uint8Array | null;
  first: number;
  numbers?: number[];
}

const splitCodes: Record<Split, number> = { train: 1, validation: 2, test: 3 };

/** Looks at pages of one data set. Keeps only which columns have too many values to count. */
export class PageReader {
  private readonly distinct = new Map<string, Set<string> | null>();

  constructor(private readonly mapping: Mapping) {}

  look(page: LookedAtPage): PageFacts {
    const { mapping } = this;
    const indexOf = (name: string | undefined): number => (name === undefined ? -1 : page.columns.indexOf(name));
    const texts = page.cells[indexOf(mapping.text)];
    const facts: PageFacts = {
      rows: page.rows,
      columns: page.columns.map((name, index) =>
        this.column(name, page.cells[index]!, page.dictionaries[index] ?? null),
      ),
      ...splitsOf(page, page.cells[indexOf(mapping.split)]),
      ...labelsOfPage(page, indexOf(mapping.labels ?? mapping.label), mapping.labels !== undefined),
      text: texts ? textFacts(texts) : null,
      first: page.first,
    };
    if (page.numbers) facts.numbers = page.numbers;
    return facts;
  }

  private column(name: string, cells: readonly Cell[], dictionary: LookedAtPage['dictionaries'][number]): ColumnFacts {
    const facts: ColumnFacts = { name, missing: 0, types: {}, distinct: null, lengthSum: 0, longest: 0, sample: [] };
    const seen = this.distinct.get(name);
    const distinct = seen === null ? null : (seen ?? new Set<string>());
    const fresh: string[] = [];
    const add = (cell: Cell, times: number): void => {
      if (cell === null || cell === '') {
        facts.missing += times;
        return;
      }
      const type = typeOfCell(cell);
      facts.types[type] = (facts.types[type] ?? 0) + times;
      if (typeof cell === 'string') {
        facts.lengthSum += cell.length * times;
        if (cell.length > facts.longest) facts.longest = cell.length;
      }
      if (!distinct || distinct.size > distinctLimit) return;
      const value = typeof cell === 'string' ? cell : JSON.stringify(cell);
      if (distinct.has(value)) return;
      distinct.add(value);
      fresh.push(value);
    };
    if (dictionary) {
      const times = new Uint32Array(dictionary.values.length);
      for (const code of dictionary.codes) times[code]!++;
      dictionary.values.forEach((value, code) => add(value, times[code]!));
    } else for (const cell of cells) add(cell, 1);
    const stride = Math.max(1, Math.floor(cells.length / samplePerPage));
    for (let row = 0; row < cells.length; row += stride) {
      const cell = cells[row]!;
      if (cell === null || cell === '') continue;
      const number = typeof cell === 'number' ? cell : Number(cell);
      facts.sample.push(Number.isNaN(number) ? (typeof cell === 'string' ? cell.length : 0) : number);
    }
    facts.distinct = distinct && distinct.size <= distinctLimit ? fresh : null;
    this.distinct.set(name, facts.distinct ? distinct : null);
    return facts;
  }
}

function splitsOf(page: LookedAtPage, cells: readonly Cell[] | undefined): Pick<PageFacts, 'splits' | 'oddSplits'> {
  const splits = page.splits ? page.splits.slice() : new Uint8Array(page.rows);
  const oddSplits: PageFacts['oddSplits'] = [];
  if (cells)
    for (let row = 0; row < page.rows; row++) {
      if (splits[row] !== 0) continue;
      const split = splitOf(cells[row]);
      if (split) splits[row] = splitCodes[split];
      else if (textOf(cells[row]).trim() !== '') oddSplits.push({ row, value: textOf(cells[row]).slice(0, 80) });
    }
  return { splits, oddSplits };
}

function labelsOfPage(page: LookedAtPage, column: number, several: boolean): Pick<PageFacts, 'labelSets' | 'labels'> {
  const labels = new Int32Array(page.rows).fill(-1);
  const labelSets: string[][] = [];
  const ids = new Map<string, number>();
  const idOf = (cell: Cell): number => {
    const set = labelsOf(cell, several);
    if (!set) return -1;
    const key = set.length === 1 ? set[0]! : JSON.stringify([...set].sort());
    let id = ids.get(key);
    if (id === undefined) {
      id = labelSets.length;
      ids.set(key, id);
      labelSets.push(set);
    }
    return id;
  };
  const cells = page.cells[column];
  if (!cells) return { labelSets, labels };
  const dictionary = page.dictionaries[column];
  if (dictionary) {
    const byCode = dictionary.values.map(idOf);
    for (let row = 0; row < page.rows; row++) labels[row] = byCode[dictionary.codes[row]!]!;
  } else for (let row = 0; row < page.rows; row++) labels[row] = idOf(cells[row] ?? null);
  return { labelSets, labels };
}

function textFacts(cells: readonly Cell[]): NonNullable<PageFacts['text']> {
  const high = new Uint32Array(cells.length);
  const low = new Uint32Array(cells.length);
  const lengths = new Int32Array(cells.length);
  for (let row = 0; row < cells.length; row++) {
    const text = textOf(cells[row]);
    const trimmed = text.trim();
    lengths[row] = trimmed === '' ? -1 - text.length : text.length;
    const hash = hashText(trimmed);
    high[row] = hash[0]!;
    low[row] = hash[1]!;
  }
  return { high, low, lengths };
}
