// Entry of the helper threads of the train worker: takes pieces of linear work out of shared memory until none is
// left. Holds no state of its own; ended by whoever started it.
import { takePiece, type LinearJob } from './kernels/linear/linear-work';
import type { PoolMessage, PoolReply } from './pool';

let job: LinearJob | null = null;
const reply = (message: PoolReply): void => postMessage(message);

onmessage = ({ data }: MessageEvent<PoolMessage>) => {
  try {
    if (data.kind === 'job') job = data.job;
    else if (job) {
      while (takePiece(job, data.order));
      reply({ kind: 'done' });
    }
  } catch (error) {
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
};
reply({ kind: 'ready' });
