// Small rows and sittings of the classifier for its tests: made here, never stored.
import type { TensorMap } from '../../src/contract/records';
import { resolveRecipe } from '../../src/lib/recipe';
import { spec } from '../../src/tasks/classifier/spec';
import { training } from '../../src/tasks/classifier/train';
import type { StepMetrics, TaskData, TaskRows, LabelTrainer } from '../../src/tasks/task';
import type { Device } from '../backends/device';
import { trainLoop, type LoopState } from '../loop';
import { validationOf } from '../validation';

const topics = {
  card: ['my card has not arrived', 'where is the new card', 'the card was stolen', 'card is blocked', 'order a card'],
  fee: ['why was a fee charged', 'the fee is too high', 'explain this fee', 'fee on my transfer', 'refund the fee'],
  pin: ['i forgot my pin', 'change the pin please', 'pin does not work', 'wrong pin three times', 'reset my pin'],
};
const openings = ['', 'hello, ', 'please help: ', 'quick question, '];

/** Deterministic; several: every fourth row speaks of two topics and has both labels. */
export function topicRows(several = false): TaskData {
  const labels = Object.keys(topics);
  const rows: { text: string; target: number[] }[] = [];
  Object.values(topics).forEach((texts, topic) =>
    texts.forEach((text, i) =>
      openings.forEach((opening, o) => {
        const both = several && (i + o) % 4 === 0;
        const second = (topic + 1) % labels.length;
        const more = both ? ` and ${Object.values(topics)[second]![i]!}` : '';
        rows.push({ text: `${opening}${text}${more}`, target: both ? [topic, second].sort() : [topic] });
      }),
    ),
  );
  const take = (keep: (i: number) => boolean): TaskRows => {
    const chosen = rows.filter((_, i) => keep(i));
    return {
      rowIds: chosen.map((_, i) => `r.${i}`),
      texts: chosen.map((row) => row.text),
      targets: chosen.map((row) => row.target),
      weights: Float64Array.from(chosen, (_, i) => (i % 7 === 0 ? 2 : 1)),
    };
  };
  return {
    labels,
    multiLabel: several,
    splits: { train: take((i) => i % 4 < 2), validation: take((i) => i % 4 === 2), test: take((i) => i % 4 === 3) },
  };
}

export function prepareTrainer(
  data: TaskData,
  device: Device,
  config: Record<string, unknown>,
  seed = 1,
): Promise<LabelTrainer> {
  const resolved = resolveRecipe(spec, { config: { base: 'scratch', ...config } });
  if (resolved.problems.length > 0) throw new Error(resolved.problems.map((one) => one.message).join('; '));
  const signal = new AbortController().signal;
  const { backend } = device;
  return training.prepare({ config: resolved.config, seed, data, backend, device, signal, report: () => undefined });
}

export interface Sitting {
  /** Losses by step. */
  losses: Map<number, number>;
  /** What was logged, by step. */
  logged: Map<number, StepMetrics>;
  /** State and loop at every checkpoint of the kind `last`, by step. */
  saved: Map<number, { loop: LoopState; state: TensorMap; pins: Record<string, unknown> }>;
  loop: LoopState;
}

/** The remaining steps of a trainer through THE loop; ends before step `until` where given. */
export async function sitThrough(
  trainer: LabelTrainer,
  data: TaskData,
  options: { from?: LoopState; until?: number } = {},
): Promise<Sitting> {
  const losses: Sitting['losses'] = new Map();
  const logged: Sitting['logged'] = new Map();
  const saved: Sitting['saved'] = new Map();
  let step = options.from?.step ?? 0;
  const loop = trainLoop({
    trainer,
    ...(options.from ? { from: options.from } : {}),
    evaluate: validationOf(data, trainer),
    asked: () => step >= (options.until ?? Infinity),
  });
  for (;;) {
    const next = await loop.next();
    if (next.done) return { losses, logged, saved, loop: next.value.loop };
    const event = next.value;
    step = event.step;
    if (event.kind === 'step') losses.set(event.step, event.values['loss']!);
    if (event.kind === 'log') logged.set(event.step, event.values);
    if (event.kind === 'checkpoint') saved.set(event.step, { loop: event.loop, state: event.state, pins: event.pins });
  }
}
