// Where encoded pages go: hashed off this thread, stored a few at a time, and held back when storing is slower
// than reading. Pages of an unfinished data set are invisible; `discard` removes them.
import { sha256 } from '../../src/lib/hash';
import { putPages, removePages } from '../../src/storage/row-pages';

const bytesPerWrite = 4 * 1024 ** 2;
const writesInFlight = 3;

export class PageSink {
  readonly pageStarts: number[] = [];
  sizeBytes = 0;
  rows = 0;
  private readonly digests: Promise<Uint8Array>[] = [];
  private waiting: Parameters<typeof putPages>[1] = [];
  private waitingBytes = 0;
  private readonly writing = new Set<Promise<void>>();
  private failure: unknown;

  constructor(readonly datasetId: string) {}

  /** Takes over `bytes`. Resolves when there is room for the next page. */
  async put(bytes: Uint8Array<ArrayBuffer>, rows: number): Promise<void> {
    this.digests.push(sha256(bytes));
    this.waiting.push({ page: this.pageStarts.length, firstRow: this.rows, rows, bytes });
    this.pageStarts.push(this.rows);
    this.rows += rows;
    this.sizeBytes += bytes.byteLength;
    this.waitingBytes += bytes.byteLength;
    if (this.waitingBytes >= bytesPerWrite) this.flush();
    while (this.writing.size >= writesInFlight) await Promise.race(this.writing);
    if (this.failure !== undefined) throw this.failure;
  }

  private flush(): void {
    const pages = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    const write: Promise<void> = putPages(this.datasetId, pages)
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => this.writing.delete(write));
    this.writing.add(write);
  }

  /** Everything committed; the digests of all pages in order. */
  async finish(): Promise<Uint8Array[]> {
    if (this.waiting.length > 0) this.flush();
    await Promise.all(this.writing);
    if (this.failure !== undefined) throw this.failure;
    return Promise.all(this.digests);
  }

  async discard(): Promise<void> {
    await Promise.allSettled([...this.writing, ...this.digests]);
    await removePages(this.datasetId);
  }
}
