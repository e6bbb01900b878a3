// The bytes of one page of rows, column by column, and a view that decodes only the columns asked for.
// Layout: u32 header length, u32 first ordinal, JSON header, then sections, each at a multiple of four bytes.
// Text is UTF-8 in one run with UTF-16 end offsets, so that a column is decoded in one call and then sliced.
import { StorageError } from '../contract/errors';
import type { Cell, Split } from '../contract/records';

const splitNames: readonly (Split | null)[] = [null, 'train', 'validation', 'test'];
const splitCodes = new Map<Split | null, number>(splitNames.map((name, code) => [name, code]));

/** What a page is made of. `cells[c][r]`; null is a missing cell. Ordinals ascend. */
export interface PageContent {
  columns: readonly string[];
  cells: readonly (readonly Cell[])[];
  rows: number;
  /** First ordinal where they are consecutive, else one a row. */
  ordinals: number | Uint32Array;
  /** Splits given by file names or by hand, one code a row (`splitCode`); null where no row has one. */
  splits: Uint8Array | null;
}

type ColumnKind = 'text' | 'json' | 'dictionary';
interface PageHeader {
  rows: number;
  /** False: one ordinal a row; true: consecutive from the first. */
  consecutive: boolean;
  splits: boolean;
  columns: { name: string; kind: ColumnKind; sizes: [number, number] }[];
}

export function splitCode(split: Split | null): number {
  return splitCodes.get(split) ?? 0;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const dictionaryLimit = 1024;
const headAt = 8;
const padded = (size: number): number => (size + 3) & ~3;

/** A column of few distinct scalars: a code a row, and the values by code. */
export interface Dictionary {
  codes: Uint16Array;
  values: Cell[];
}

/**
 * Encodes one page. The result depends on the content alone, so its digest is a content hash.
 * @param dictionaries those of the columns where they are known already (`dictionaryOf`)
 */
export function encodePage(
  content: PageContent,
  dictionaries?: readonly (Dictionary | null)[],
): Uint8Array<ArrayBuffer> {
  const consecutive = typeof content.ordinals === 'number';
  const header: PageHeader = { rows: content.rows, consecutive, splits: content.splits !== null, columns: [] };
  const sections: Uint8Array[] = [];
  if (typeof content.ordinals !== 'number') sections.push(bytesOf(content.ordinals));
  if (content.splits) sections.push(content.splits);
  content.columns.forEach((name, index) => {
    const cells = content.cells[index] ?? [];
    const known = dictionaries?.[index];
    const { kind, first, second } = encodeColumn(cells, known === undefined ? dictionaryOf(cells) : known);
    header.columns.push({ name, kind, sizes: [first.byteLength, second.byteLength] });
    sections.push(first, second);
  });
  const head = encoder.encode(JSON.stringify(header));
  const start = padded(headAt + head.byteLength);
  const out = new Uint8Array(sections.reduce((sum, section) => sum + padded(section.byteLength), start));
  new DataView(out.buffer).setUint32(0, head.byteLength, true);
  out.set(head, headAt);
  let at = start;
  for (const section of sections) {
    out.set(section, at);
    at += padded(section.byteLength);
  }
  if (typeof content.ordinals === 'number') placePage(out, content.ordinals);
  return out;
}

/** Gives a page of consecutive rows its place: pages may be encoded before it is known how many rows stand above. */
export function placePage(page: Uint8Array, firstOrdinal: number): void {
  new DataView(page.buffer, page.byteOffset).setUint32(4, firstOrdinal, true);
}

function bytesOf(values: Uint32Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function encodeColumn(
  cells: readonly Cell[],
  dictionary: Dictionary | null,
): { kind: ColumnKind; first: Uint8Array; second: Uint8Array } {
  if (dictionary) {
    const { codes, values } = dictionary;
    const first = values.length <= 256 ? Uint8Array.from(codes) : bytesOf(codes);
    return { kind: 'dictionary', first, second: encoder.encode(JSON.stringify(values)) };
  }
  const text = cells.every((cell) => typeof cell === 'string');
  const strings = text ? (cells as readonly string[]) : cells.map((cell) => JSON.stringify(cell));
  const ends = new Uint32Array(strings.length);
  let end = 0;
  for (let row = 0; row < strings.length; row++) {
    end += strings[row]!.length;
    ends[row] = end;
  }
  return { kind: text ? 'text' : 'json', first: bytesOf(ends), second: encoder.encode(strings.join('')) };
}

/** Few distinct scalar values (labels, flags, dates) as codes. Null where there are too many. */
export function dictionaryOf(cells: readonly Cell[]): Dictionary | null {
  const known = new Map<Cell, number>();
  const codes = new Uint16Array(cells.length);
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row] ?? null;
    if (typeof cell === 'object' && cell !== null) return null;
    let code = known.get(cell);
    if (code === undefined) {
      if (known.size === dictionaryLimit || (row > 256 && known.size > row / 2)) return null;
      code = known.size;
      known.set(cell, code);
    }
    codes[row] = code;
  }
  return { codes, values: [...known.keys()] };
}

