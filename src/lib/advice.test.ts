// Advice: none for good results, and for weak ones what the figures, rows and curve show, with the act that helps.
import { describe, expect, it } from 'vitest';
import { evaluateAnswers } from './metrics/evaluate';
import { adviceFor, type WeakResult } from './advice';

/** Ten rows of two classes, the first `right` answered right. */
function result(right: number, more: Partial<WeakResult> = {}, sure = 0.5): WeakResult {
  const labels = ['a', 'b'];
  const actual = Array.from({ length: 10 }, (_, i) => [i % 2]);
  const predicted = actual.map(([own], i) => [i < right ? own! : 1 - own!]);
  const texts = actual.map((_, i) => `text ${i}`);
  const judged = { labels, multiLabel: false, rowIds: texts, texts, actual };
  const metrics = evaluateAnswers(judged, predicted, new Array<number>(10).fill(sure));
  return {
    ...{ metrics, steps: 100, totalSteps: 100, bestStep: 50, config: { epochs: 5, learningRate: 0.01 } },
    trainRows: new Map([
      ['a', 50],
      ['b', 60],
    ]),
    losses: [1, 0.5, 0.2, 0.1].map((loss, i) => ({ step: 10 * i, loss })),
    ...more,
  };
}
const kinds = (weak: WeakResult): string[] => adviceFor(weak).map(({ kind }) => kind);

describe('advice', () => {
  it('is none where the result is good', () => {
    expect(adviceFor(result(8))).toEqual([]);
    expect(adviceFor({ ...result(0), metrics: { ...result(0).metrics, rows: 0 } })).toEqual([]);
  });

  it('names the weakest classes where nothing else shows', () => {
    const [only] = adviceFor(result(5));
    expect(only).toMatchObject({ kind: 'more-rows', act: { does: 'label' } });
    expect(only?.text).toContain('a (50 rows), b (60 rows)');
  });

  it('asks for rows of classes that have few, naming them', () => {
    const rows = new Map([
      ['a', 3],
      ['b', 25],
    ]);
    const found = adviceFor(result(5, { trainRows: rows }));
    expect(found.map(({ kind }) => kind)).toEqual(['more-rows']);
    expect(found[0]?.text).toContain('a (3 rows)');
    expect(found[0]?.text).not.toContain('b (');
  });

  it('weighs rare classes where one is ten times another: by the setting the task has', () => {
    const trainRows = new Map([
      ['a', 900],
      ['b', 30],
    ]);
    const several = result(5, { trainRows, config: { posWeight: 'none' } });
    several.metrics.hammingLoss = 0.4;
    expect(adviceFor(several)[0]?.act).toEqual({ does: 'train', changes: { posWeight: 'sqrt' } });
    expect(adviceFor({ ...several, config: { posWeight: 'sqrt' } })[0]?.act).toMatchObject({
      changes: { posWeight: 'balanced' },
    });
    expect(adviceFor({ ...several, config: { posWeight: 'balanced' } })[0]?.act).toEqual({ does: 'label' });
    expect(adviceFor(result(5, { trainRows, config: { classWeight: 'none' } }))[0]?.act).toEqual({
      does: 'train',
      changes: { classWeight: 'balanced' },
    });
  });

  it('gives more epochs where the best was the last, and only then', () => {
    expect(adviceFor(result(5, { bestStep: 100 }))[0]).toMatchObject({
      kind: 'epochs',
      act: { does: 'train', changes: { epochs: 10 } },
    });
    expect(kinds(result(5, { bestStep: 100, steps: 60 }))).not.toContain('epochs');
    expect(kinds(result(5, { bestStep: 100, config: {} }))).not.toContain('epochs');
  });

  it('changes the rate where the loss hardly fell, or fell and rose', () => {
    const losses = (...list: number[]) => ({ losses: list.map((loss, step) => ({ step, loss })) });
    expect(adviceFor(result(5, losses(1, 0.99, 0.97, 0.95)))[0]?.act).toMatchObject({
      changes: { learningRate: 0.03 },
    });
    expect(adviceFor(result(5, losses(1, 0.4, 0.9, 1.4)))[0]?.act).toMatchObject({ changes: { learningRate: 0.0033 } });
  });

  it('has labels reviewed where the model is sure against them', () => {
    expect(kinds(result(5, {}, 0.97))).toEqual(['label-noise']);
    expect(kinds(result(5, {}, 0.6))).not.toContain('label-noise');
  });
});
