// Every form of a product on a GPU against plain loops, with and without its epilogue. Needs an adapter that Dawn finds.
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/lib/rng';
import { startDawn } from '../backends/testing/dawn';
import { openWebgpuDevice } from '../backends/webgpu-device';
import type { Plan } from '../tape/plan';
import { defineKernel, sizeOf, type CallShape, type Kernel, type Spec } from './kernel';
import { productReference } from './matmul-product';
import { matmulCandidates, matmulVariant, matmulVariants } from './matmul-variants';
import { matmulPasses, type MatmulShape } from './matmul.wgsl';

const dawn = await startDawn();
const title = 'reason' in dawn ? `(skipped: ${dawn.reason})` : '';

type Attrs = Omit<MatmulShape, never> & Record<string, number | boolean>;

/** Inputs a, b, bias, gate; outputs out = gate > 0 ? relu(0.5·a·b + bias) : 0, and pre, the sum before it. */
const product: Kernel<Attrs> = defineKernel<Attrs>({
  name: 'TestProduct',
  inputs: ['a', 'b', 'bias', 'gate'],
  infer: ([, , , gate]) => [gate!, gate!],
  reference: ([a, b, bias, gate], [out, pre], { attrs }) => {
    productReference(attrs, a!, b!, pre!, { alpha: 0.5 }, bias);
    pre!.forEach((value, index) => (out![index] = gate![index]! > 0 ? Math.max(0, value) : 0));
  },
  webgpu: ({ attrs }, gpu) =>
    matmulPasses(attrs, { a: { input: 0 }, b: { input: 1 }, out: { output: 0 } }, gpu, {
      scale: 0.5,
      bias: { input: 2 },
      gate: { input: 3 },
      pre: { output: 1 },
      activation: 'relu',
    }),
  cases: [],
});

/** One product of each transpose, sizes odd and even in turn: software adapters take half a second to compile one. */
const shapes: MatmulShape[] = [
  { m: 33, k: 17, n: 35, transposeA: false, transposeB: false, batch: 1, batchA: false, batchB: false },
  { m: 68, k: 20, n: 36, transposeA: true, transposeB: false, batch: 3, batchA: true, batchB: false },
  { m: 9, k: 12, n: 70, transposeA: false, transposeB: true, batch: 2, batchA: true, batchB: true },
  { m: 70, k: 7, n: 132, transposeA: true, transposeB: true, batch: 1, batchA: false, batchB: false },
];

/** The large forms with workgroup memory differ from the small one in numbers only, and compile for seconds. */
const shapesFor = (variant: string): MatmulShape[] =>
  variant === 'shared-64' || variant === 'shared-64-few'
    ? shapes.slice(2, 3)
    : variant === 'shared-128'
      ? shapes.slice(1, 2)
      : shapes;

const specs = (shape: MatmulShape): { inputs: Spec[]; outputs: Spec[] } => {
  const { m, n, k, batch, batchA, batchB } = shape;
  const float = (words: number): Spec => ({ shape: [words], dtype: 'float32' });
  const out = float(batch * m * n);
  return {
    inputs: [float((batchA ? batch : 1) * m * k), float((batchB ? batch : 1) * k * n), float(n), out],
    outputs: [out, out],
  };
};

function planOf(shape: MatmulShape): Plan {
  const { inputs, outputs } = specs(shape);
  const arrays = [
    ...inputs.map((spec, id) => ({ ...spec, id, kind: 'input' as const, name: `input ${id}` })),
    ...outputs.map((spec, id) => ({ ...spec, id: 4 + id, kind: 'temporary' as const })),
  ];
  const call = { kernel: product.name, attrs: { ...shape }, inputs: [0, 1, 2, 3], outputs: [4, 5], scope: '' };
  return { arrays, calls: [call], outputs: { out: 4, pre: 5 }, slabs: [] };
}

describe.skipIf('reason' in dawn)(`products on a GPU ${title}`, () => {
  it.each(matmulVariants.map(({ name }) => name))(
    '%s is right',
    async (variant) => {
      if ('reason' in dawn) return;
      const entries = Object.keys(matmulCandidates).map((sizeClass) => ({
        kernel: 'matmul',
        sizeClass,
        variant,
        tried: [],
      }));
      const tuning = { backend: 'webgpu' as const, version: 1, at: 0, seconds: 0, entries };
      const device = await openWebgpuDevice({ gpu: dawn.gpu, tuning, kernels: [product] });
      const rng = new Rng(7);
      for (const shape of shapesFor(variant)) {
        const { inputs, outputs } = specs(shape);
        const given = inputs.map((spec) => Float32Array.from({ length: sizeOf(spec) }, () => rng.uniform() - 0.5));
        const wanted = outputs.map((spec) => new Float32Array(sizeOf(spec)));
        const call: CallShape<Attrs> = { inputs, outputs, attrs: { ...shape } };
        product.reference(given, wanted, call);
        const session = device.session();
        const prepared = await session.prepare(planOf(shape));
        given.forEach((values, id) => session.write(`input ${id}`, values));
        await prepared.run();
        for (const [index, name] of ['out', 'pre'].entries()) {
          const got = await session.output(prepared, name);
          const worst = got.reduce((most, value, at) => Math.max(most, Math.abs(value - wanted[index]![at]!)), 0);
          expect(worst, `${name} of ${JSON.stringify(shape)}`).toBeLessThan(2e-6);
        }
        session.dispose();
      }
      expect(device.bytes()).toBe(0);
      device.dispose();
    },
    120_000,
  );
});

it('uses a measured form only where the adapter can run it', () => {
  const shape = shapes[3]!;
  const facts = { f16: false, subgroups: false, maxWorkgroupSize: 256, maxWorkgroupsPerDimension: 65535 };
  expect(matmulVariant(shape, { ...facts, variant: () => 'shared-128' }).name).toBe('shared-128');
  expect(matmulVariant(shape, { ...facts, maxWorkgroupSize: 128, variant: () => 'shared-128' }).name).toBe(
    'register-8x8',
  );
  expect(matmulVariant(shape, { ...facts, variant: () => 'of another build' }).name).toBe('register-8x8');
});