/** A decoded page; columns are decoded when first asked for. `column` of an unknown name is all null. */
export class PageView {
  readonly rows: number;
  readonly columns: readonly string[];
  private readonly header: PageHeader;
  private readonly firstOrdinal: number;
  private readonly ordinals: Uint32Array | null = null;
  private readonly splits: Uint8Array | null = null;
  private readonly sections: { first: Uint8Array; second: Uint8Array }[] = [];
  private readonly decoded = new Map<string, readonly Cell[]>();

  constructor(private readonly bytes: Uint8Array) {
    try {
      const numbers = new DataView(bytes.buffer, bytes.byteOffset);
      const length = numbers.getUint32(0, true);
      this.firstOrdinal = numbers.getUint32(4, true);
      this.header = JSON.parse(decoder.decode(bytes.subarray(headAt, headAt + length))) as PageHeader;
      let at = padded(headAt + length);
      const take = (size: number): Uint8Array => {
        if (at + size > bytes.byteLength) throw new RangeError('section past the end');
        const section = bytes.subarray(at, at + size);
        at += padded(size);
        return section;
      };
      if (!this.header.consecutive) this.ordinals = words(take(this.header.rows * 4));
      if (this.header.splits) this.splits = take(this.header.rows);
      for (const column of this.header.columns)
        this.sections.push({ first: take(column.sizes[0]), second: take(column.sizes[1]) });
    } catch (cause) {
      throw new StorageError('A page of rows in this browser is damaged. Import the file again or restore a backup.', {
        cause,
      });
    }
    this.rows = this.header.rows;
    this.columns = this.header.columns.map((column) => column.name);
  }

  /** The stored bytes, for copying a page unchanged. */
  get raw(): Uint8Array {
    return this.bytes;
  }
  ordinal(row: number): number {
    return this.ordinals ? this.ordinals[row]! : this.firstOrdinal + row;
  }
  /** The split given by file name or by hand, not the mapped column's. */
  split(row: number): Split | null {
    return splitNames[this.splits?.[row] ?? 0] ?? null;
  }
  column(name: string): readonly Cell[] {
    const known = this.decoded.get(name);
    if (known) return known;
    const index = this.columns.indexOf(name);
    const cells = index < 0 ? new Array<Cell>(this.rows).fill(null) : this.decode(index);
    this.decoded.set(name, cells);
    return cells;
  }

  private decode(index: number): Cell[] {
    const { first, second } = this.sections[index]!;
    const kind = this.header.columns[index]!.kind;
    const cells = new Array<Cell>(this.rows);
    const run = decoder.decode(second);
    if (kind === 'dictionary') {
      const values = JSON.parse(run) as Cell[];
      const codes = first.byteLength === this.rows ? first : new Uint16Array(first.slice().buffer);
      for (let row = 0; row < this.rows; row++) cells[row] = values[codes[row]!] ?? null;
      return cells;
    }
    const ends = words(first);
    let start = 0;
    for (let row = 0; row < this.rows; row++) {
      const piece = run.slice(start, ends[row]);
      cells[row] = kind === 'text' ? piece : (JSON.parse(piece) as Cell);
      start = ends[row]!;
    }
    return cells;
  }
}

function words(section: Uint8Array): Uint32Array {
  if (section.byteOffset % 4 === 0) return new Uint32Array(section.buffer, section.byteOffset, section.byteLength / 4);
  return new Uint32Array(section.slice().buffer);
}
