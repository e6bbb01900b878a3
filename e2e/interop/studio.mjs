// What the comparison with other tools does in the page: adds folders as bases, trains for a few steps, takes models away.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { giveFiles } from '../browser.mjs';

/** Files below a folder with their paths in it. @returns {{ name: string, bytes: Uint8Array }[]} */
function filesBelow(folder, below = '') {
  return readdirSync(path.join(folder, below)).flatMap((entry) => {
    const name = path.posix.join(below, entry);
    if (statSync(path.join(folder, name)).isDirectory()) return filesBelow(folder, name);
    return [{ name, bytes: readFileSync(path.join(folder, name)) }];
  });
}

/**
 * Adds a folder on disk as a base.
 * @param {import('playwright-core').Page} page
 * @param {string} folder
 * @returns {Promise<string>} the base's id
 */
export async function addBase(page, folder) {
  await giveFiles(page, filesBelow(folder));
  return page.evaluate(async () => (await window.studio.bases.add(window.given)).id);
}

/** Vectors of texts by a base or a model. @returns {Promise<number[][]>} */
export const vectorsOf = (page, id, texts) =>
  page.evaluate(
    async ([of, given]) => (await window.studio.models.embed(of, given)).map((vector) => [...vector]),
    [id, texts],
  );

/**
 * Trains on rows given as CSV and answers all texts.
 * @param {import('playwright-core').Page} page
 * @param {{ task: string, csv: string, config: Record<string, unknown>, texts: string[] }} what
 * @returns {Promise<{ modelId: string, answers: { label: string, score: number }[][] | null, vectors: number[][] | null }>}
 */
export const trainAndAsk = (page, what) =>
  page.evaluate(async ({ task, csv, config, texts }) => {
    const { studio } = window;
    const project = await studio.projects.create({ name: 'Comparison', task });
    const dataset = await studio.datasets.import(project.id, [new File([csv], 'rows.csv')]);
    const run = await studio.train(project.id, { task, dataset: dataset.id, seed: 1, config });
    if (!run.modelId) throw new Error(`The run ended without a model: ${run.status} ${run.error?.message ?? ''}`);
    const embeds = task === 'embedding';
    const found = embeds ? null : await studio.models.predict(run.modelId, texts, { topK: 1000 });
    const vectors = embeds ? (await studio.models.embed(run.modelId, texts)).map((vector) => [...vector]) : null;
    return { modelId: run.modelId, answers: found && found.map(({ scores }) => scores), vectors };
  }, what);

/** Takes a model away in this format and writes its files below `folder`. */
export async function takeAway(page, modelId, format, folder) {
  const zip = await page.evaluate(
    async ([id, as]) => {
      const bytes = new Uint8Array(await (await window.studio.models.export(id, as)).arrayBuffer());
      let binary = '';
      for (let at = 0; at < bytes.length; at += 32768) binary += String.fromCharCode(...bytes.subarray(at, at + 32768));
      return btoa(binary);
    },
    [modelId, format],
  );
  unpack(Buffer.from(zip, 'base64'), folder);
}

/** What the page says of a model taken away and opened again in it. @returns {Promise<number | null>} */
export const proofOf = (page, modelId, format, texts) =>
  page.evaluate(([id, as, given]) => window.studio.models.prove(id, as, given), [modelId, format, texts]);

/** Writes the files of a zip below a folder. */
export function unpack(zip, folder) {
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    const file = path.join(folder, name);
    if (!file.startsWith(folder + path.sep)) throw new Error(`The export holds a path outside itself: ${name}`);
    mkdirSync(path.dirname(file), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(file, bytes);
  }
}
