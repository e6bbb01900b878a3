// Optimizer, schedules and losses against the numbers of torch and transformers; the embedding bag against
// finite differences.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/lib/rng';
import { describeWithShared } from '../../src/lib/testing/shared';
import { Backends } from '../backends/start';
import { computeOn, loadTensorflow, type Tf } from '../backends/tensorflow';
import { dropoutMask } from './dropout';
import { gatherBags, SparseGradient, type Bags } from './embedding-bag';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from './losses';
import { adamWDefaults, adamWUpdate, clipFactor, makeParameter, sumOfSquares } from './optimizers';
import { scheduleFactor, type ScheduleName } from './schedules';

type Named = Record<string, number[] | number[][]>;

describeWithShared('AdamW', 'fixtures/optimizers.json', (file) => {
  interface Fixture {
    initial: Named;
    grads: Named[];
    optimizers: {
      name: string;
      options: { lr: number; betas?: [number, number]; eps?: number; weight_decay?: number };
      afterStep: Named[];
    }[];
    clip: { maxNorm: number; norm: number }[];
  }
  const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
  const flat = (values: number[] | number[][]): number[] => values.flat();

  it.each(['adam', 'adamw', 'adamw-betas'])('%s agrees with torch in 64 and 32 bits', (name) => {
    const { options, afterStep } = fixture.optimizers.find((one) => one.name === name)!;
    for (const [make, tolerance] of [
      [(v: number[]) => Float64Array.from(v), 1e-7],
      [(v: number[]) => Float32Array.from(v), 2e-5],
    ] as const) {
      const parameters = Object.entries(fixture.initial).map(
        ([key, values]) => [key, makeParameter(make(flat(values)), true)] as const,
      );
      afterStep.forEach((expected, step) => {
        for (const [key, parameter] of parameters) {
          adamWUpdate(parameter, make(flat(fixture.grads[step]![key]!)), step + 1, {
            learningRate: options.lr,
            beta1: options.betas?.[0] ?? adamWDefaults.beta1,
            beta2: options.betas?.[1] ?? adamWDefaults.beta2,
            epsilon: options.eps ?? adamWDefaults.epsilon,
            weightDecay: options.weight_decay ?? 0,
          });
          flat(expected[key]!).forEach((value, i) =>
            expect(Math.abs(parameter.value[i]! - value)).toBeLessThan(tolerance),
          );
        }
      });
    }
  });

  it('clips by the global norm as torch does', () => {
    for (const { maxNorm, norm } of fixture.clip) {
      const first = fixture.grads.find((grads) => {
        const squares = Object.values(grads).reduce((sum, g) => sum + sumOfSquares(Float64Array.from(flat(g))), 0);
        return Math.abs(Math.sqrt(squares) - norm) < 1e-4;
      });
      expect(first).toBeDefined();
      expect(clipFactor(norm, maxNorm)).toBeCloseTo(Math.min(1, maxNorm / (norm + 1e-6)), 12);
    }
    expect(clipFactor(5, 0)).toBe(1);
  });
});

describeWithShared('schedules', 'fixtures/schedules.json', (file) => {
  const { schedules } = JSON.parse(readFileSync(file, 'utf8')) as {
    schedules: { name: string; baseLr: number; options: { warmup?: number; total?: number }; lr: number[] }[];
  };
  it.each([
    ['constant', 'constant'],
    ['constant-warmup', 'constant'],
    ['linear', 'linear'],
    ['linear-no-warmup', 'linear'],
    ['cosine', 'cosine'],
  ] as [string, ScheduleName][])('%s agrees', (name, ours) => {
    const { baseLr, options, lr } = schedules.find((one) => one.name === name)!;
    const shape = { warmupSteps: options.warmup ?? 0, totalSteps: options.total ?? 1 };
    lr.forEach((value, step) => expect(baseLr * scheduleFactor(ours, step, shape)).toBeCloseTo(value, 9));
  });
});

