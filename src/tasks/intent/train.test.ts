// The intent task as the loop drives it: learns, resumes exactly, refuses what it cannot do.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TensorMap } from '../../contract/records';
import { resolveRecipe } from '../../lib/recipe';
import type { TaskData, TaskRows, LabelTrainer } from '../task';
import { spec } from './spec';
import { prepareIntent, training } from './train';
import { groupLimits, type GroupLimits } from './job';

const words: Record<string, string[]> = {
  refund: ['refund', 'money back', 'return payment', 'reimburse me', 'cancel and refund'],
  tracking: ['where is my parcel', 'track package', 'delivery late', 'shipping status', 'courier lost it'],
  password: ['reset password', 'cannot log in', 'forgot login', 'locked out', 'change my pin'],
};
const labels = Object.keys(words);
const tails = [
  'please',
  'now',
  'today',
  'it is urgent',
  'thanks',
  'again',
  'for my order',
  'asap',
  'hello',
  'number 7',
];

function rowsOf(count: number, skip = 0): TaskRows {
  const at = Array.from({ length: count }, (_, i) => i + skip);
  return {
    rowIds: at.map(String),
    texts: at.map((i) => `${words[labels[i % 3]!]![Math.floor(i / 3) % 5]} ${tails[(i * 7) % 10]}`),
    targets: at.map((i) => [i % 3]),
    weights: Float64Array.from(at, (i) => (i % 11 === 0 ? 2 : 1)),
  };
}
const dataOf = (train: TaskRows, names = labels, multiLabel = false): TaskData => ({
  labels: names,
  multiLabel,
  splits: { train, validation: rowsOf(12, 500), test: rowsOf(12, 900) },
});

async function prepare(
  data: TaskData,
  config: Record<string, unknown> = {},
  notes: string[] = [],
  limits: GroupLimits = groupLimits,
): Promise<LabelTrainer> {
  const resolved = resolveRecipe(spec, { task: 'intent', dataset: 'd', config });
  expect(resolved.problems).toEqual([]);
  const context = {
    config: resolved.config,
    seed: 1,
    data,
    backend: 'cpu' as const,
    signal: new AbortController().signal,
    report: () => undefined,
    note: (message: string) => notes.push(message),
  };
  return prepareIntent(context, limits);
}

async function run(trainer: LabelTrainer, from = 0, to = trainer.totalSteps): Promise<void> {
  for (let step = from; step < to; step++) await trainer.step(step);
}

async function model(data: TaskData, config: Record<string, unknown> = {}, notes: string[] = []) {
  const trainer = await prepare(data, config, notes);
  await run(trainer);
  const kept = await trainer.weights();
  const stored = { tensors: kept.tensors, meta: JSON.parse(JSON.stringify(kept.meta)) as Record<string, unknown> };
  const predictor = await training.load(stored, { labels: data.labels, multiLabel: false, backend: 'cpu' });
  return { trainer, kept, predictor };
}

const bytes = (tensors: TensorMap): string =>
  Object.keys(tensors)
    .sort()
    .map((name) => `${name}:${Buffer.from(new Uint8Array(tensors[name]!.data.buffer)).toString('base64')}`)
    .join('\n');

const variants: Record<string, unknown>[] = [
  {},
  { calibration: 'isotonic' },
  { calibration: 'none' },
  { calibration: 'none', temperature: false },
  { classifier: 'logistic', temperature: false },
  { classifier: 'logistic', calibration: 'none' },
  { analyzer: 'word+char', sublinearTf: true, maxFeatures: 0 },
  { analyzer: 'char_wb', ngramRange: [2, 4], classWeight: 'none' },
];

