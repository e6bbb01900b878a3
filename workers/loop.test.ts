// THE loop with a trainer one can follow: order of events, best and patience, guards, exact continuation.
import { describe, expect, it } from 'vitest';
import type { StepMetrics, LabelTrainer } from '../src/tasks/task';
import { trainLoop, type LoopEvent, type LoopOutcome, type LoopState } from './loop';

/** Its value after step s is the sum of 1 … s; validation losses come from a list. */
function counting(
  change: Partial<LabelTrainer> & { losses?: number[]; bad?: number } = {},
): LabelTrainer & { sum: number } {
  const trainer: LabelTrainer & { sum: number } = {
    sum: 0,
    totalSteps: 20,
    examplesPerStep: 1,
    cadence: { log: 3, evaluate: 4, save: 5 },
    best: null,
    async step(step): Promise<StepMetrics> {
      trainer.sum += step + 1;
      return { loss: step + 1 === change.bad ? NaN : trainer.sum, learningRate: step };
    },
    score: () => Promise.resolve({ rows: 0, labels: 0, values: new Float64Array(0) }),
    state: () => Promise.resolve({ sum: { shape: [1], dtype: 'float64', data: Float64Array.of(trainer.sum) } }),
    restore(state) {
      trainer.sum = state['sum']!.data[0]!;
      return Promise.resolve();
    },
    weights: () => Promise.resolve({ tensors: {}, meta: {} }),
    dispose: () => undefined,
    ...change,
  };
  return trainer;
}

async function run(
  trainer: LabelTrainer,
  options: { from?: LoopState; losses?: (step: number) => number; asked?: (seen: LoopEvent[]) => boolean } = {},
): Promise<{ events: LoopEvent[]; outcome: LoopOutcome }> {
  const events: LoopEvent[] = [];
  let step = options.from?.step ?? 0;
  const { losses } = options;
  const loop = trainLoop({
    trainer,
    ...(options.from ? { from: options.from } : {}),
    evaluate: losses ? () => Promise.resolve({ validationLoss: losses(step) }) : null,
    asked: () => options.asked?.(events) ?? false,
  });
  for (;;) {
    const next = await loop.next();
    if (next.done) return { events, outcome: next.value };
    step = next.value.step;
    events.push(next.value);
  }
}
const steps = (events: LoopEvent[], kind: LoopEvent['kind']): number[] =>
  events.filter((event) => event.kind === kind).map((event) => event.step);
const best = { metric: 'validationLoss', higherIsBetter: false, patience: 0 };