describeWithShared('losses', 'fixtures/losses.json', (file) => {
  interface Loss {
    name: string;
    inputs: { logits: number[][] };
    constants: { target: (number | number[])[] };
    loss: number;
    gradients: { logits: number[][] };
  }
  const { losses } = JSON.parse(readFileSync(file, 'utf8')) as { losses: Loss[] };
  const wasmUrl = createRequire(import.meta.url).resolve(
    '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
  );
  const backends = new Backends(wasmUrl);
  let tf: Tf;
  beforeAll(async () => {
    tf = await loadTensorflow();
    await backends.start('cpu');
    await backends.start('wasm');
  });

  it.each(
    ['cpu', 'wasm'].flatMap((backend) =>
      ['cross-entropy', 'cross-entropy-soft-targets', 'cross-entropy-extreme', 'bce-logits', 'bce-logits-extreme'].map(
        (name) => [name, backend as 'cpu' | 'wasm'] as const,
      ),
    ),
  )('%s agrees with torch on %s', async (name, backend) => {
    const { inputs, constants, loss, gradients } = losses.find((one) => one.name === name)!;
    computeOn(tf, backend);
    const targets = constants.target.map((target, row) =>
      Array.isArray(target) ? target : inputs.logits[row]!.map((_, column) => (column === target ? 1 : 0)),
    );
    const compute = name.startsWith('bce') ? sigmoidCrossEntropy : softmaxCrossEntropy;
    const found = tf.tidy(() => {
      const rows = targets.length;
      return compute(tf, tf.tensor2d(inputs.logits), tf.tensor2d(targets), tf.fill([rows, 1], 1 / rows));
    });
    const close = (a: number, b: number): void =>
      expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-5 * Math.max(Math.abs(b), 0.1));
    close((await found.loss.data())[0]!, loss);
    (await found.gradient.data()).forEach((value, i) => close(value, gradients.logits.flat()[i]!));
    tf.dispose([found.loss, found.gradient]);
  });
});

describe('embedding bag', () => {
  const rng = new Rng(3);
  const bags: Bags = {
    starts: Int32Array.of(0, 3, 3, 5),
    ids: Int32Array.of(2, 0, 4, 2, 2),
    weights: Float32Array.of(0.5, 0.25, 0.25, 0.75, 0.25),
  };
  const dimension = 3;
  const table = Float32Array.from({ length: 15 }, () => rng.normal());

  it('has the slope of its gather, in touched rows only', () => {
    const rows = [0, 1, 2, 0];
    const upstream = Float32Array.from({ length: rows.length * dimension }, () => rng.normal());
    const value = (at: Float64Array): number => {
      const out = new Float32Array(rows.length * dimension);
      gatherBags(bags, rows, at, dimension, out);
      return out.reduce((sum, one, i) => sum + one * upstream[i]!, 0);
    };
    const gradient = new SparseGradient(5, dimension);
    gradient.add(bags, rows, upstream);
    const norm = Math.sqrt(gradient.sumOfSquares());
    const parameter = makeParameter(new Float64Array(15), true);
    // One step of AdamW leaves (1 - beta1) times the gradient in the first moment.
    gradient.apply(parameter, 1, { ...adamWDefaults, learningRate: 0, weightDecay: 0 }, 1);
    let squares = 0;
    for (let i = 0; i < 15; i++) {
      const moved = (by: number): Float64Array => Float64Array.from(table, (v, j) => (j === i ? v + by : v));
      const slope = (value(moved(0.1)) - value(moved(-0.1))) / 0.2;
      expect(parameter.firstMoment[i]! / 0.1).toBeCloseTo(slope, 4);
      squares += slope ** 2;
    }
    expect(norm).toBeCloseTo(Math.sqrt(squares), 4);
    expect(gradient.sumOfSquares()).toBe(0);
  });

  it('leaves rows that no text of the batch holds as they were', () => {
    const gradient = new SparseGradient(5, dimension);
    gradient.add(bags, [2], Float32Array.of(1, 1, 1));
    const parameter = makeParameter(table.slice(), true);
    gradient.apply(parameter, 1, { ...adamWDefaults, learningRate: 0.1, weightDecay: 0.5 }, 1);
    const changed = Array.from(parameter.value, (v, i) => (v === table[i] ? -1 : Math.floor(i / dimension)));
    expect(new Set(changed)).toEqual(new Set([-1, 2]));
  });
});

it('dropout is a pure function of seed and step', () => {
  const draw = (seed: number, step: number): Float32Array => {
    const mask = new Float32Array(1001);
    dropoutMask(mask, mask.length, 0.3, seed, step);
    return mask;
  };
  expect(draw(0, 5)).toEqual(draw(0, 5));
  expect(draw(0, 5)).not.toEqual(draw(0, 6));
  expect(draw(1, 5)).not.toEqual(draw(0, 5));
  const kept = draw(0, 5).filter((value) => value > 0);
  expect(kept.length / 1001).toBeCloseTo(0.7, 1);
  expect(kept[0]).toBeCloseTo(1 / 0.7, 6);
});
