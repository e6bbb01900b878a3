// Records as they lie in a backup: one line of JSON each, with the raw bytes of its typed arrays right behind the
// line. What JSON cannot say (NaN, infinities, -0, undefined in lists) is said beside the value, by its path.
import { FormatError, LimitError } from '../contract/errors';

type Path = (string | number)[];
type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array;
interface Line {
  value: unknown;
  bytes?: { path: Path; type: string; length: number }[];
  odd?: { path: Path; is: 'NaN' | 'Infinity' | '-Infinity' | '-0' | 'undefined' }[];
}

const deepest = 64;
const longestLine = 512 * 1024 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The pieces of one record, to be written one behind the other. */
export function packRecord(record: unknown): Uint8Array[] {
  const line: Required<Line> = { value: null, bytes: [], odd: [] };
  const arrays: Uint8Array[] = [];
  const walk = (value: unknown, path: Path): unknown => {
    const name = typedName(value);
    if (name !== null && ArrayBuffer.isView(value)) {
      line.bytes.push({ path, type: name, length: value.byteLength });
      arrays.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      return null;
    }
    if (value === undefined || (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))) {
      const is = value === undefined ? 'undefined' : Object.is(value, -0) ? '-0' : value > 0 ? 'Infinity' : 'NaN';
      line.odd.push({ path, is: value === -Infinity ? '-Infinity' : is });
      return null;
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== undefined)
          .map(([key, item]) => [key, walk(item, [...path, key])]),
      );
    return value;
  };
  line.value = walk(record, []);
  const short: Line = { value: line.value };
  if (line.bytes.length) short.bytes = line.bytes;
  if (line.odd.length) short.odd = line.odd;
  return [encoder.encode(`${JSON.stringify(short)}\n`), ...arrays];
}

/** Records out of a stream of pieces. Rejects with FormatError where it is cut short or not what it should be. */
export async function* readRecords(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const source = new Pieces(pieces);
  for (let line = await source.line(); line !== null; line = await source.line()) {
    const parsed = parseLine(line);
    const holder = { value: parsed.value };
    for (const { path, type, length } of parsed.bytes ?? []) put(holder, path, typed(type, await source.take(length)));
    for (const { path, is } of parsed.odd ?? []) put(holder, path, is === 'undefined' ? undefined : Number(is));
    yield holder.value;
  }
}

function parseLine(bytes: Uint8Array): Line {
  try {
    const line: unknown = JSON.parse(decoder.decode(bytes));
    if (isLine(line)) return line;
  } catch {
    // Falls through to the refusal.
  }
  throw damaged();
}

function isLine(line: unknown): line is Line {
  if (typeof line !== 'object' || line === null || !('value' in line)) return false;
  const lists = [('bytes' in line && line.bytes) || [], ('odd' in line && line.odd) || []];
  return lists.every((list) => Array.isArray(list) && list.every((item: unknown) => isPlaced(item)));
}
function isPlaced(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'path' in item && Array.isArray(item.path);
}

/** Sets what lies at `path`; every step but the last must be there as its own property. */
function put(holder: { value: unknown }, path: Path, value: unknown): void {
  let at: object = holder;
  let key: string | number = 'value';
  if (path.length > deepest) throw damaged();
  for (const step of path) {
    const next: unknown = Object.getOwnPropertyDescriptor(at, key)?.value;
    if (typeof next !== 'object' || next === null) throw damaged();
    at = next;
    key = step;
  }
  if (!Object.hasOwn(at, key)) throw damaged();
  Object.defineProperty(at, key, { value, writable: true, enumerable: true, configurable: true });
}

function typedName(value: unknown): string | null {
  for (const [name, type] of types) if (value instanceof type) return name;
  return null;
}
const types = new Map<string, { new (buffer: ArrayBuffer): NumberArray; BYTES_PER_ELEMENT: number }>([
  ['Uint8Array', Uint8Array],
  ['Uint16Array', Uint16Array],
  ['Uint32Array', Uint32Array],
  ['Int32Array', Int32Array],
  ['Float32Array', Float32Array],
  ['Float64Array', Float64Array],
]);

function typed(name: string, bytes: Uint8Array<ArrayBuffer>): NumberArray {
  const type = types.get(name);
  if (!type || bytes.byteLength % type.BYTES_PER_ELEMENT !== 0) throw damaged();
  return new type(bytes.buffer);
}

function damaged(): FormatError {
  return new FormatError(
    'This backup is damaged: a record in it cannot be read. Nothing was changed; take another copy.',
  );
}

/** Lines and runs of bytes out of pieces of any size. */
class Pieces {
  private piece: Uint8Array = new Uint8Array(0);
  private at = 0;
  private readonly pieces: AsyncIterator<Uint8Array>;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.pieces = pieces[Symbol.asyncIterator]();
  }

  private async more(): Promise<boolean> {
    while (this.at >= this.piece.byteLength) {
      const next = await this.pieces.next();
      if (next.done) return false;
      this.piece = next.value;
      this.at = 0;
    }
    return true;
  }

  /** The bytes up to the next line end; null at the very end. */
  async line(): Promise<Uint8Array | null> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (await this.more()) {
      const end = this.piece.indexOf(10, this.at);
      const part = this.piece.subarray(this.at, end < 0 ? undefined : end);
      parts.push(part);
      length += part.byteLength;
      this.at += part.byteLength + 1;
      if (end >= 0) return joined(parts, length);
      if (length > longestLine) throw new LimitError('This backup holds a record larger than any the studio writes.');
    }
    if (length > 0) throw damaged();
    return null;
  }

  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!Number.isInteger(length) || length < 0) throw damaged();
    const parts: Uint8Array[] = [];
    let left = length;
    while (left > 0 && (await this.more())) {
      const part = this.piece.subarray(this.at, this.at + left);
      parts.push(part);
      this.at += part.byteLength;
      left -= part.byteLength;
    }
    if (left > 0) throw damaged();
    return joined(parts, length);
  }
}

function joined(parts: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
