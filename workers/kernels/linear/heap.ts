// One memory for all arrays of a job, so that WebAssembly (linear.as.ts) reaches them. Of one size from the start: it
// never grows, so views stay valid. Arrays are laid one behind the other and given back all together.
import type { Space } from './csr';

const pageBytes = 65536;
const mostPages = 65536;
/** What the module asks for at least (scripts/wasm.mjs). */
const leastPages = 2;
/** Address 0 is no array, and a module's constants would lie from 4096 on. */
const firstByte = 8192;
/** Four doubles side by side lie in one line of the cache. */
const align = (bytes: number): number => Math.ceil(bytes / 32) * 32;

/** Bytes an array of so many takes in a heap. */
export const bytesInHeap = (arrays: readonly { byteLength: number }[]): number =>
  arrays.reduce((sum, array) => sum + align(array.byteLength), 0);

export class Heap implements Space {
  private at = firstByte;
  /** Below this, memory was used before and may not be zero. */
  private dirty = firstByte;
  private kept = firstByte;

  private constructor(readonly memory: WebAssembly.Memory) {}

  /** Null where there is no room for so many bytes in one memory, or no WebAssembly. */
  static open(bytes: number, shared: boolean): Heap | null {
    const pages = Math.max(leastPages, Math.ceil((firstByte + bytes) / pageBytes));
    if (pages > mostPages || typeof WebAssembly === 'undefined') return null;
    try {
      return new Heap(new WebAssembly.Memory({ initial: pages, maximum: pages, shared }));
    } catch {
      return null;
    }
  }

  float64(length: number): Float64Array {
    const at = this.take(length * 8);
    return new Float64Array(this.memory.buffer, at, length);
  }

  int32(length: number): Int32Array {
    const at = this.take(length * 4);
    return new Int32Array(this.memory.buffer, at, length);
  }

  /** What was laid so far stays when `release` is called. */
  keep(): void {
    this.kept = this.at;
  }

  release(): void {
    this.dirty = Math.max(this.dirty, this.at);
    this.at = this.kept;
  }

  private take(bytes: number): number {
    const at = this.at;
    this.at += align(bytes);
    if (at < this.dirty) new Uint8Array(this.memory.buffer, at, bytes).fill(0);
    return at;
  }
}
