// Answers are kept for a text, not for a row: an edited row is asked about again.
import { expect, it } from 'vitest';
import type { Model } from '../contract/records';
import { Suggestions } from './suggestions';
import { fakeTrainer } from './testing/fakes';

const model: Model = {
  id: 'model-1',
  projectId: 'project-1',
  runId: null,
  task: 'intent',
  version: 1,
  name: 'v1',
  createdAt: 1,
  labels: ['a', 'b'],
  multiLabel: false,
  datasetId: '',
  datasetHash: '',
  recipe: { task: 'intent', dataset: '', seed: 1, config: {} },
  seed: 1,
  environment: { build: '', backend: null, adapter: '' },
  metrics: { validation: null, test: null },
  weightHash: '',
  weightsId: '',
  sizeBytes: 0,
};

it('asks anew about a row whose text was edited, and not about one that was not', async () => {
  const asked: string[] = [];
  const suggestions = new Suggestions(
    fakeTrainer((text) => {
      asked.push(text);
      return { label: text, confidence: 1, scores: [] };
    }),
  );
  const labels = async (texts: string[]): Promise<unknown[]> =>
    (
      await suggestions.ask(
        model,
        texts.map((text, row) => ({ rowId: `set.${String(row)}`, text })),
      )
    ).map((answer) => answer?.label);
  expect(await labels(['one', 'two'])).toEqual(['one', 'two']);
  expect(await labels(['one', 'two, edited'])).toEqual(['one', 'two, edited']);
  expect(asked).toEqual(['one', 'two', 'two, edited']);
});
