// Every screen with its address, and a project in which each of them has something to show.
import type { Page } from 'playwright-core';

export interface Prepared {
  projectId: string;
  datasetId: string;
  runIds: [string, string];
  modelId: string;
}

/** The sample project with two runs, one model live, one correction. */
export async function prepareProject(page: Page): Promise<Prepared> {
  return page.evaluate(async () => {
    const studio = window.studio;
    const project = await studio.projects.fromSample('support-intents');
    const [dataset] = await studio.datasets.list(project.id);
    if (!dataset) throw new Error('The sample project came without its data.');
    const first = await studio.train(project.id, { task: 'intent', dataset: dataset.id, seed: 1, extends: 'quick' });
    const second = await studio.train(project.id, {
      task: 'classifier',
      dataset: dataset.id,
      seed: 2,
      config: { base: 'scratch', epochs: 3 },
    });
    if (!first.modelId) throw new Error('The run left no model.');
    await studio.models.deploy(first.modelId);
    const { rows } = await studio.datasets.rows(dataset.id, { offset: 0, limit: 1 });
    const rowId = rows[0]?.id;
    if (rowId) await studio.review.correct({ projectId: project.id, rowId, labels: ['complaint'], note: 'tested' });
    return {
      projectId: project.id,
      datasetId: dataset.id,
      runIds: [first.id, second.id],
      modelId: first.modelId,
    };
  });
}

/** Name → address. A new screen goes here, and is covered by the specs that visit all of them. */
export function screenAddresses({ projectId, datasetId, runIds, modelId }: Prepared): Record<string, string> {
  const inside = (rest: string) => `#/p/${projectId}/${rest}`;
  return {
    home: '#/',
    settings: '#/settings',
    bases: '#/bases',
    overview: inside('overview'),
    data: inside(`data/${datasetId}`),
    'data map': inside(`data/${datasetId}?tab=map`),
    'data quality': inside(`data/${datasetId}?tab=quality`),
    label: inside('label'),
    train: inside('train'),
    runs: inside('runs'),
    'run of kernels': inside(`runs/${runIds[0]}`),
    'run of a network': inside(`runs/${runIds[1]}`),
    compare: inside(`compare?runs=${runIds.join(',')}`),
    models: inside('models'),
    model: inside(`models/${modelId}`),
    try: inside('try'),
    review: inside('review'),
    nowhere: inside('no-such-screen'),
    'no such project': '#/p/none/overview',
  };
}

/** Goes to an address and waits until the screen stands still. */
export async function visit(page: Page, address: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, address);
  await page.waitForTimeout(250);
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"], .skeleton') === null, null, {
    timeout: 15_000,
  });
  await page.waitForTimeout(150);
}
