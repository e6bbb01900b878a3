// The roads that specs walk through window.studio: what a script of a user's own would do. No screens here.
import type { Page } from 'playwright-core';
import { giveFiles } from '../browser.mjs';

export interface Journey {
  intent: { status: string; accuracy: number; modelId: string };
  network: { status: string; backend: string; accuracy: number; losses: number[] };
  compared: { runs: number; rows: number; difference: number | null };
  answer: { label: string; sum: number; shown: number };
  labelled: { before: string; after: string; undone: string };
  deployed: boolean;
  live: string | undefined;
  exported: Record<string, number>;
  restored: { runs: number; models: number; datasets: number; name: string };
}

/** Sample → two trainings → compare → try → label, correct, undo → deploy → take away → backup → restore. */
export async function wholeJourney(page: Page): Promise<Journey> {
  return page.evaluate(async () => {
    const studio = window.studio;
    await studio.ready();
    const project = await studio.projects.fromSample('support-intents');
    const dataset = (await studio.datasets.list(project.id))[0];
    if (!dataset) throw new Error('The sample project came without its data.');

    const intent = await studio.train(project.id, { task: 'intent', dataset: dataset.id, seed: 1, extends: 'quick' });
    const losses: number[] = [];
    const network = await studio.train(
      project.id,
      { task: 'classifier', dataset: dataset.id, seed: 1, config: { base: 'scratch', epochs: 6, loggingSteps: 5 } },
      {
        onEvent: (event) => {
          if (event.type !== 'events') return;
          for (const { loss } of event.events) if (typeof loss === 'number') losses.push(loss);
        },
      },
    );
    const accuracy = (metrics: typeof intent.metrics.test): number =>
      metrics && 'accuracy' in metrics ? metrics.accuracy : 0;
    if (!intent.modelId || !network.modelId) throw new Error('A finished run left no model.');
    const comparison = await studio.runs.compare([intent.id, network.id]);
    const [answer] = await studio.models.predict(intent.modelId, ['where is my refund for the broken kettle'], {
      topK: 100,
    });
    if (!answer || !('label' in answer)) throw new Error('The model gave no answer.');

    const labelOf = async (rowId: string) => {
      const { rows } = await studio.datasets.rows(dataset.id, { offset: 0, limit: 50 });
      const row = rows.find(({ id }) => id === rowId);
      return String(row?.['intent']);
    };
    const first = (await studio.datasets.rows(dataset.id, { offset: 0, limit: 50 })).rows[3];
    if (!first) throw new Error('The data set has no fourth row.');
    const before = await labelOf(first.id);
    const other = before === 'complaint' ? 'invoice_copy' : 'complaint';
    await studio.review.correct({ projectId: project.id, rowId: first.id, labels: [other], note: 'tested' });
    const after = await labelOf(first.id);
    await studio.review.undo(project.id);
    const undone = await labelOf(first.id);
    await studio.review.redo(project.id);

    const { deployed } = await studio.models.deploy(intent.modelId);
    const live = (await studio.models.deployments(project.id)).find((deployment) => deployment.live)?.modelId;
    const exported: Record<string, number> = {};
    for (const model of [intent.modelId, network.modelId])
      for (const { format } of await studio.models.formats(model))
        exported[`${model === network.modelId ? 'network' : 'intent'} ${format}`] = (
          await studio.models.export(model, format)
        ).size;
    for (const format of ['csv', 'jsonl']) exported[format] = (await studio.datasets.export(dataset.id, format)).size;
    for (const format of ['html', 'csv', 'yaml', 'json'] as const)
      exported[`report ${format}`] = (await studio.runs.report(intent.id, format)).size;
    const backup = await studio.projects.backup(project.id);
    const restored = await studio.projects.restore(backup);

    return {
      intent: { status: intent.status, accuracy: accuracy(intent.metrics.test), modelId: intent.modelId },
      network: {
        status: network.status,
        backend: network.backend ?? '',
        accuracy: accuracy(network.metrics.validation),
        losses,
      },
      compared: {
        runs: comparison.runs.length,
        rows: comparison.rows,
        difference: comparison.runs[1]?.difference?.f1Macro ?? null,
      },
      answer: {
        label: answer.label ?? '',
        sum: answer.scores.reduce((total, { score }) => total + score, 0),
        shown: answer.scores.length,
      },
      labelled: { before, after, undone },
      deployed,
      live,
      exported,
      restored: {
        runs: (await studio.runs.list(restored.id)).length,
        models: (await studio.models.list(restored.id)).length,
        datasets: (await studio.datasets.list(restored.id)).length,
        name: restored.name,
      },
    };
  });
}

/** A table with a header, as CSV. */
export function csvOf(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n') + '\n';
}

/** Three clear classes, many ways to say each: enough to train on in a second. */
export function easyRows(count: number): string[][] {
  const asks = ['refund my order', 'where is my parcel', 'reset my password'];
  const ends = ['please', 'now', 'today', 'it is urgent', 'thank you'];
  const labels = ['refund', 'tracking', 'password'];
  return [
    ['text', 'label'],
    ...Array.from({ length: count }, (_, i) => [`${asks[i % 3]} ${ends[i % 5]} number ${i}`, labels[i % 3] ?? '']),
  ];
}

/** Makes a project with one imported file. */
export async function projectWith(
  page: Page,
  task: string,
  name: string,
  text: string,
): Promise<{ projectId: string; datasetId: string }> {
  await giveFiles(page, [{ name, text }]);
  return page.evaluate(
    async (given) => {
      const project = await window.studio.projects.create({ name: given.name, task: given.task });
      const dataset = await window.studio.datasets.import(project.id, window.given);
      return { projectId: project.id, datasetId: dataset.id };
    },
    { name, task },
  );
}
