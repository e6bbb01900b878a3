// Memory of a WebAssembly device: pieces of the one linear memory, 64-byte aligned, zeroed, grown when needed. First fit
// over a sorted list of holes; plans are prepared rarely, so that is fast enough. Knows nothing of plans.
import { DeviceError } from '../../src/contract/errors';

const alignment = 64;
const page = 65536;
/** Growing by at least this much keeps the number of growths small. */
const leastGrowth = 256;

interface Hole {
  start: number;
  end: number;
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MB`;

export class WasmHeap {
  private readonly holes: Hole[] = [];
  private readonly sizes = new Map<number, number>();
  private end: number;
  private held = 0;

  /** `start`: first byte the heap may use. */
  constructor(
    readonly memory: WebAssembly.Memory,
    start: number,
  ) {
    this.end = memory.buffer.byteLength;
    const first = align(start);
    if (first < this.end) this.holes.push({ start: first, end: this.end });
  }

  /** Bytes of all pieces held. */
  bytes(): number {
    return this.held;
  }

  /** Address of a zeroed piece. Throws DeviceError where memory ends; `what` names it there. */
  allocate(bytes: number, what: string): number {
    const size = Math.max(alignment, align(bytes));
    let hole = this.holes.find(({ start, end }) => end - start >= size);
    hole ??= this.grow(size, what);
    const address = hole.start;
    hole.start += size;
    if (hole.start === hole.end) this.holes.splice(this.holes.indexOf(hole), 1);
    this.sizes.set(address, size);
    this.held += size;
    new Uint8Array(this.memory.buffer, address, size).fill(0);
    return address;
  }

  /** Gives a piece back. */
  free(address: number): void {
    const size = this.sizes.get(address);
    if (size === undefined) return;
    this.sizes.delete(address);
    this.held -= size;
    const at = this.holes.findIndex(({ start }) => start > address);
    const index = at < 0 ? this.holes.length : at;
    this.holes.splice(index, 0, { start: address, end: address + size });
    this.join(index);
    if (index > 0) this.join(index - 1);
  }

  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }

  /** Makes hole `index` and the next one if they touch. */
  private join(index: number): void {
    const hole = this.holes[index];
    const next = this.holes[index + 1];
    if (!hole || !next || hole.end !== next.start) return;
    hole.end = next.end;
    this.holes.splice(index + 1, 1);
  }

  /** The last hole, made large enough. */
  private grow(size: number, what: string): Hole {
    const last = this.holes.at(-1);
    const free = last?.end === this.end ? last.end - last.start : 0;
    const pages = Math.ceil((size - free) / page);
    if (!this.growBy(Math.max(pages, leastGrowth)) && !this.growBy(pages))
      throw new DeviceError(
        `${what} takes ${megabytes(size)}, and this browser gives WebAssembly no more memory (${megabytes(this.held)} are in use). ` +
          'Lower the batch size, the maximum length or the vector length, or close other tabs.',
      );
    const end = this.memory.buffer.byteLength;
    if (last?.end === this.end) last.end = end;
    else this.holes.push({ start: this.end, end });
    this.end = end;
    return this.holes[this.holes.length - 1]!;
  }

  private growBy(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }
}

const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
