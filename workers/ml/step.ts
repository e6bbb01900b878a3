// THE optimizer step, for trainers of every task: loss and gradients of one or more micro-batches, then one update with
// clipping, loss scaling and averaging, recorded as plans and replayed on a session. What a batch is, when to evaluate
// and how the rate falls is the trainer's.
//
//   const parameters = new Parameters();
//   const head = linear(parameters, 'head', { inputs: 128, outputs: 10 });
//   const stepper = createStepper(session, {
//     parameters, seed: 42, optimizer: { name: 'adamw', weightDecay: 0.01 }, clip: { norm: 1 },
//     loss: (c) => crossEntropy(head(c, c.input('x', [c.size('rows'), 128])), c.input('y', [c.size('rows')], 'int32')).loss,
//   });
//   parameters.write(session, parameters.initial(42));
//   for (…) await stepper.run([{ x, y }], { sizes: { rows: 32 }, learningRate: 1e-3 });    // more batches = accumulation
//   for (const { step, loss, gradientNorm } of await stepper.metrics()) …                     // at least every 64 steps
//   const state = await stepper.state();  … await stepper.restore(state);                     // resumes bit for bit
import { RecipeError } from '../../src/contract/errors';
import type { TensorMap } from '../../src/contract/records';
import type { Prepared, Session } from '../backends/device';
import { dropoutControl } from '../kernels/dropout';
import { hyperAt, hyperWords, logAt, logRows, logWords, scalerWords } from '../kernels/optimizer-layout';
import { planFingerprint } from '../tape/fingerprint';
import type { TimedRun } from '../tape/profile';
import { lossScaleSettings, newScaler, type LossScale } from './loss-scale';
import { chooseOptimizer, stateLayout, type OptimizerSettings } from './optimizer';
import { withRows } from './micro-batches';
import { copyOfSlab, frozenSlab, tableSlab, type Parameters } from './parameters';
import { factorOf, rateFactors, type RateFactor } from './rate-factors';
import { withSegments, type StepInputs } from './step-context';
import { writePlanInputs } from './step-inputs';
import {
  recordMicroBatch,
  recordUpdateAlone,
  recordWhole,
  slabs,
  stateSlab,
  type LossFunction,
  type StepPlan,
  type StepShape,
} from './step-plan';
import { readState, writeState, type StepperState } from './step-state';

export interface StepperOptions {
  parameters: Parameters;
  /** Returns the loss of a micro-batch; called once for each new set of sizes, not at each step. */
  loss: LossFunction;
  optimizer: OptimizerSettings;
  /** Seed of dropout. Parameters are filled by the caller (Parameters.initial, or a checkpoint). */
  seed: number;
  /** Largest global gradient norm (torch's clip_grad_norm_), largest absolute value of a gradient; 0 = none. */
  clip?: { norm?: number; value?: number };
  lossScale?: LossScale;
  /** Exponential moving average of the trained weights: share of the old average that stays, such as 0.999. */
  average?: number;
  /** Do rows of row-sparse tables decay, too? As AdamW on the rows a step touched. */
  decayRows?: boolean;
  /** Factor of the step's rate (and so of its decoupled decay) by a parameter's name, such as layer-wise decay. */
  rateFactor?: RateFactor;
}

export interface StepOptions {
  /** Sizes the loss function asks for (StepContext.size); each new set is another plan. */
  sizes?: Readonly<Record<string, number>>;
  learningRate: number;
  /** Factor of the summed gradients and losses; 1 / number of micro-batches unless given. */
  gradientFactor?: number;
  /** Times each call of the step and is told, one run a plan. The step computes the same bits. */
  onTimes?: (runs: TimedRun[]) => void;
}

/** One step as the device logged it. A skipped step had gradients that were not finite and changed nothing. */
export interface StepRecord {
  /** From 0. */
  step: number;
  loss: number;
  learningRate: number;
  /** Before clipping. Infinity where the step was skipped. */
  gradientNorm: number;
  skipped: boolean;
  lossScale: number;
}

/** A plan that is ready to run: for the profiler (prepared.timed()) and for what must be known before a run. */
export interface ReadyPlan extends StepPlan {
  prepared: Prepared;
}

export type Stepper = ReturnType<typeof createStepper>;

