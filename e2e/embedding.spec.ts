// Tuning an encoder as people do it: pairs from a file, the starter tuned, figures before and after, vectors for a script.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { open } from './fixtures';
import { violationsInBothLooks } from './pages/axe';
import { visit } from './pages/screens';

/** Words of one line mean the same in this shop, which no dictionary says. */
const alike = [
  ['parcel', 'blue box', 'shipment'],
  ['invoice', 'yellow slip', 'bill'],
  ['refund', 'green note', 'money back'],
  ['password', 'door word', 'login secret'],
  ['discount', 'red star', 'voucher'],
  ['newsletter', 'monday paper', 'weekly mail'],
  ['warranty', 'iron word', 'guarantee'],
  ['warehouse', 'big barn', 'storage hall'],
];
const frames = ['where is my #', 'i want to change the #', 'tell me about the #', 'the # is wrong', 'who handles a #'];

function pairs(): string {
  const lines = ['anchor,positive,split'];
  alike.forEach((words, a) =>
    words.forEach((word, w) =>
      frames.forEach((frame, f) => {
        const other = words[(w + 1 + (f % 2)) % words.length] ?? '';
        const part = (a + w + f) % 5 === 0 ? 'test' : (a + w + f) % 5 === 1 ? 'validation' : 'train';
        lines.push(`${frame.replace('#', word)},${(frames[(f + 2) % 5] ?? '').replace('#', other)},${part}`);
      }),
    ),
  );
  return lines.join('\n');
}

const tuned = (page: Page, text: string) =>
  page.evaluate(async (csv) => {
    const { studio } = window;
    const project = await studio.projects.create({ name: 'Shop words', task: 'embedding' });
    const dataset = await studio.datasets.import(project.id, [new File([csv], 'pairs.csv')]);
    const config = { epochs: 12, evalSteps: 5, earlyStoppingPatience: 0 };
    const run = await studio.train(project.id, { task: 'embedding', dataset: dataset.id, seed: 1, config });
    const figures = run.metrics.test;
    if (figures?.kind !== 'embedding' || !figures.before || !run.modelId) throw new Error('The run was not judged.');
    const texts = ['where is my parcel', 'where is my blue box', 'where is my yellow slip'];
    const cosines = async (id: string): Promise<number[]> => {
      const [a, b, c] = await studio.models.embed(id, texts);
      if (!a || !b || !c) throw new Error('Vectors are missing.');
      const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, v, i) => sum + v * (y[i] ?? 0), 0);
      return [dot(a, a), dot(a, b), dot(a, c)];
    };
    const again = await studio.train(project.id, { task: 'embedding', dataset: dataset.id, seed: 1, config });
    return {
      ...{ projectId: project.id, runId: run.id, otherId: again.id, mapping: dataset.mapping, modelId: run.modelId },
      ...{ figures, before: figures.before, hashes: [run.weightHash, again.weightHash] },
      ...{ own: await cosines(run.modelId), base: await cosines('starter') },
    };
  }, text);

test('pairs are imported, the starter is tuned by them, and both are shown side by side', async () => {
  const { page } = await open();
  const found = await tuned(page, pairs());
  expect(found.mapping).toMatchObject({ anchor: 'anchor', positive: 'positive' });
  expect(found.figures.ndcgAt10 ?? 0).toBeGreaterThan((found.before.ndcgAt10 ?? 1) + 0.02);
  expect(found.hashes[0]).toBe(found.hashes[1]);
  const [self = 0, near = 0, far = 1] = found.own;
  expect(self).toBeCloseTo(1, 4);
  expect(near - far).toBeGreaterThan((found.base[1] ?? 0) - (found.base[2] ?? 0));

  await visit(page, `#/p/${found.projectId}/runs/${found.runId}?tab=evaluation`);
  await page.getByText('Tuning made').first().waitFor();
  expect(await violationsInBothLooks(page)).toEqual([]);
  await visit(page, `#/p/${found.projectId}/runs/${found.runId}?tab=examples`);
  await page.getByRole('columnheader', { name: 'Before' }).waitFor();
  await visit(page, `#/p/${found.projectId}/compare/${found.runId},${found.otherId}`);
  await page.getByText('is where').waitFor();
  await visit(page, `#/p/${found.projectId}/try/${found.modelId}`);
  await page.getByRole('textbox', { name: 'Texts to compare' }).fill('where is my parcel\nwhere is my blue box');
  await page.getByRole('rowheader', { name: /blue box/ }).waitFor();
  expect(await violationsInBothLooks(page)).toEqual([]);
  await visit(page, `#/p/${found.projectId}/train`);
  await page.getByRole('radio', { name: /Text embedding/ }).waitFor();
  await expect.poll(() => page.getByRole('button', { name: 'Start', exact: false }).first().isEnabled()).toBe(true);
});
