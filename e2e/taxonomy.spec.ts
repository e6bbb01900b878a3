// Several labels in a tree, as people see it: the library sample, trained, judged level by level, label by label.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { open } from './fixtures';
import { violationsInBothLooks } from './pages/axe';
import { visit } from './pages/screens';

/** Trains the sample and gives what scripts read of the run. */
const trained = (page: Page, config: Record<string, unknown>) =>
  page.evaluate(async (own) => {
    const { studio } = window;
    const project = await studio.projects.fromSample('library-taxonomy');
    const [dataset] = await studio.datasets.list(project.id);
    if (!dataset) throw new Error('The sample project came without its data.');
    const run = await studio.train(project.id, { task: 'classifier', dataset: dataset.id, seed: 1, config: own });
    const { validation, latencyMs } = run.metrics;
    if (!validation || !('levels' in validation) || !run.modelId) throw new Error('The run was not judged by levels.');
    const [answer] = await studio.models.predict(run.modelId, [
      'Farid Lund writes about primes and the people they caught. There are chapters on theorems, proofs and curves.',
    ]);
    const given = answer && 'labels' in answer ? (answer.labels ?? []) : [];
    const events = await studio.runs.events(run.id);
    const recorded = events.filter(({ kind, labelF1 }) => kind === 'evaluation' && typeof labelF1 === 'string').length;
    return {
      ...{ projectId: project.id, runId: run.id, multiLabel: dataset.multiLabel, warnings: dataset.report.warnings },
      ...{ levels: validation.levels, f1Macro: validation.f1Macro, latencyMs, given, recorded },
    };
  }, config);

test('the sample is trained and judged by levels; a weak result comes with advice that acts', async () => {
  const { page } = await open();
  const found = await trained(page, { base: 'scratch', epochs: 30, learningRate: 0.05 });
  expect(found.multiLabel).toBe(true);
  expect(found.levels?.map(({ level, labels }) => [level, labels])).toEqual([
    [1, 10],
    [2, 29],
  ]);
  expect(found.f1Macro).toBeGreaterThan(0.7);
  expect(found.given).toContain('510');
  expect(found.given).toContain('500');
  expect(found.latencyMs?.thousand).toBeGreaterThan(found.latencyMs?.one ?? Infinity);
  expect(found.recorded).toBeGreaterThan(2);

  await visit(page, `#/p/${found.projectId}/runs/${found.runId}?tab=evaluation`);
  await page.getByText('Levels of the tree').waitFor();
  await page.getByRole('rowheader', { name: '1 (top)' }).waitFor();
  await page.getByText('A thousand answers').waitFor();
  expect(await page.getByText('What may help').count()).toBe(0);
  expect(await violationsInBothLooks(page)).toEqual([]);
  await visit(page, `#/p/${found.projectId}/runs/${found.runId}`);
  await page.getByText('Learning curves of labels').waitFor();
  await page.getByRole('button', { name: 'Choose labels' }).click();
  await page.getByRole('option', { name: /^510/ }).click();
  await expect.poll(() => page.url()).toContain('510');

  const weak = await trained(page, { base: 'scratch', epochs: 2 });
  await visit(page, `#/p/${weak.projectId}/runs/${weak.runId}?tab=evaluation`);
  await page.getByText('What may help').waitFor();
  await page.getByRole('button', { name: /^Train (4 epochs|at )/ }).click();
  await expect.poll(() => page.url()).not.toContain(weak.runId);
});
