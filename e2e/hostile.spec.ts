// Text from files is text in every view: cells, labels, column and file names, project names, reports.
import { expect, test } from 'vitest';
import { giveFiles } from './browser.mjs';
import { open } from './fixtures';
import { csvOf } from './pages/facade';
import { screenAddresses, visit } from './pages/screens';

const hostile = [
  `<img src=x onerror="window.ran='img'">`,
  `<script>window.ran='script'</script>`,
  `"><svg onload=window.ran='svg'>`,
];
const name = `<b onmouseover=window.ran='name'>file</b>`;

function hostileRows(): string[][] {
  const ways = ['please', 'now', 'today', '__proto__', 'constructor', '=1+1', '{{7*7}}', '${7*7}', '\u202Eevil'];
  const rows = hostile.flatMap((label, kind) =>
    Array.from({ length: 30 }, (_, i) => [
      `${label} case ${kind} ${ways[i % ways.length]} ${i}`,
      label,
      `javascript:window.ran=1`,
    ]),
  );
  return [['text', 'label', '<i onclick=alert(1)>link</i>'], ...rows];
}

test('markup in data runs nowhere and stays readable', async () => {
  const { page, context } = await open();
  await giveFiles(page, [{ name: `${name.replaceAll('/', '∕')}.csv`, text: csvOf(hostileRows()) }]);
  const made = await page.evaluate(async (title) => {
    const studio = window.studio;
    const project = await studio.projects.create({ name: title, task: 'intent' });
    const dataset = await studio.datasets.import(project.id, window.given);
    const train = (seed: number) =>
      studio.train(project.id, { task: 'intent', dataset: dataset.id, seed, name: title });
    const [first, second] = [await train(1), await train(2)];
    if (!first.modelId) throw new Error('The run left no model.');
    await studio.models.deploy(first.modelId, { override: title });
    const { rows } = await studio.datasets.rows(dataset.id, { offset: 0, limit: 1 });
    const labels = [dataset.report.stats.classes ? (Object.keys(dataset.report.stats.classes)[0] ?? '') : ''];
    await studio.review.correct({ projectId: project.id, rowId: rows[0]?.id ?? '', labels, note: title });
    const report = await studio.runs.report(first.id, 'html');
    return {
      projectId: project.id,
      datasetId: dataset.id,
      runIds: [first.id, second.id] as [string, string],
      modelId: first.modelId,
      rows: dataset.rows,
      report: await report.text(),
    };
  }, name);
  expect(made.rows).toBe(90);

  for (const address of Object.values(screenAddresses(made))) {
    await visit(page, address);
    await page.mouse.move(700, 400);
  }
  await visit(page, screenAddresses(made)['data'] ?? '');
  await page.getByText(`${hostile[0]} case 0`, { exact: false }).first().waitFor();

  const left = await page.evaluate(() => ({
    ran: 'ran' in window,
    polluted: 'polluted' in {},
    injected: document.querySelectorAll('img[src="x"], svg[onload], b[onmouseover], i[onclick]').length,
  }));
  expect(left).toEqual({ ran: false, polluted: false, injected: 0 });

  const plain = await context.newPage();
  await plain.setContent(made.report);
  await plain.waitForTimeout(300);
  expect(await plain.evaluate(() => 'ran' in window)).toBe(false);
  expect(
    await plain.evaluate(() => document.querySelectorAll('img[src="x"], svg[onload], b[onmouseover]').length),
  ).toBe(0);
});

test('exports start no formula and lose nothing', async () => {
  const { page } = await open();
  const cells = ['=1+1', '+49 170', '-5', '@home', '=HYPERLINK("x")', 'plain', ' = spaced', '\tTab'];
  const text = csvOf([['text', 'label'], ...cells.map((cell, i) => [cell, `l${i % 2}`])]);
  await giveFiles(page, [{ name: 'cells.csv', text }]);
  const csv = await page.evaluate(async () => {
    const project = await window.studio.projects.create({ name: 'Cells', task: 'intent' });
    const dataset = await window.studio.datasets.import(project.id, window.given);
    return (await window.studio.datasets.export(dataset.id, 'csv')).text();
  });
  for (const line of csv.trim().split('\n').slice(1)) expect(line).not.toMatch(/^"?[=@]/);
});
