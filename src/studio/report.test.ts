// A run's report: complete, self-contained, and text is text in it.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Run } from '../contract/records';
import { appendRunEvents } from '../storage/run-events';
import { decimate } from './report-charts';
import { runReport } from './report';
import { storeProject } from './testing/fakes';
import { storeFinishedRun } from './testing/finished-runs';

const hostile = '<img src=x onerror=alert(1)>';

async function stored(classes = 3): Promise<Run> {
  const label = (index: number): string => (index % classes === 0 ? '=1+1' : `${hostile}${index % classes}`);
  const { dataset, rowId } = await storeProject(Array.from({ length: 120 }, (_, i) => [`text ${i}`, label(i)]));
  const rows = Array.from({ length: 120 }, (_, i) => ({ rowId: rowId(i), text: `${hostile} ${i}`, label: label(i) }));
  const { run } = await storeFinishedRun({
    dataset,
    answer: (text) => label(Number(text.split(' ').at(-1)) + (Number(text.split(' ').at(-1)) % 5 === 0 ? 1 : 0)),
    train: rows.slice(0, 60),
    test: rows.slice(60),
  });
  await appendRunEvents([
    ...Array.from({ length: 20 }, (_, i) => ({
      runId: run.id,
      seq: i,
      step: i + 1,
      at: 1000 + i * 100,
      kind: 'log' as const,
      loss: 1 / (i + 1),
      learningRate: 0.01,
    })),
    { runId: run.id, seq: 20, step: 20, at: 4000, kind: 'evaluation', validationLoss: 0.3, f1Macro: 0.8 },
    { runId: run.id, seq: 21, step: 20, at: 4000, kind: 'note', message: `finished ${hostile}` },
  ]);
  return run;
}

describe('runReport', () => {
  it('is one page that needs nothing else, with every part and every text escaped', async () => {
    const run = await stored();
    const blob = await runReport(run.id, 'html');
    expect(blob.type).toContain('text/html');
    const page = await blob.text();
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).not.toMatch(/<script|<link|@import|url\(|https?:\/\//);
    for (const title of ['Curves', 'Figures', 'Per class', 'Confusion', 'Wrong rows', 'Recipe', 'Environment', 'Log'])
      expect(page).toContain(`<h2>${title}`);
    expect(page).toContain('95 % interval');
    expect(page).toContain('prefers-color-scheme:dark');
    expect(page).toContain('<table class="confusion">');
  });
  it('lists the top confusions where there are many classes', async () => {
    const page = await (await runReport((await stored(40)).id, 'html')).text();
    expect(page).not.toContain('<table class="confusion">');
    expect(page).toContain('most frequent confusions');
  });
  it('gives curves and figures as one tidy table whose cells no spreadsheet runs', async () => {
    const text = await (await runReport((await stored()).id, 'csv')).text();
    const lines = text.replace('\ufeff', '').trim().split('\n');
    expect(lines[0]).toBe('run,part,step,seconds,metric,class,value');
    expect(lines).toContain('Run 1,log,2,0.1,loss,"",0.5');
    expect(lines).toContain('Run 1,evaluation,20,3,validationLoss,"",0.3');
    expect(lines.some((line) => line.startsWith('Run 1,test,10,4,f1Macro,'))).toBe(true);
    expect(text).toContain(",'=1+1,");
    expect(text).not.toMatch(/(^|,)=1\+1/m);
  });
  it('gives the recipe as YAML and JSON', async () => {
    const run = await stored();
    expect(JSON.parse(await (await runReport(run.id, 'json')).text())).toEqual(run.recipe);
    expect(parse(await (await runReport(run.id, 'yaml')).text())).toEqual(run.recipe);
  });
  it('refuses other formats and unknown runs by name', async () => {
    const run = await stored();
    await expect(runReport(run.id, 'pdf' as 'html')).rejects.toMatchObject({ name: 'UnsupportedError' });
    await expect(runReport('none', 'html')).rejects.toMatchObject({ name: 'NotFoundError' });
  });
  it('decimates a curve without losing its peaks', () => {
    const points = Array.from({ length: 10_000 }, (_, step) => ({ step, value: step === 4321 ? 9 : Math.sin(step) }));
    const kept = decimate(points, 300);
    expect(kept.length).toBeLessThanOrEqual(602);
    expect(kept.some((point) => point.value === 9)).toBe(true);
    expect(kept.map((point) => point.step)).toEqual(kept.map((point) => point.step).sort((a, b) => a - b));
  });
});
