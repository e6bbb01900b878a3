// TensorFlow.js as this worker uses it: loaded when first needed, one core for all backends, each backend
// registered by us. Nothing else in the engine imports a tfjs package for its values.
import type * as TfCore from '@tensorflow/tfjs-core';
import type { BackendName } from '../../src/contract/records';

export type Tf = typeof TfCore;

let core: Promise<Tf> | null = null;

export function loadTensorflow(): Promise<Tf> {
  core ??= import('@tensorflow/tfjs-core');
  return core;
}

/**
 * Makes `backend` the one the following synchronous calls compute on. The backend is global in tfjs and other
 * work (a prediction between two steps) may have switched it: call this at the start of every block of ops.
 * With a started backend the switch happens before this returns.
 */
export function computeOn(tf: Tf, backend: BackendName): void {
  if (tf.getBackend() !== backend) void tf.setBackend(backend);
}
