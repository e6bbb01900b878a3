// Entry of the helper threads of the train worker: takes pieces of linear work out of shared memory until none is
// left. Holds no state of its own but the job it was given; ended, or kept for the next run, by whoever started it.
import { nativeKernels, plainKernels, type DualKernels } from './kernels/linear/dual-kernels';
import { takePiece, type LinearJob } from './kernels/linear/linear-work';
import type { PoolMessage, PoolReply } from './pool';

let job: LinearJob | null = null;
let kernels: DualKernels = plainKernels;
const reply = (message: PoolReply): void => postMessage(message);

onmessage = ({ data }: MessageEvent<PoolMessage>) => {
  try {
    if (data.kind === 'wake') reply({ kind: 'ready' });
    else if (data.kind === 'job') {
      job = data.job;
      kernels = job?.native ? nativeKernels(job.native, data.thread) : plainKernels;
    } else if (job) {
      while (takePiece(job, kernels, data.order));
      reply({ kind: 'done' });
    }
  } catch (error) {
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
};
reply({ kind: 'ready' });
