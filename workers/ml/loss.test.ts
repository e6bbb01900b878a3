// Every loss against torch and sentence-transformers, value and gradients: in 64 bits on the reference device, in 32 bits there
// and on wasm.
import type { Tensor } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { loadKernels, startThread } from '../../scripts/wasm-node.mjs';
import { describeWithShared } from '../../src/lib/testing/shared';
import { openCpuDevice, type CpuSession } from '../backends/cpu-device';
import type { Session } from '../backends/device';
import { openWasmDevice } from '../backends/wasm-device';
import { binaryCrossEntropy } from '../kernels/binary-cross-entropy';
import { add } from '../kernels/arithmetic';
import { concat } from '../kernels/concat';
import { crossEntropy } from '../kernels/cross-entropy';
import type { Numbers } from '../kernels/kernel';
import { pairLoss } from '../kernels/pair-loss';
import { scale } from '../kernels/scale';
import { softCrossEntropy } from '../kernels/soft-cross-entropy';
import { record, type Recorder } from '../tape/record';
import {
  contrastiveLoss,
  coSentLoss,
  cosineSimilarityLoss,
  distillation,
  dpo,
  ipo,
  multiMargin,
  multipleNegatives,
  tripletLoss,
  type Preferences,
} from './loss';

type Nested = number | Nested[];
interface Fixture {
  name: string;
  options: Record<string, number>;
  inputs: Record<string, Nested[]>;
  constants: Record<string, Nested[]>;
  loss: number;
  gradients: Record<string, Nested[]>;
}
type Tensors = Record<string, Tensor>;

const flat = (values: Nested[]): number[] => values.flat(9) as number[];
const shapeOf = (values: Nested): number[] => (Array.isArray(values) ? [values.length, ...shapeOf(values[0]!)] : []);
const preferences = (t: Tensors): Preferences => t as Tensors & Preferences;

/** Class numbers are whole numbers; everything else is float. */
const integers = (name: string, key: string): boolean =>
  key === 'target' && /^(cross-entropy(?!-soft)|focal-gamma|multi-margin|distillation)/.test(name);

const half = (a: Tensor, b: Tensor): Tensor => scale(add(a, b), 0.5);
const ours: Record<string, (t: Tensors, o: Record<string, number>, r: Recorder) => Tensor> = {
  'cross-entropy': (t) => crossEntropy(t.logits!, t.target!).loss,
  'cross-entropy-sum': (t) => crossEntropy(t.logits!, t.target!, { reduction: 'sum' }).loss,
  'cross-entropy-smoothing': (t, o) => crossEntropy(t.logits!, t.target!, { labelSmoothing: o.labelSmoothing! }).loss,
  'cross-entropy-weights': (t) => crossEntropy(t.logits!, t.target!, { classWeights: t.classWeights }).loss,
  'cross-entropy-ignore': (t, o) => crossEntropy(t.logits!, t.target!, { ignoreIndex: o.ignoreIndex! }).loss,
  'cross-entropy-all': (t, o) =>
    crossEntropy(t.logits!, t.target!, {
      classWeights: t.classWeights,
      labelSmoothing: o.labelSmoothing!,
      ignoreIndex: o.ignoreIndex!,
    }).loss,
  'cross-entropy-soft-targets': (t) => softCrossEntropy(t.logits!, t.target!).loss,
  'cross-entropy-extreme': (t) => crossEntropy(t.logits!, t.target!).loss,
  'bce-logits': (t) => binaryCrossEntropy(t.logits!, t.target!).loss,
  'bce-logits-pos-weight': (t) => binaryCrossEntropy(t.logits!, t.target!, { posWeight: t.posWeight }).loss,
  'bce-logits-extreme': (t) => binaryCrossEntropy(t.logits!, t.target!).loss,
  'focal-gamma2': (t, o) => crossEntropy(t.logits!, t.target!, { gamma: o.gamma! }).loss,
  'focal-gamma2-alpha': (t, o) =>
    crossEntropy(t.logits!, t.target!, { gamma: o.gamma!, classWeights: t.alpha, weighsMean: false }).loss,
  'focal-sigmoid': (t, o) =>
    binaryCrossEntropy(t.logits!, t.target!, { focal: { gamma: o.gamma!, alpha: o.alpha! } }).loss,
  mse: (t) => pairLoss('squared', t.x!, t.y_!).loss,
  l1: (t) => pairLoss('absolute', t.x!, t.y_!).loss,
  huber: (t, o) => pairLoss('huber', t.x!, t.y_!, { p: o.delta! }).loss,
  'smooth-l1': (t, o) => pairLoss('smoothAbsolute', t.x!, t.y_!, { p: o.beta! }).loss,
  hinge: (t) => pairLoss('hinge', t.score!, t.target!).loss,
  'squared-hinge': (t) => pairLoss('squaredHinge', t.score!, t.target!).loss,
  'multi-margin': (t) => multiMargin(t.logits!, t.target!),
  bpr: (t) => pairLoss('logistic', t.pos!, t.neg!, { p: 1 }).loss,
  'margin-ranking': (t, o) => pairLoss('margin', t.pos!, t.neg!, { p: o.margin! }).loss,
  'triplet-cosine': (t, o) =>
    tripletLoss(t.anchor!, t.positive!, t.negative!, { margin: o.margin!, distance: 'cosine' }),
  'triplet-euclid': (t, o) =>
    tripletLoss(t.anchor!, t.positive!, t.negative!, { margin: o.margin!, distance: 'euclid' }),
  'contrastive-cosine': (t, o) => contrastiveLoss(t.a!, t.b!, t.label!, { margin: o.margin!, distance: 'cosine' }),
  'contrastive-euclid': (t, o) =>
    contrastiveLoss(t.a!, half(t.a!, t.b!), t.label!, { margin: o.margin!, distance: 'euclid' }),
  cosent: (t, o) => coSentLoss(t.a!, t.b!, t.score!, o.scale!),
  'multiple-negatives': (t, o, r) => multipleNegatives(r, t.anchor!, t.positive!, { temperature: 1 / o.scale! }),
  'multiple-negatives-hard': (t, o, r) =>
    multipleNegatives(r, t.anchor!, concat([t.positive!, t.negative!], 0), { temperature: 1 / o.scale! }),
  'multiple-negatives-symmetric': (t, o, r) =>
    multipleNegatives(r, t.anchor!, t.positive!, { temperature: 1 / o.scale!, symmetric: true }),
  simcse: (t, o, r) => multipleNegatives(r, t.anchor!, t.positive!, { temperature: o.temperature! }),
  'cosine-similarity-loss': (t) => cosineSimilarityLoss(t.a!, t.b!, t.score!),
  distillation: (t, o) => distillation(t.student!, t.teacher!, o.temperature!),
  'distillation-mixed': (t, o) =>
    add(
      scale(distillation(t.student!, t.teacher!, o.temperature!), o.alpha!),
      scale(crossEntropy(t.student!, t.target!).loss, 1 - o.alpha!),
    ),
  'dpo-beta0.1': (t, o) => dpo(preferences(t), { beta: o.beta! }),
  'dpo-beta0.5': (t, o) => dpo(preferences(t), { beta: o.beta! }),
  'dpo-beta0.1-smooth0.1': (t, o) => dpo(preferences(t), { beta: o.beta!, labelSmoothing: o.labelSmoothing! }),
  ipo: (t, o) => ipo(preferences(t), o.beta!),
};

