// THE training loop, one for every task: order of work, logging, evaluating, keeping the best, stopping early,
// checkpoints, pausing. It knows neither storage nor threads; it yields what happened and the caller stores it
// before the next step is made. Runs in plain Node.
import { DeviceError, RecipeError } from '../src/contract/errors';
import type { TensorMap } from '../src/contract/records';
import type { StepMetrics, StepOptions, Trainer } from '../src/tasks/task';
import { breather } from './breathe';

/** What the loop itself must remember; lies in the checkpoint beside the trainer's state. */
export interface LoopState {
  /** Steps done. */
  step: number;
  best: { step: number; value: number } | null;
  /** Evaluations since the best. */
  waited: number;
  /** Sums since the last log, by metric name, with their counts. */
  pending: Record<string, [sum: number, count: number]>;
}

export type LoopEvent =
  | { kind: 'step'; step: number; values: StepMetrics }
  | { kind: 'log'; step: number; values: StepMetrics }
  | { kind: 'evaluation'; step: number; values: StepMetrics; improved: boolean }
  | {
      kind: 'checkpoint';
      step: number;
      as: 'last' | 'best';
      loop: LoopState;
      state: TensorMap;
      pins: Record<string, unknown>;
      values: StepMetrics;
    };

export interface LoopOutcome {
  reason: 'finished' | 'stopped-early' | 'asked';
  loop: LoopState;
}

export interface LoopOptions {
  trainer: Trainer;
  /** From a checkpoint, after `trainer.restore`; absent = from the start. */
  from?: LoopState;
  /** Validation rows: their figures by metric name, `validationLoss` among them; null = no such rows. */
  evaluate: (() => Promise<StepMetrics>) | null;
  /** True once someone asked to pause or stop: the loop ends before the next step. */
  asked: () => boolean;
  /** What is wanted of the next step only (its profile). */
  stepOptions?: () => StepOptions;
}

export const freshLoop = (): LoopState => ({ step: 0, best: null, waited: 0, pending: {} });

/**
 * Makes the remaining steps. A value that is not finite ends the run with a named error before it reaches a
 * checkpoint, so the last checkpoint is a good one.
 */
export async function* trainLoop(options: LoopOptions): AsyncGenerator<LoopEvent, LoopOutcome> {
  const { trainer, evaluate } = options;
  const { cadence, best: keep, totalSteps } = trainer;
  const loop: LoopState = structuredClone(options.from ?? freshLoop());
  const breath = breather(20);
  const due = (every: number): boolean => every > 0 && loop.step % every === 0;
  const latest: StepMetrics = {};
  const first = loop.step;

  /** Nothing that is not finite goes further: neither into a curve nor into a checkpoint. */
  function take(values: StepMetrics, step: number): void {
    checkFinite(values, step);
    checkAlive(values, step, latest['loss']);
    gather(loop.pending, values);
    Object.assign(latest, values);
  }

  /** What the device has not told yet: a checkpoint must hold it, and nothing is kept that was not looked at. */
  async function hear(): Promise<void> {
    for (const { step, values } of (await trainer.told?.()) ?? []) take(values, step + 1);
  }

  async function* save(as: 'last' | 'best', values: StepMetrics): AsyncGenerator<LoopEvent> {
    yield {
      kind: 'checkpoint',
      step: loop.step,
      as,
      loop: structuredClone(loop),
      state: await trainer.state(),
      pins: trainer.pins?.() ?? {},
      values,
    };
  }

  while (loop.step < totalSteps) {
    await breath();
    if (options.asked()) {
      await hear();
      // Also where one was offered at this step: what is offered is not always written (keep.ts), this one is.
      if (loop.step !== first) yield* save('last', {});
      return { reason: 'asked', loop };
    }
    const values = await trainer.step(loop.step, options.stepOptions?.());
    loop.step++;
    take(values, loop.step);
    yield { kind: 'step', step: loop.step, values };
    const last = loop.step === totalSteps;
    if (last || due(cadence.log) || due(cadence.evaluate) || due(cadence.save)) await hear();
    if (due(cadence.log) || last) {
      yield { kind: 'log', step: loop.step, values: average(loop.pending, latest) };
      loop.pending = {};
    }
    let improved = false;
    if (evaluate && (due(cadence.evaluate) || loop.step === totalSteps)) {
      const found = await evaluate();
      checkFinite(found, loop.step);
      if (keep) {
        const value = found[keep.metric];
        improved = value !== undefined && (!loop.best || isBetter(value, loop.best.value, keep.higherIsBetter));
        if (improved && value !== undefined) {
          loop.best = { step: loop.step, value };
          loop.waited = 0;
        } else loop.waited++;
      }
      yield { kind: 'evaluation', step: loop.step, values: found, improved };
      if (improved) yield* save('best', found);
      if (keep && keep.patience > 0 && loop.waited >= keep.patience && loop.step < totalSteps)
        return { reason: 'stopped-early', loop };
    }
    if (!improved && due(cadence.save) && loop.step < totalSteps) yield* save('last', {});
  }
  return { reason: 'finished', loop };
}

function isBetter(value: number, than: number, higher: boolean): boolean {
  return higher ? value > than : value < than;
}

function checkFinite(values: StepMetrics, step: number): void {
  for (const [name, value] of Object.entries(values))
    if (!Number.isFinite(value))
      throw new RecipeError(
        `Stopped at step ${step}: ${name} is not a number any more. The last good checkpoint is kept. Lower the learning rate, or clip the gradient more.`,
      );
}

/** Losses below it may well become 0 in 32 bits: the rows are learned by heart. */
const learned = 0.01;

/** A loss and a gradient that are suddenly nothing at all are what a failed device reads back, not what training does. */
function checkAlive(values: StepMetrics, step: number, before: number | undefined): void {
  const sudden = step === 1 || (before !== undefined && before > learned);
  if (sudden && values['loss'] === 0 && values['gradientNorm'] === 0)
    throw new DeviceError(
      `Stopped at step ${step}: the device answered nothing but zeros. The last good checkpoint is kept. Choose another backend in Settings and resume.`,
    );
}

function gather(pending: LoopState['pending'], values: StepMetrics): void {
  for (const [name, value] of Object.entries(values)) {
    const [sum, count] = pending[name] ?? [0, 0];
    pending[name] = [sum + value, count + 1];
  }
}

const asItIs: ReadonlySet<string> = new Set(['learningRate', 'lossScale', 'skippedSteps']);

/** Mean since the last log, for losses and norms; a rate, a scale or a count is shown as it is now. */
function average(pending: LoopState['pending'], last: StepMetrics): StepMetrics {
  const values: StepMetrics = {};
  for (const [name, [sum, count]] of Object.entries(pending))
    values[name] = asItIs.has(name) ? (last[name] ?? sum / count) : sum / count;
  return values;
}
