// Every optimizer against torch, through the plan a step records: in 64 bits on the reference device, in 32 bits there and
// on wasm, as a slab and as rows of a table. Clipping by the global norm, and steps that are skipped.
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { loadKernels, startThread } from '../../scripts/wasm-node.mjs';
import { describeWithShared } from '../../src/lib/testing/shared';
import { openCpuDevice, type CpuSession } from '../backends/cpu-device';
import type { Device, Session } from '../backends/device';
import { openWasmDevice } from '../backends/wasm-device';
import { decideUpdate, gradientControl, squaredNorm } from '../kernels/gradient-control';
import { controlAt, controlWords, hyperAt, hyperWords, scalerAt, scalerWords } from '../kernels/optimizer-layout';
import { call } from '../tape/call';
import { record } from '../tape/record';
import { zeros } from './initialisers';
import { chooseOptimizer, stateLayout, type Optimizer, type OptimizerSettings } from './optimizer';
import { wordsOf, type PlacedParameter } from './parameters';

type Named = Record<string, number[] | number[][]>;
interface Fixture {
  initial: Named;
  grads: Named[];
  optimizers: { name: string; options: Record<string, number | boolean | [number, number]>; afterStep: Named[] }[];
  clip: { maxNorm: number; norm: number; clipped: Named }[];
}

const names = ['w', 'b', 'e'];
/** Each parameter on its own 64 words, as in a slab; as a table, one row each. */
const words = 64 * names.length;
function slabOf(values: Named): Float64Array {
  const slab = new Float64Array(words);
  names.forEach((name, i) => slab.set((values[name] ?? []).flat(), 64 * i));
  return slab;
}

const settingsOf = ({ name, options }: Fixture['optimizers'][number]): OptimizerSettings => ({
  name: (name.startsWith('adam-') ? 'adam' : name.split('-')[0]) as OptimizerSettings['name'],
  weightDecay: Number(options['weight_decay'] ?? 0),
  ...(options['betas'] ? { betas: options['betas'] as [number, number] } : {}),
  ...(options['eps'] ? { epsilon: Number(options['eps']) } : {}),
  ...(options['alpha'] ? { alpha: Number(options['alpha']) } : {}),
  momentum: Number(options['momentum'] ?? 0),
  dampening: Number(options['dampening'] ?? 0),
  nesterov: options['nesterov'] === true,
  centered: options['centered'] === true,
  amsgrad: options['amsgrad'] === true,
  rateDecay: Number(options['lr_decay'] ?? 0),
  initialAccumulator: Number(options['initial_accumulator_value'] ?? 0),
  variant: name === 'adafactor-torch' ? 'torch' : 'transformers',
  scaleParameter: options['scale_parameter'] === true,
  relativeStep: options['relative_step'] === true,
  firstBeta: Number(options['beta1'] ?? 0),
});

/** The fixture's parameters where a slab has them. */
const placed: PlacedParameter[] = [[4, 6], [6], [3, 2]].map((shape, i) => ({
  ...{ name: names[i]!, shape, initialiser: zeros, group: 'decay' as const },
  ...{ slab: 'weights', offset: 64 * i, words: wordsOf(shape) },
}));

function planOf({ dense, sparse, attrs, states, table }: Optimizer, rows: boolean) {
  return record((r) => {
    const shape = rows ? [names.length, 64] : [words];
    const hyper = r.input('hyper', [hyperWords]);
    const gradients = r.input('gradients', shape);
    const norm = call(squaredNorm, [gradients], {})[0]!;
    const control = r.mutate(gradientControl, [hyper, r.persistent('scaler', 0, [scalerWords]), norm], {})[0]!;
    const kept = states.map((state) => r.persistent(state.name, 0, rows ? shape : [stateLayout(state, placed).words]));
    const tables = table ? [r.constant(table(placed))] : [];
    const weights = r.persistent('weights', 0, shape);
    if (!rows) r.mutate(dense, [weights, gradients, hyper, control, ...tables, ...kept], { ...attrs, decayed: words });
    else if (sparse) {
      const numbers = r.constant(Int32Array.of(0, 1, 2));
      r.mutate(sparse, [weights, gradients, hyper, control, numbers, ...kept], { ...attrs, decays: true });
    }
  });
}

const isCpu = (session: Session): session is CpuSession => 'numbers' in session;

/** Writes in the precision of the session. */
function put(session: Session, name: string, values: Float64Array): void {
  session.ensure(name, values.length);
  if (isCpu(session)) session.numbers(name, 'float32', 0, values.length).set(values);
  else session.write(name, Float32Array.from(values));
}

