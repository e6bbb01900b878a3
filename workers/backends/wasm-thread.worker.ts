// Entry of the other threads of a WebAssembly device in a browser. Gets one order and then lives in a loop that never
// returns to the event loop: it is ended by a control word, or from outside.
import { threadLife, type ThreadOrder } from './wasm-threads';

export type ThreadReply = { kind: 'up' } | { kind: 'ready' } | { kind: 'failed'; message: string };

const reply = (message: ThreadReply): void => postMessage(message);

onmessage = ({ data }: MessageEvent<ThreadOrder>) => {
  threadLife(data, () => reply({ kind: 'ready' })).then(close, (error: unknown) =>
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
};
reply({ kind: 'up' });
