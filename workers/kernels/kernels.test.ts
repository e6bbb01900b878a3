// Every kernel on every backend that runs in Node against its reference, and gradients against differences.
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { Backends } from '../backends/start';
import { loadTensorflow, type Tf } from '../backends/tensorflow';
import { kernelDifference } from './check';
import { matrix, type Matrix } from './define';
import { kernels } from './index';

const wasmUrl = createRequire(import.meta.url).resolve(
  '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
);
const backends = new Backends(wasmUrl);
let tf: Tf;
beforeAll(async () => {
  tf = await loadTensorflow();
});

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  it.each(kernels.map((kernel) => [kernel.name, kernel] as const))(
    '%s agrees with its reference',
    async (_, kernel) => {
      await backends.start(backend);
      const before = tf.memory().numTensors;
      expect(await kernelDifference(tf, backend, kernel)).toBeLessThanOrEqual(kernel.tolerance);
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});

it('catches a kernel that was broken on purpose', async () => {
  await backends.start('wasm');
  const softmax = kernels.find((kernel) => kernel.name === 'Softmax')!;
  const broken = { ...softmax, compute: (lib: Tf, [z]: Parameters<typeof softmax.compute>[1]) => lib.sigmoid(z!) };
  expect(await kernelDifference(tf, 'wasm', broken)).toBeGreaterThan(softmax.tolerance);
});

describe('references', () => {
  const gradients: [loss: string, gradient: string][] = [
    ['SoftmaxCrossEntropy', 'SoftmaxCrossEntropyGradient'],
    ['SigmoidCrossEntropy', 'SigmoidCrossEntropyGradient'],
  ];
  it.each(gradients)('%s has %s as its slope', (lossName, gradientName) => {
    const loss = kernels.find((kernel) => kernel.name === lossName)!;
    const gradient = kernels.find((kernel) => kernel.name === gradientName)!;
    const z = matrix(3, 4, (row, column) => Math.sin(row * 4 + column));
    const y = matrix(3, 4, (row, column) => (column === row ? 1 : 0));
    const shares = matrix(3, 1, (row) => (row + 1) / 6);
    const slope = gradient.reference([z, y, shares]);
    const at = (index: number, by: number): number => {
      const moved: Matrix = { ...z, values: z.values.slice() };
      moved.values[index]! += by;
      return loss.reference([moved, y, shares]).values[0]!;
    };
    for (let i = 0; i < z.values.length; i++)
      expect((at(i, 1e-5) - at(i, -1e-5)) / 2e-5).toBeCloseTo(slope.values[i]!, 7);
  });
});
