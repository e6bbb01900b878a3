// Bases that come as ONNX: vectors by ONNX Runtime from our own build, on threads, under the strict policy and without a
// network; and no run can start from one.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { describeWithShared } from '../src/lib/testing/shared';
import { giveFiles, ready, serve } from './browser.mjs';
import { open } from './fixtures';
import { csvOf, easyRows, projectWith } from './pages/facade';

const names = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'modules.json',
  'sentence_bert_config.json',
  '1_Pooling/config.json',
  'onnx/model_quantized.onnx',
];

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describeWithShared('an ONNX base', 'models/all-MiniLM-L6-v2/onnx/model_quantized.onnx', (model) => {
  test('gives the vectors of the model, offline from its second use on, and trains nothing', async () => {
    const folder = path.dirname(path.dirname(model));
    const { sentences }: { sentences: { text: string; embedding: number[] }[] } = JSON.parse(
      readFileSync(path.join(folder, 'expected.json'), 'utf8'),
    );
    const server = await serve();
    const { page } = await open({ url: server.url, serviceWorkers: 'allow', expectedErrors: /./ });
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await ready(page);
    await giveFiles(
      page,
      names.map((name) => ({ name: `MiniLM/${name}`, bytes: readFileSync(path.join(folder, name)) })),
    );
    const base = await page.evaluate(() => window.studio.bases.add(window.given));
    expect(base).toMatchObject({ name: 'MiniLM', kind: 'onnx', shape: { hidden: 384 } });
    const embed = () =>
      page.evaluate(
        async ([id, texts]) => (await window.studio.models.embed(id, texts)).map((vector) => Array.from(vector)),
        [base.id, sentences.map(({ text }) => text)] as const,
      );
    const vectors = await embed();
    const cosines = vectors.map((vector, i) => cosine(vector, sentences[i]?.embedding ?? []));
    expect(cosines).toHaveLength(24);
    expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.97);
    expect(Math.hypot(...(vectors[0] ?? []))).toBeCloseTo(1, 5);
    const { projectId } = await projectWith(page, 'classifier', 'rows.csv', csvOf(easyRows(90)));
    const refused = await page.evaluate(
      ([id, onnx]) =>
        window.studio.train(id, { task: 'classifier', config: { base: onnx } }).then(
          () => 'trained',
          (error: Error) => `${error.name}: ${error.message}`,
        ),
      [projectId, base.id] as const,
    );
    expect(refused).toMatch(/^(UnsupportedError|RecipeError): .*MiniLM.*(train|start)/s);
    await server.close();
    await page.reload();
    await ready(page);
    const again = await embed();
    expect(Math.min(...again.map((vector, i) => cosine(vector, vectors[i] ?? [])))).toBeGreaterThan(0.9999);
  });
});
