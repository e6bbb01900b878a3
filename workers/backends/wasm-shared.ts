// A piece of WebAssembly memory that many use one after another: as large as the largest needs, empty between two. What
// lies in it is lost when it grows, and it may move.
import type { WasmHeap } from './wasm-heap';

export class WasmShared {
  /** First byte. */
  address = 0;
  bytes = 0;
  private users = 0;

  /** `what` names it where memory ends; `moved` is told of every new address. */
  constructor(
    private readonly heap: WasmHeap,
    private readonly what: string,
    private readonly moved: () => void,
  ) {}

  /** One more user, who needs so much. Throws DeviceError where memory ends: then all is as before. */
  take(bytes: number): void {
    if (bytes > this.bytes) this.grow(bytes);
    this.users++;
  }

  /** One user less; the last one gives the memory back. */
  leave(): void {
    if (--this.users > 0) return;
    this.heap.free(this.address);
    this.address = this.bytes = 0;
  }

  /** The old piece is given back first, so that both are never needed at once. */
  private grow(bytes: number): void {
    const before = this.bytes;
    this.heap.free(this.address);
    try {
      this.place(bytes);
    } catch (error) {
      if (before > 0) this.place(before);
      throw error;
    }
  }

  private place(bytes: number): void {
    this.address = this.heap.allocate(bytes, this.what);
    this.bytes = bytes;
    this.moved();
  }
}