/** The session must live as long as the stepper; slabs it needs are made at once, plans when they are first used. */
export function createStepper(session: Session, options: StepperOptions) {
  const { parameters, seed } = options;
  const optimizer = chooseOptimizer(options.optimizer);
  const scale = lossScaleSettings(options.lossScale ?? 'none');
  const shape: StepShape = {
    parameters,
    optimizer,
    loss: options.loss,
    scaled: scale.initial !== 1 || scale.growthInterval > 0,
    averaged: options.average !== undefined,
    decayRows: options.decayRows ?? false,
    rateFactor: options.rateFactor ?? null,
  };
  const plans = new Map<string, Promise<ReadyPlan>>();
  const fingerprints = new Map<string, string>();
  const rates: number[] = [];
  let steps = 0;
  let read = 0;

  begin();

  /** Slabs as they are before the first step. */
  function begin(): void {
    const { dense, slabs: lengths, tables } = parameters.layout();
    for (const [slab, length] of lengths) session.ensure(slab, length);
    for (const state of optimizer.states) {
      const { name, initial } = state;
      if (dense.length > 0) fill(stateSlab(name), stateLayout(state, dense).words, initial);
      for (const table of tables) fill(stateSlab(name, table.name), lengths.get(tableSlab(table.name))!, initial);
    }
    session.ensure(slabs.scaler, scalerWords);
    session.write(slabs.scaler, newScaler(scale.initial));
    session.ensure(slabs.log, logRows * logWords);
    const { rateFactor } = shape;
    if (!rateFactor) return;
    if (options.optimizer.name === 'adafactor' && options.optimizer.relativeStep)
      throw new RecipeError(
        'Adafactor with relative steps sets its own rate. Turn them off to give layers different rates.',
      );
    for (const { name } of tables) factorOf(rateFactor, name);
    const rates = rateFactors(parameters.layout(), rateFactor);
    if (rates.length === 0) return;
    session.ensure(slabs.rates, rates.length);
    session.write(slabs.rates, rates);
  }

  function fill(slab: string, words: number, value: number): void {
    session.ensure(slab, words);
    session.write(slab, new Float32Array(words).fill(value));
  }

  function ready(key: string, recordPlan: () => StepPlan): Promise<ReadyPlan> {
    const known = plans.get(key);
    if (known) return known;
    const made = (async () => {
      const recorded = recordPlan();
      return { ...recorded, prepared: await session.prepare(recorded.plan) };
    })();
    plans.set(key, made);
    made.catch(() => plans.delete(key));
    return made;
  }

  /** `inputs` with their segments. */
  function writeInputs(inputs: StepInputs, micro: number, { plan }: StepPlan): void {
    const given: Record<string, Float32Array | Int32Array> = { ...inputs };
    given['randomKey'] = dropoutControl(seed, steps, micro);
    given['keep'] = Float32Array.of(micro === 0 ? 0 : 1);
    writePlanInputs(session, plan, given, ['hyper']);
  }

  function writeHyper(step: StepOptions, microBatches: number): void {
    const hyper = new Float32Array(hyperWords);
    optimizer.fill(hyper);
    hyper[hyperAt.learningRate] = step.learningRate;
    hyper[hyperAt.gradientFactor] = step.gradientFactor ?? 1 / microBatches;
    hyper[hyperAt.maxNorm] = options.clip?.norm ?? 0;
    hyper[hyperAt.maxValue] = options.clip?.value ?? 0;
    hyper[hyperAt.growthInterval] = scale.growthInterval;
    hyper[hyperAt.logRow] = steps % logRows;
    hyper[hyperAt.oneMinusEmaDecay] = 1 - (options.average ?? 0);
    session.ensure('hyper', hyperWords);
    session.write('hyper', hyper);
  }

  /** Plans of a micro-batch and of the update. Where tables are trained by rows, both hold how many batches there are. */
  async function accumulating(sizes: Readonly<Record<string, number>>, count: number): Promise<[ReadyPlan, ReadyPlan]> {
    const size = JSON.stringify(sizes);
    const byRows = parameters.layout().tables.length > 0;
    const micro = await ready(byRows ? `micro ${count} ${size}` : `micro ${size}`, () =>
      recordMicroBatch(shape, sizes, count),
    );
    const update = await ready(byRows ? `update ${count} ${size}` : 'update', () =>
      recordUpdateAlone(shape, micro.touched, count),
    );
    return [micro, update];
  }

  return {
    /** Numbers the optimizer remembers of each trained one. */
    statesPerParameter: optimizer.states.length,

    /** Short name of what a step of these sizes computes; another program or other settings give another. */
    fingerprint(sizes: Readonly<Record<string, number>>): string {
      const key = JSON.stringify(sizes);
      const known = fingerprints.get(key) ?? planFingerprint(recordWhole(shape, sizes).plan);
      fingerprints.set(key, known);
      return known;
    },

    /** Steps made, skipped ones included. */
    get steps(): number {
      return steps;
    },

    /**
     * One update from one or more micro-batches. Resolves when the work was handed to the device. Plans are recorded at
     * the first call with new sizes; `prepare` does that ahead.
     */
    async run(microBatches: readonly StepInputs[], step: StepOptions): Promise<void> {
      const sizes = step.sizes ?? {};
      const key = JSON.stringify(sizes);
      const timed: TimedRun[] = [];
      const play = async ({ plan, prepared }: ReadyPlan): Promise<void> => {
        if (step.onTimes) timed.push({ plan, times: await prepared.timed() });
        else await prepared.run();
      };
      writeHyper(step, microBatches.length);
      if (microBatches.length === 1) {
        const whole = await ready(`whole ${key}`, () => recordWhole(shape, sizes));
        writeInputs(withSegments(microBatches[0]!, whole.lookups), 0, whole);
        await play(whole);
      } else {
        const [micro, update] = await accumulating(sizes, microBatches.length);
        const { inputs, update: rows } = withRows(microBatches, micro);
        for (const [index, given] of inputs.entries()) {
          writeInputs(given, index, micro);
          await play(micro);
        }
        writePlanInputs(session, update.plan, rows, ['hyper']);
        await play(update);
      }
      step.onTimes?.(timed);
      rates[steps % logRows] = step.learningRate;
      steps++;
    },

    /**
     * Makes the plans of these sizes ready, so that the first step does not wait for them: one, or with accumulation that
     * of a micro-batch and that of the update.
     */
    prepare(sizes: Readonly<Record<string, number>>, accumulation = 1): Promise<ReadyPlan[]> {
      const key = JSON.stringify(sizes);
      if (accumulation === 1) return Promise.all([ready(`whole ${key}`, () => recordWhole(shape, sizes))]);
      return accumulating(sizes, accumulation);
    },

    /** Steps since the last call, oldest first; waits for the device. Only the last 64 are kept. */
    async metrics(): Promise<StepRecord[]> {
      const log = await session.readFloats(slabs.log, 0, logRows * logWords);
      const records: StepRecord[] = [];
      for (let step = Math.max(read, steps - logRows); step < steps; step++) {
        const row = log.subarray((step % logRows) * logWords, (step % logRows) * logWords + logWords);
        records.push({
          step,
          loss: row[logAt.loss]!,
          learningRate: rates[step % logRows] ?? Number.NaN,
          gradientNorm: row[logAt.norm]!,
          skipped: row[logAt.applied] === 0,
          lossScale: row[logAt.lossScale]!,
        });
      }
      read = steps;
      return records;
    },

    /** All that later steps depend on, by name: weights, what the optimizer remembers, loss scale, counters. */
    state: (): Promise<StepperState> => readState(session, shape, steps),

    /** Continues from a state of a stepper with the same settings. Throws FormatError where it is of another model. */
    restore(state: StepperState): void {
      writeState(session, shape, state);
      steps = state.steps;
      read = steps;
    },

    /** Lets the moving average begin at the present weights; call after filling the parameters. */
    async startAverage(): Promise<void> {
      for (const [slab, words] of parameters.layout().slabs) {
        if (slab === frozenSlab) continue;
        const average = copyOfSlab(slabs.average, slab);
        session.ensure(average, words);
        session.write(average, await session.readFloats(slab, 0, words));
      }
    },

    /** The moving average by the parameters' names. */
    async averages(): Promise<TensorMap> {
      const tensors: TensorMap = {};
      for (const { name, shape: size, group, slab, offset, words } of parameters.layout().placed.values()) {
        if (group === 'frozen') continue;
        const data = await session.readFloats(copyOfSlab(slabs.average, slab), offset, words);
        tensors[name] = { shape: [...size], dtype: 'float32', data };
      }
      return tensors;
    },

    /** Gives the plans back; weights and states stay with the session. */
    async dispose(): Promise<void> {
      for (const made of plans.values()) (await made).prepared.dispose();
      plans.clear();
    },
  };
}