describe('the loop', () => {
  it('logs, evaluates and saves at its cadence and at the end', async () => {
    const { events, outcome } = await run(counting(), { losses: () => 1 });
    expect(steps(events, 'step')).toHaveLength(20);
    expect(steps(events, 'log')).toEqual([3, 6, 9, 12, 15, 18, 20]);
    expect(steps(events, 'evaluation')).toEqual([4, 8, 12, 16, 20]);
    expect(steps(events, 'checkpoint')).toEqual([5, 10, 15]);
    expect(outcome).toMatchObject({ reason: 'finished', loop: { step: 20 } });
    const first = events.find((event) => event.kind === 'log')!;
    expect(first.values).toEqual({ loss: (1 + 3 + 6) / 3, learningRate: 2 });
  });

  it('keeps the best and stops when patience runs out', async () => {
    const curve: Record<number, number> = { 4: 3, 8: 2, 12: 2.5, 16: 2.1, 20: 1 };
    const patient = await run(counting({ best }), { losses: (step) => curve[step]! });
    expect(patient.outcome.loop.best).toEqual({ step: 20, value: 1 });
    const hasty = await run(counting({ best: { ...best, patience: 2 } }), { losses: (step) => curve[step]! });
    expect(hasty.outcome).toMatchObject({ reason: 'stopped-early', loop: { step: 16, best: { step: 8, value: 2 } } });
    const kept = hasty.events.flatMap((event) => (event.kind === 'checkpoint' ? [[event.step, event.as]] : []));
    expect(kept).toEqual([
      [4, 'best'],
      [5, 'last'],
      [8, 'best'],
      [10, 'last'],
      [15, 'last'],
    ]);
  });

  it('saves when asked to end, and goes on from there exactly', async () => {
    const curve = (step: number): number => Math.abs(step - 12);
    const make = (): LabelTrainer & { sum: number } => counting({ best: { ...best, patience: 2 } });
    const wholeTrainer = make();
    const whole = await run(wholeTrainer, { losses: curve });
    for (let cut = 1; cut < whole.outcome.loop.step; cut++) {
      const part = await run(make(), { losses: curve, asked: (seen) => steps(seen, 'step').length === cut });
      expect(part.outcome).toMatchObject({ reason: 'asked', loop: { step: cut } });
      const last = part.events.filter((event) => event.kind === 'checkpoint').at(-1)!;
      expect(last.step).toBe(cut);
      const resumed = make();
      await resumed.restore(last.state, last.step);
      const rest = await run(resumed, { from: last.loop, losses: curve });
      expect(rest.outcome).toEqual(whole.outcome);
      expect(resumed.sum).toBe(wholeTrainer.sum);
      const values = (events: LoopEvent[]): unknown[] =>
        events.flatMap((event) => (event.kind === 'log' && event.step > cut ? [[event.step, event.values]] : []));
      expect(values(rest.events)).toEqual(values(whole.events));
    }
  });

  it('ends with a named error before a bad value reaches a checkpoint', async () => {
    const seen: LoopEvent[] = [];
    const loop = trainLoop({ trainer: counting({ bad: 10 }), evaluate: null, asked: () => false });
    await expect(
      (async () => {
        for await (const event of loop) seen.push(event);
      })(),
    ).rejects.toMatchObject({ name: 'RecipeError', message: expect.stringContaining('step 10') });
    expect(steps(seen, 'checkpoint')).toEqual([5]);
    const zeros = counting({ step: () => Promise.resolve({ loss: 0, gradientNorm: 0 }) });
    await expect(run(zeros)).rejects.toMatchObject({ name: 'DeviceError' });
    const losses = (from: number): LabelTrainer =>
      counting({ step: (step) => Promise.resolve(step < 5 ? { loss: from } : { loss: 0, gradientNorm: 0 }) });
    await expect(run(losses(1))).rejects.toMatchObject({ name: 'DeviceError' });
    // Learned by heart, so that not even the last bit is wrong any more.
    expect((await run(losses(1e-6))).outcome.reason).toBe('finished');
  });

  it('ends a pause with a checkpoint of its step, also where one was offered there before', async () => {
    const { events } = await run(counting(), { asked: (seen) => steps(seen, 'checkpoint').length === 1 });
    expect(steps(events, 'checkpoint')).toEqual([5, 5]);
    const before = await run(counting(), { asked: () => true });
    expect(before.events).toEqual([]);
  });

  it('hears late figures before it logs, saves or ends, and stops at the step they belong to', async () => {
    const late = (bad: number | null): LabelTrainer & { sum: number } => {
      const kept: { step: number; values: StepMetrics }[] = [];
      const trainer = counting();
      const { step } = trainer;
      trainer.step = async (at) => {
        kept.push({ step: at, values: await step(at) });
        if (at + 1 === bad) kept.at(-1)!.values['loss'] = Infinity;
        return {};
      };
      trainer.told = () => Promise.resolve(kept.splice(0));
      return trainer;
    };
    const logs = (events: LoopEvent[]): unknown[] =>
      events.flatMap((event) => (event.kind === 'log' ? [[event.step, event.values]] : []));
    expect(logs((await run(late(null))).events)).toEqual(logs((await run(counting())).events));
    const seen: LoopEvent[] = [];
    const loop = trainLoop({ trainer: late(7), evaluate: null, asked: () => false });
    await expect(
      (async () => {
        for await (const event of loop) seen.push(event);
      })(),
    ).rejects.toMatchObject({ name: 'RecipeError', message: expect.stringContaining('step 7') });
    expect(steps(seen, 'checkpoint')).toEqual([5]);
    const part = await run(late(null), { asked: (events) => steps(events, 'step').length === 7 });
    const last = part.events.filter((event) => event.kind === 'checkpoint').at(-1)!;
    expect(last.loop.pending['loss']).toEqual([28, 1]);
  });

  it('lets messages in between steps', async () => {
    let heard = 0;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => heard++;
    const slow = counting({
      step: async () => {
        const end = performance.now() + 15;
        while (performance.now() < end);
        port2.postMessage(0);
        return { loss: 1 };
      },
    });
    let during = 0;
    await run(slow, { asked: () => ((during = Math.max(during, heard)), false) });
    port1.close();
    expect(during).toBeGreaterThan(5);
  });
});
