// Whom the queue and the screen ask: the labels themselves, or the newest model. The answers are made up here.
import { expect, it } from 'vitest';
import type { Model } from '../contract/records';
import type { Prediction, SuggestQuestion } from '../contract/train';
import { putModel } from '../storage/models';
import { createReview } from './review';
import { fakeContext, fakeTrainer, storeProject } from './testing/fakes';

const said = (label: string, score = 0.9): Prediction => ({
  label,
  confidence: score,
  scores: [{ label, score }],
});

async function labelled() {
  const { project, dataset, rowId } = await storeProject(['one', 'two', 'three', 'four'].map((text) => [text, '']));
  const questions: SuggestQuestion[] = [];
  let answers = true;
  const trainer = fakeTrainer(() => said('by the model'));
  trainer.suggest = (question) => {
    questions.push(question);
    return Promise.resolve(answers ? question.texts.map((text) => said('by labels', text.length / 10)) : null);
  };
  const model = (base: string): Model => ({
    ...{
      id: `model-${project.id}-${base}`,
      projectId: project.id,
      runId: null,
      task: 'intent',
      version: 1,
      name: 'v1',
    },
    ...{ createdAt: 77, labels: ['by the model'], multiLabel: false, datasetId: dataset.id, datasetHash: '', seed: 1 },
    recipe: { task: 'intent', dataset: dataset.id, seed: 1, config: { base } },
    environment: { build: '', backend: null, adapter: '' },
    ...{ metrics: { validation: null, test: null }, weightHash: '', weightsId: '', sizeBytes: 0 },
  });
  const review = createReview(fakeContext(trainer));
  return { project, dataset, rowId, review, questions, model, silence: () => (answers = false) };
}

it('asks the labels where there is no model, anew after each label', async () => {
  const { project, dataset, rowId, review, questions, silence } = await labelled();
  const queue = await review.queue(project.id, { order: 'least-confident' });
  expect(queue[0]).toMatchObject({ suggestion: { label: 'by labels', confidence: 0.3 } });
  expect(queue.at(-1)).toMatchObject({ text: 'three' });
  await review.label({ projectId: project.id, rowId: rowId(0), labels: ['a'] });
  expect(await review.suggest(project.id, ['more'])).toEqual([said('by labels', 0.4)]);
  const [before, after] = questions;
  expect(after).toMatchObject({ datasetId: dataset.id, texts: ['more'], after: 0 });
  expect(after!.revision).toBeGreaterThan(before!.revision);
  silence();
  await expect(review.queue(project.id, { order: 'margin' })).rejects.toMatchObject({ name: 'NotFoundError' });
  expect((await review.queue(project.id, { order: 'newest' }))[0]?.suggestion).toBeUndefined();
});

it('asks the labels before a model of the same starter, which answers where none is newer', async () => {
  const { project, review, questions, model, silence } = await labelled();
  await putModel(model('starter'));
  const first = async () => (await review.queue(project.id, { order: 'margin' }))[0]?.suggestion?.label;
  expect(await first()).toBe('by labels');
  expect(questions.at(-1)?.after).toBe(77);
  silence();
  expect(await first()).toBe('by the model');
});

it('leaves it to a trained transformer', async () => {
  const { project, review, questions, model } = await labelled();
  await putModel(model('base-1'));
  expect((await review.queue(project.id, { order: 'margin' }))[0]?.suggestion?.label).toBe('by the model');
  expect(await review.suggest(project.id, ['more'])).toBeNull();
  expect(questions).toEqual([]);
});
