// What is taken away answers as the studio does: predict.mjs by Node, predict.py where Python with numpy is at hand.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Prediction } from '../../contract/train';
import { Rng } from '../../lib/rng';
import { resolveRecipe } from '../../lib/recipe';
import type { TaskData, TaskRows } from '../task';
import { spec } from './spec';
import { training } from './train';

const python = process.env['PEER_PYTHON'] ?? 'python3';
const hasNumpy = spawnSync(python, ['-c', 'import numpy']).status === 0;

/** Words of many scripts, and what trips tokenizers: case pairs, combining marks, half-width, white space, digits. */
const odd = [
  'card',
  "card's",
  '3.5%',
  'ΟΔΟΣ',
  'Σ',
  'İstanbul',
  'ISPARTA',
  'straße',
  'STRASSE',
  'ẞ',
  'ﬁne',
  'Ⅷ',
  '²x',
  'नमस्ते',
  'สวัสดี',
  '你好',
  '世界和平',
  'カード',
  'ｶｰﾄﾞ',
  '카드',
  'кáрта',
  'ё',
  'e\u0301te\u0301',
  'été',
  '𝒜𝒷𝒸',
  '𐐀𐐁',
  '🙂',
  '👩‍💻',
  '_x_',
  'a_b',
  '__',
  'a',
  'I',
  'ǅ',
  'ŉ',
  '\u212a',
  '\u2126hm',
  'x\u00a0y',
  'x\u2003y',
  'x\u0085y',
  'x\u001cy',
  'x\ufeffy',
  'tab\tbed',
  '#1',
  '１２３',
  '٣٤',
  '½',
  'co-op',
];
const plain = 'where is my refund parcel late password reset login money delivery track again please help order'.split(
  ' ',
);

function texts(count: number, seed: number): string[] {
  const rng = new Rng(seed);
  return Array.from({ length: count }, () => {
    const length = rng.integer(9);
    const list = Array.from({ length }, () => {
      const from = rng.uniform() < 0.4 ? odd : plain;
      return from[rng.integer(from.length)]!;
    });
    return list.join(rng.uniform() < 0.1 ? '  ' : ' ');
  });
}

function rowsOf(count: number, classes: number): TaskRows {
  const made = texts(count, 3);
  return {
    rowIds: made.map((_, i) => String(i)),
    texts: made.map((text, i) => `${plain[i % classes]} ${plain[(i % classes) + 3]} ${text}`),
    targets: made.map((_, i) => [i % classes]),
    weights: new Float64Array(count).fill(1),
  };
}

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

async function takeAway(config: Record<string, unknown>, classes: number) {
  const labels = Array.from({ length: classes }, (_, i) => `label "${i}" é`);
  const data: TaskData = {
    labels: [...labels, 'without rows'],
    multiLabel: false,
    splits: { train: rowsOf(150, classes), validation: rowsOf(0, classes), test: rowsOf(0, classes) },
  };
  const trainer = await training.prepare({
    config: resolveRecipe(spec, { task: 'intent', dataset: 'd', config }).config,
    seed: 1,
    data,
    backend: 'cpu',
    signal: new AbortController().signal,
    report: () => undefined,
  });
  for (let step = 0; step < trainer.totalSteps; step++) await trainer.step(step);
  const kept = await trainer.weights();
  const model = { name: 'v1', labels: data.labels, multiLabel: false, version: 1 };
  const predictor = await training.load(kept, { ...model, backend: 'cpu' });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'intent-export-'));
  folders.push(folder);
  const files = await training.exportFiles('json', kept, model);
  expect(files.map((file) => file.path)).toEqual(['model.json', 'predict.mjs', 'predict.py']);
  for (const file of files) writeFileSync(path.join(folder, file.path), file.bytes);
  return { folder, predictor };
}

function ask(command: string, folder: string, script: string, asked: string[]): Prediction[] {
  const input = asked.map((text) => text.replaceAll('\n', ' ')).join('\n') + '\n';
  const output = execFileSync(command, [path.join(folder, script)], { input, encoding: 'utf8', maxBuffer: 1 << 26 });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Prediction);
}

function expectSame(actual: Prediction[], wanted: Prediction[]): void {
  expect(actual.length).toBe(wanted.length);
  wanted.forEach((answer, i) => {
    const scores = new Map(actual[i]!.scores.map((entry) => [entry.label, entry.score]));
    expect(Math.abs(actual[i]!.confidence - answer.confidence)).toBeLessThanOrEqual(1e-6);
    for (const { label, score } of answer.scores) {
      // Of two labels with the same score either may be named at the end of the list.
      if (!scores.has(label)) expect(score).toBeCloseTo(answer.scores.at(-1)!.score, 6);
      else expect(Math.abs(scores.get(label)! - score)).toBeLessThanOrEqual(1e-6);
    }
  });
}

const variants: [Record<string, unknown>, number][] = [
  [{}, 5],
  [{ analyzer: 'word+char', sublinearTf: true, maxFeatures: 0 }, 4],
  [{ calibration: 'isotonic', analyzer: 'char_wb', ngramRange: [4, 6] }, 3],
  [{ classifier: 'logistic', calibration: 'none' }, 3],
  [{}, 2],
  [{ calibration: 'none', temperature: false }, 2],
];
const asked = [...texts(198, 9), '', 'zzzz qqqq'];

describe.each(variants)('taken away: %o with %i labels', (config, classes) => {
  const ready = takeAway(config, classes);

  test('predict.mjs gives the same probabilities', async () => {
    const { folder, predictor } = await ready;
    expectSame(ask(process.execPath, folder, 'predict.mjs', asked), await predictor.predict(asked, { topK: 5 }));
  });

  test.skipIf(!hasNumpy)(
    `predict.py gives the same probabilities${hasNumpy ? '' : ' (skipped: no Python with numpy here)'}`,
    async () => {
      const { folder, predictor } = await ready;
      expectSame(ask(python, folder, 'predict.py', asked), await predictor.predict(asked, { topK: 5 }));
    },
  );
});

test('refuses a format it does not have', async () => {
  await expect(
    training.exportFiles('onnx', { tensors: {}, meta: {} }, { name: 'v1', labels: [], multiLabel: false, version: 1 }),
  ).rejects.toMatchObject({ name: 'UnsupportedError' });
});