describeWithShared('optimizers', 'fixtures/optimizers.json', (file) => {
  const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
  const wasm = openWasmDevice({ load: loadKernels, startThread, threads: 1 });
  const devices: [string, number, () => Promise<Device>][] = [
    ['cpu in 64 bits', 1e-7, async () => openCpuDevice({ precision: 'float64' })],
    ['cpu', 2e-5, async () => openCpuDevice()],
    ['wasm', 2e-5, () => wasm],
  ];
  afterAll(async () => (await wasm).dispose());

  describe.each(devices)('on %s', (_, tolerance, open) => {
    it.each(
      fixture.optimizers.flatMap((run) =>
        [false, true]
          .map((rows) => ({ ...run, rows }))
          .filter(({ rows }) => !rows || !run.name.startsWith('adafactor')),
      ),
    )('$name (rows of a table: $rows)', async (run) => {
      const optimizer = chooseOptimizer(settingsOf(run));
      const session = (await open()).session();
      put(session, 'weights', slabOf(fixture.initial));
      put(session, 'scaler', Float64Array.of(0, 1, 0, 0));
      for (const { name, initial } of optimizer.states) put(session, name, new Float64Array(words).fill(initial));
      expect(optimizer.sparse === null).toBe(run.name.startsWith('adafactor'));
      const prepared = await session.prepare(planOf(optimizer, run.rows));
      for (const [step, expected] of run.afterStep.entries()) {
        const hyper = new Float64Array(hyperWords);
        optimizer.fill(hyper);
        hyper[hyperAt.learningRate] = Number(run.options['lr'] ?? 0);
        hyper[hyperAt.gradientFactor] = 1;
        put(session, 'hyper', hyper);
        put(session, 'gradients', slabOf(fixture.grads[step]!));
        await prepared.run();
        const found = isCpu(session)
          ? session.numbers('weights', 'float32', 0, words)
          : await session.readFloats('weights', 0, words);
        names.forEach((name, i) =>
          expected[name]!.flat().forEach((value, j) =>
            expect(Math.abs(found[64 * i + j]! - value)).toBeLessThan(tolerance),
          ),
        );
      }
      session.dispose();
    });
  });

  it('clips by the global norm as torch does', () => {
    const slope = slabOf(fixture.grads[4]!);
    const sums = Float64Array.of(slope.reduce((sum, value) => sum + value * value, 0));
    for (const { maxNorm, norm, clipped } of fixture.clip) {
      const control = new Float64Array(controlWords);
      const hyper = new Float64Array(hyperWords);
      hyper[hyperAt.gradientFactor] = 1;
      hyper[hyperAt.maxNorm] = maxNorm;
      decideUpdate(hyper, Float64Array.of(0, 1, 0, 0), sums, control);
      expect(Math.abs(control[controlAt.norm]! - norm)).toBeLessThan(1e-5);
      slabOf(clipped).forEach((value, i) =>
        expect(Math.abs(slope[i]! * control[controlAt.gradientScale]! - value)).toBeLessThan(1e-5),
      );
    }
  });
});

describe('a step that is not finite', () => {
  it.each(['cpu', 'wasm'])('is skipped on %s, and the loss scale halves and recovers', async (backend) => {
    const device =
      backend === 'cpu' ? openCpuDevice() : await openWasmDevice({ load: loadKernels, startThread, threads: 1 });
    const optimizer = chooseOptimizer({ name: 'adamw' });
    const session = device.session();
    const plan = planOf(optimizer, false);
    const weights = Float32Array.from({ length: words }, (_, i) => Math.sin(i));
    session.ensure('weights', words);
    session.write('weights', weights);
    session.ensure('scaler', scalerWords);
    session.write('scaler', Float32Array.of(0, 8, 0, 0));
    const prepared = await session.prepare(plan);
    const hyper = new Float32Array(hyperWords);
    optimizer.fill(hyper);
    hyper[hyperAt.learningRate] = 0.1;
    hyper[hyperAt.gradientFactor] = 1;
    hyper[hyperAt.growthInterval] = 2;
    session.write('hyper', hyper);
    const scales: number[] = [];
    for (const odd of [Number.NaN, Infinity, 1, 1, 1, 1]) {
      const before = await session.readFloats('weights', 0, words);
      const gradients = new Float32Array(words).fill(0.5);
      gradients[70] = odd;
      session.write('gradients', gradients);
      await prepared.run();
      const after = await session.readFloats('weights', 0, words);
      expect(Buffer.from(after.buffer).equals(Buffer.from(before.buffer))).toBe(!Number.isFinite(odd));
      scales.push((await session.readFloats('scaler', 0, scalerWords))[scalerAt.lossScale]!);
    }
    expect(scales).toEqual([4, 2, 2, 4, 4, 8]);
    const scaler = await session.readFloats('scaler', 0, scalerWords);
    expect([...scaler]).toEqual([4, 8, 0, 2]);
    device.dispose();
  });
});
