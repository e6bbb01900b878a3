// A thread beside the data worker that reads pieces of a large table. It only computes: no storage, no page.
import { PieceReader, type PieceDone, type PieceTask } from './import/piece-work';

export type PieceMessage = { task: PieceTask } | { id: number; bytes: Uint8Array; first: boolean };
export type PieceReply =
  { id: number; done: PieceDone | null } | { id: number; error: { name: string; message: string } };

declare const self: DedicatedWorkerGlobalScope;

let reader: PieceReader | null = null;

self.addEventListener('message', ({ data }: MessageEvent<PieceMessage>) => {
  if ('task' in data) {
    reader = new PieceReader(data.task);
    return;
  }
  const { id, bytes, first } = data;
  try {
    const done = reader?.read(bytes, first) ?? null;
    self.postMessage({ id, done } satisfies PieceReply, done ? transfersOf(done) : []);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    self.postMessage({ id, error: { name, message } } satisfies PieceReply);
  }
});

function transfersOf(done: PieceDone): Transferable[] {
  return done.pages.flatMap(({ bytes, facts }) => [
    bytes.buffer,
    facts.labels.buffer,
    facts.splits.buffer,
    ...(facts.text ? [facts.text.high.buffer, facts.text.low.buffer, facts.text.lengths.buffer] : []),
  ]);
}
