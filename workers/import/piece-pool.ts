// Threads that read pieces side by side; answers come back in the order of the pieces. Without threads (Node, one
// core) there is no pool and the data worker reads alone.
import { trustedScriptUrl } from '../../src/lib/trusted-url';
import { StudioError, errorNames, type ErrorName } from '../../src/contract/errors';
import type { PieceMessage, PieceReply } from '../piece.worker';
import workerUrl from '../piece.worker.ts?worker&url';
import type { PieceDone, PieceTask } from './piece-work';

const mostThreads = 4;
const known: ReadonlySet<string> = new Set(errorNames);

interface Waiting {
  resolve(done: PieceDone | null): void;
  reject(error: Error): void;
}

export class PiecePool {
  private readonly waiting = new Map<number, Waiting>();
  private readonly busy: number[];
  private nextId = 0;

  private constructor(private readonly threads: readonly Worker[]) {
    this.busy = threads.map(() => 0);
    threads.forEach((thread, index) => {
      thread.addEventListener('message', ({ data }: MessageEvent<PieceReply>) => this.answer(index, data));
      thread.addEventListener('error', () => this.fail());
    });
  }

  static open(): PiecePool | null {
    const cores = globalThis.navigator?.hardwareConcurrency ?? 1;
    if (typeof Worker === 'undefined' || cores < 2) return null;
    const count = Math.min(cores, mostThreads);
    const url = trustedScriptUrl(workerUrl);
    return new PiecePool(
      Array.from({ length: count }, (_, index) => new Worker(url, { type: 'module', name: `piece-${String(index)}` })),
    );
  }

  get size(): number {
    return this.threads.length;
  }

  begin(task: PieceTask): void {
    for (const thread of this.threads) thread.postMessage({ task } satisfies PieceMessage);
  }

  /** Null where the piece does not end after a whole record. The bytes stay the caller's. */
  read(bytes: Uint8Array, first: boolean): Promise<PieceDone | null> {
    const id = this.nextId++;
    const index = this.busy.indexOf(Math.min(...this.busy));
    this.busy[index]!++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.threads[index]!.postMessage({ id, bytes, first } satisfies PieceMessage);
    });
  }

  private answer(index: number, reply: PieceReply): void {
    this.busy[index]!--;
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (!waiting) return;
    if ('done' in reply) waiting.resolve(reply.done);
    else if (known.has(reply.error.name))
      waiting.reject(new StudioError(reply.error.name as ErrorName, reply.error.message));
    else waiting.resolve(null);
  }

  /** A thread that died: what it had is read again in the data worker. */
  private fail(): void {
    for (const { resolve } of this.waiting.values()) resolve(null);
    this.waiting.clear();
  }

  close(): void {
    for (const thread of this.threads) thread.terminate();
    this.fail();
  }
}