const isCpu = (session: Session): session is CpuSession => 'numbers' in session;

describeWithShared('losses', 'fixtures/losses.json', (file) => {
  const fixtures = (JSON.parse(readFileSync(file, 'utf8')) as { losses: Fixture[] }).losses;
  const wasm = openWasmDevice({ load: loadKernels, startThread, threads: 1 });
  afterAll(async () => (await wasm).dispose());

  it('has all of them', () => {
    expect(Object.keys(ours).sort()).toEqual(fixtures.map(({ name }) => name).sort());
  });

  describe.each([
    ['cpu in 64 bits', 1e-9, async () => openCpuDevice({ precision: 'float64' })],
    ['cpu', 1e-5, async () => openCpuDevice()],
    ['wasm', 1e-5, () => wasm],
  ] as const)('on %s', (_, tolerance, open) => {
    it.each(fixtures)('$name', async ({ name, options, inputs, constants, loss, gradients }) => {
      const given: Record<string, Nested[]> = { ...inputs, ...constants };
      const plan = record((r) => {
        const tensors = Object.fromEntries(
          Object.entries(given).map(([key, values]) => [
            key,
            r.input(key, shapeOf(values), integers(name, key) ? 'int32' : 'float32'),
          ]),
        );
        const value = ours[name]!(tensors, options, r);
        const keys = Object.keys(gradients);
        const found = r.gradients(
          value,
          keys.map((key) => tensors[key]!),
        );
        r.output('loss', value);
        keys.forEach((key, i) => r.output(`gradient of ${key}`, found[i]!));
      });
      const session = (await open()).session();
      const prepared = await session.prepare(plan);
      for (const [key, values] of Object.entries(given))
        if (integers(name, key)) session.write(key, Int32Array.from(flat(values)));
        else if (isCpu(session)) session.numbers(key, 'float32', 0, flat(values).length).set(flat(values));
        else session.write(key, Float32Array.from(flat(values)));
      await prepared.run();
      const output = async (of: string): Promise<Numbers> =>
        isCpu(session) ? session.outputNumbers(prepared, of) : session.output(prepared, of);
      expect(Math.abs((await output('loss'))[0]! - loss)).toBeLessThan(tolerance * Math.max(1, Math.abs(loss)));
      for (const [key, values] of Object.entries(gradients)) {
        const wanted = flat(values);
        const largest = Math.max(1, ...wanted.map(Math.abs));
        (await output(`gradient of ${key}`)).forEach((value, i) =>
          expect(Math.abs(value - wanted[i]!)).toBeLessThan(tolerance * largest),
        );
      }
      session.dispose();
    });
  });
});