describe('the intent task', () => {
  test.each(variants)('learns and answers: %o', async (config) => {
    const data = dataOf(rowsOf(90));
    const { trainer, predictor } = await model(data, config);
    const answers = await predictor.predict(data.splits.test.texts, { topK: 3 });
    const right = answers.filter((answer, i) => answer.label === labels[data.splits.test.targets[i]![0]!]);
    expect(right.length).toBe(answers.length);
    for (const answer of answers) {
      expect(answer.confidence).toBe(answer.scores[0]!.score);
      expect(answer.scores.reduce((sum, entry) => sum + entry.score, 0)).toBeCloseTo(1, 9);
    }
    const direct = await trainer.score(data.splits.test.texts);
    expect([...(await predictor.score(data.splits.test.texts)).values]).toEqual([...direct.values]);
  });

  test.each(variants)('resumes to the same weights, bit for bit: %o', async (config) => {
    const data = dataOf(rowsOf(60));
    const whole = await prepare(data, config);
    await run(whole);
    const wanted = bytes((await whole.weights()).tensors);
    for (const cut of [1, 7, whole.totalSteps - 1]) {
      const first = await prepare(data, config);
      await run(first, 0, cut);
      const state = structuredClone(await first.state());
      first.dispose();
      const second = await prepare(data, config);
      await second.restore(state, cut);
      await run(second, cut);
      expect(bytes((await second.weights()).tensors)).toBe(wanted);
    }
  });

  test.each(variants)('worked on in turns, the model is the same: %o', async (config) => {
    const data = dataOf(rowsOf(60));
    const whole = await prepare(data, config);
    await run(whole);
    const wanted = bytes((await whole.weights()).tensors);
    const turns = await prepare(data, config, [], { bytes: 1, work: 1 });
    expect(turns.totalSteps).toBeGreaterThanOrEqual(whole.totalSteps);
    const cut = Math.floor(turns.totalSteps / 2) + 3;
    await run(turns, 0, cut);
    const state = structuredClone(await turns.state());
    const again = await prepare(data, config, [], { bytes: 1, work: 1 });
    await again.restore(state, cut);
    await run(again, cut);
    expect(bytes((await again.weights()).tensors)).toBe(wanted);
    const early = await prepare(data, config, [], { bytes: 1, work: 1 });
    await run(early, 0, 2);
    expect((await early.score(['refund me please'])).values[0]).toBeGreaterThan(0.4);
  });

  test('stopped in the middle, what is there makes a model', async () => {
    const data = dataOf(rowsOf(90));
    const trainer = await prepare(data);
    await run(trainer, 0, 2);
    const scores = await trainer.score(['please refund me', 'reset my password']);
    expect(scores.values[0]).toBeGreaterThan(0.5);
    expect(scores.values[3 + 2]).toBeGreaterThan(0.5);
  });

  test('a stop is heard inside a step', async () => {
    const abort = new AbortController();
    const resolved = resolveRecipe(spec, { task: 'intent', dataset: 'd' });
    const trainer = await training.prepare({
      config: resolved.config,
      seed: 1,
      data: dataOf(rowsOf(90)),
      backend: 'cpu',
      signal: abort.signal,
      report: () => undefined,
    });
    abort.abort();
    await expect(trainer.step(0)).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('the temperature moves no answer, and false leaves the scores as they were', async () => {
    const data = dataOf(rowsOf(90));
    const warm = await (await model(data)).predictor.score(data.splits.test.texts);
    const plain = await (await model(data, { temperature: false })).predictor.score(data.splits.test.texts);
    const first = (scores: typeof warm, row: number): number => {
      const own = [...scores.values.subarray(row * 3, row * 3 + 3)];
      return own.indexOf(Math.max(...own));
    };
    data.splits.test.texts.forEach((_, row) => expect(first(warm, row)).toBe(first(plain, row)));
    expect([...warm.values]).not.toEqual([...plain.values]);
  });

  test('two labels, a label of one row, a label without training rows', async () => {
    const rows = rowsOf(60);
    rows.targets = rows.targets.map((_, i) => [i % 3 === 2 ? 1 : i % 3]);
    const two = await model(dataOf(rows, ['refund', 'other']));
    expect((await two.predictor.predict(['refund please'], { topK: 2 }))[0]!.scores).toHaveLength(2);

    const single = rowsOf(60);
    single.texts.push('close my account');
    single.targets.push([3]);
    single.rowIds.push('x');
    single.weights = new Float64Array(61).fill(1);
    const notes: string[] = [];
    const four = await model(dataOf(single, [...labels, 'close', 'never']), {}, notes);
    expect(notes.join(' ')).toContain('"close" has a single training row');
    const [answer] = await four.predictor.predict(['close my account'], { topK: 5 });
    expect(answer!.label).toBe('close');
    expect(answer!.scores.find((entry) => entry.label === 'never')!.score).toBe(0);
    expect(answer!.scores.reduce((sum, entry) => sum + entry.score, 0)).toBeCloseTo(1, 9);
  });

  test('fewer folds for small labels, none where every label has one row', async () => {
    const rows = rowsOf(32);
    rows.targets = rows.targets.map((own, i) => (i === 5 || i === 8 ? [3] : own));
    const notes: string[] = [];
    await model(dataOf(rows, [...labels, 'rare']), {}, notes);
    expect(notes.join(' ')).toContain('2 calibration folds instead of 3: "rare" has only 2 training rows');
    const ones = rowsOf(30);
    ones.targets = ones.targets.map((_, i) => [i]);
    const many = await model(
      dataOf(
        ones,
        Array.from({ length: 30 }, (_, i) => `l${i}`),
      ),
      {},
      notes,
    );
    expect(notes.join(' ')).toContain('nothing could be held out');
    expect((await many.predictor.predict([ones.texts[3]!], { topK: 1 }))[0]!.confidence).toBeGreaterThan(0);
  });

  test('refuses too few rows, one label, several labels, texts without words', async () => {
    const few = dataOf(rowsOf(6));
    few.splits.validation = few.splits.test = rowsOf(0);
    await expect(prepare(few)).rejects.toMatchObject({ name: 'NotEnoughSamplesError', message: /14 more are needed/ });
    const one = rowsOf(40);
    one.targets = one.targets.map(() => [0]);
    await expect(prepare(dataOf(one))).rejects.toMatchObject({ name: 'DatasetError', message: /only one label/ });
    await expect(prepare(dataOf(rowsOf(40), labels, true))).rejects.toMatchObject({
      name: 'DatasetError',
      message: /Classifier/,
    });
    const blank = rowsOf(40);
    blank.texts = blank.texts.map(() => '? !');
    await expect(prepare(dataOf(blank))).rejects.toMatchObject({ name: 'DatasetError', message: /no training text/i });
  });

  test('evidence stands where it says, and speaks for the answer', async () => {
    const data = dataOf(rowsOf(90));
    for (const config of [{}, { analyzer: 'word+char' }, { analyzer: 'char_wb', ngramRange: [2, 4] }]) {
      const { predictor } = await model(data, config);
      const text = 'İ Please REFUND my Money back';
      const [answer] = await predictor.predict([text], { topK: 1, evidence: true });
      expect(answer!.label).toBe('refund');
      expect(answer!.evidence!.length).toBeGreaterThan(0);
      for (const { term, start, end } of answer!.evidence!) expect(text.slice(start, end)).toBe(term);
      expect(answer!.evidence!.find((entry) => entry.term === 'REFUND')!.weight).toBeGreaterThan(0);
    }
  });

  test('probabilities sum to one on any text', async () => {
    const { predictor } = await model(dataOf(rowsOf(90)), { analyzer: 'word+char', maxFeatures: 0 });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 80 }), async (text) => {
        const values = Float64Array.from((await predictor.score([text])).values);
        const sum = values.reduce((total, value) => total + value, 0);
        expect(Math.abs(sum - 1)).toBeLessThan(1e-9);
        expect([...values].every((value) => value >= 0)).toBe(true);
        const [answer] = await predictor.predict([text], { topK: 1, evidence: true });
        for (const { term, start, end } of answer!.evidence!) expect(text.slice(start, end)).toBe(term);
      }),
    );
  });
});

describe('the plan', () => {
  test('grows with the data and says when it is too much', () => {
    const config = resolveRecipe(spec, { task: 'intent', dataset: 'd' }).config;
    const small = training.plan(config, { rows: 2000, labels: 24, meanLength: 60 });
    const large = training.plan(config, { rows: 2_000_000, labels: 150, meanLength: 400 });
    expect(small.fits).toBe(true);
    expect(small.secondsEstimated).toBeLessThan(5);
    expect(large.secondsEstimated).toBeGreaterThan(small.secondsEstimated);
    expect(large.fits).toBe(false);
    expect(large.advice.length).toBeGreaterThan(0);
  });
});
