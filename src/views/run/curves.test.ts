import { describe, expect, it } from 'vitest';
import type { Run, RunEvent } from '../../contract/records';
import { chartsOf, detailOf, pointsOf, settingsDiff } from './curves';

const run: Run = {
  id: 'run-1',
  projectId: 'p',
  number: 1,
  name: 'first',
  task: 'classifier',
  status: 'finished',
  recipe: { task: 'classifier', dataset: 'd', seed: 0, config: { batchSize: 32 } },
  changed: [],
  datasetHash: '',
  seed: 0,
  backend: 'wasm',
  adapter: '',
  threads: 1,
  build: '',
  steps: 20,
  totalSteps: 20,
  queuedAt: 0,
  startedAt: 1000,
  finishedAt: 3000,
  seconds: 2,
  modelId: null,
  metrics: { validation: null, test: null },
  weightHash: null,
  sizeBytes: 0,
  colour: 1,
  bestStep: 10,
  splitRows: { train: 1, validation: 1, test: 1 },
};
let seq = 0;
const event = (step: number, values: Record<string, number>, kind: RunEvent['kind'] = 'log'): RunEvent => ({
  ...values,
  runId: 'run-1',
  seq: seq++,
  step,
  at: 1000 + step * 100,
  kind,
});
const events = [
  event(10, { loss: 2 }),
  event(10, { validationLoss: 2.2, f1Macro: 0.5 }, 'evaluation'),
  event(20, { loss: 1 }),
  event(20, { validationLoss: 2.5, f1Macro: 0.4 }, 'evaluation'),
];
const options = { axis: 'step' as const, smoothing: 0, logY: false, formatTime: String };

describe('curves of a run', () => {
  it('reads a metric over steps, time and examples', () => {
    expect([...pointsOf(events, 'loss', run, 'step').x]).toEqual([10, 20]);
    expect([...pointsOf(events, 'loss', run, 'time').x]).toEqual([1, 2]);
    expect([...pointsOf(events, 'loss', run, 'examples').x]).toEqual([320, 640]);
    expect([...pointsOf(events, 'loss', run, 'step').y]).toEqual([2, 1]);
  });
  it('makes only charts with data, validation dashed, the best marked', () => {
    const charts = chartsOf(
      [
        { metric: 'loss', validation: 'validationLoss', title: 'Loss', zeroBased: true },
        { metric: 'f1Macro', title: 'Macro-F1, validation' },
        { metric: 'gradientNorm', title: 'Gradient norm' },
      ],
      [{ run, name: 'first', events }],
      options,
    );
    expect(charts.map((chart) => chart.title)).toEqual(['Loss', 'Macro-F1, validation']);
    expect(charts[0]?.lines.map((line) => [line.name, line.dashed])).toEqual([
      ['train', false],
      ['validation', true],
    ]);
    expect(charts[1]?.marks?.filter((mark) => mark.kind === 'best')).toHaveLength(1);
    expect(charts[1]?.ceiling).toBe(1);
  });
  it('says the last values beside the title', () => {
    expect(detailOf({ metric: 'loss', validation: 'validationLoss', title: 'Loss' }, events, run)).toBe(
      'train 1 · validation 2.5',
    );
    expect(detailOf({ metric: 'f1Macro', title: 'F1' }, events, run)).toBe('0.4 · best 0.5 at 10');
  });
  it('names the settings that differ', () => {
    expect(settingsDiff({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3], c: 'x' })).toEqual([
      ['b', [1, 2], [1, 3]],
      ['c', undefined, 'x'],
    ]);
  });
});
