// Single kernels on large arrays: products, and the update of ten million weights.
import type { WebgpuDevice } from '../../../workers/backends/webgpu-device';
import { repeatedCall } from '../../../workers/backends/repeated-call';
import { chooseOptimizer } from '../../../workers/ml/optimizer';
import { matMulKernel } from '../../../workers/kernels/matmul';
import { controlAt, controlWords, hyperAt, hyperWords } from '../../../workers/kernels/optimizer-layout';
import type { Spec } from '../../../workers/kernels/kernel';
import type { Prepared } from '../../../workers/backends/device';

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });

/** Milliseconds of a plan's one call by the device's clock, the best of a few. */
async function bestMs(prepared: Prepared): Promise<number> {
  const first = (await prepared.timed())[0]?.durationMs ?? Infinity;
  let best = first;
  for (let run = 0; run < (first > 500 ? 1 : 5); run++)
    best = Math.min(best, (await prepared.timed())[0]?.durationMs ?? Infinity);
  return best;
}

export async function matmulGflops(
  device: WebgpuDevice,
  size: number,
  form: 'NN' | 'TN' | 'NT' | 'TT',
): Promise<number> {
  const session = device.session();
  try {
    const attrs = { transposeA: form.startsWith('T'), transposeB: form.endsWith('T'), alpha: 1 };
    const matrices = [float(size, size), float(size, size)];
    const prepared = await session.prepare(repeatedCall(matMulKernel, matrices, attrs, 1));
    for (const name of ['x0', 'x1']) session.write(name, new Float32Array(size * size).fill(0.5));
    return (2 * size ** 3) / ((await bestMs(prepared)) * 1e6);
  } finally {
    session.dispose();
  }
}

/** One call over all weights. Bytes: four arrays read, three written. */
export async function adamwFigures(device: WebgpuDevice, words: number): Promise<{ ms: number; gigabytes: number }> {
  const session = device.session();
  try {
    const optimizer = chooseOptimizer({ name: 'adamw' });
    const inputs = [words, words, hyperWords, controlWords, words, words].map((size) => float(size));
    const prepared = await session.prepare(repeatedCall(optimizer.dense, inputs, optimizer.attrs, 1));
    const hyper = new Float32Array(hyperWords);
    optimizer.fill(hyper);
    hyper[hyperAt.learningRate] = 1e-3;
    const control = new Float32Array(controlWords).fill(1);
    control[controlAt.apply] = 1;
    session.write('x2', hyper);
    session.write('x3', control);
    session.write('x1', new Float32Array(words).fill(1e-3));
    const ms = await bestMs(prepared);
    return { ms, gigabytes: (words * 4 * 7) / (ms * 1e6) };
  } finally {
    session.dispose();
  }
}
