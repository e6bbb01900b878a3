// Folders between the studio and transformers, sentence-transformers and PEFT, both ways, for every family of encoders.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { answersApart, vectorsApart } from './compare.mjs';
import { addBase, proofOf, takeAway, trainAndAsk, vectorsOf } from './studio.mjs';
import { asked, corpus, labelledRows, pairRows } from './texts.mjs';

const families = { bert: 'mean', distilbert: 'cls', roberta: 'mean', mpnet: 'max' };
/** Both sides round to 32 bits in another order. */
export const tolerance = 1e-4;

const few = { epochs: 4, batchSize: 16, learningRate: 5e-3, earlyStoppingPatience: 0, maxLength: 32 };
/** Names of layers in every family; those that a base does not have are not asked for. */
const layers = {
  bert: ['query', 'value'],
  distilbert: ['q_lin', 'v_lin'],
  roberta: ['query', 'dense'],
  mpnet: ['q', 'o'],
};
const lora = (family) => ({ rank: 4, alpha: 8, dropout: 0, targets: layers[family] });

/** What is trained and how it is opened. `ask` lies in folders.py. */
const trainings = {
  'one label': { task: 'classifier', config: () => ({}), take: [['hf', { kind: 'classifier' }]] },
  'several labels': {
    ...{ task: 'classifier', several: true, config: () => ({ taxonomy: 'none' }) },
    take: [['hf', { kind: 'classifier' }]],
  },
  'one label, LoRA': {
    ...{ task: 'classifier', config: (family) => ({ lora: lora(family) }) },
    take: [
      ['hf', { kind: 'classifier' }],
      ['peft', { kind: 'adapter-classifier' }],
    ],
  },
  'frozen, fitted head': {
    ...{ task: 'classifier', config: () => ({ freeze: 'encoder' }) },
    take: [['sentence-transformers', { kind: 'sentence', classes: true }]],
  },
  embedding: { task: 'embedding', config: () => ({}), take: [['sentence-transformers', { kind: 'sentence' }]] },
  'embedding, LoRA': {
    ...{ task: 'embedding', config: (family) => ({ lora: lora(family), pooling: 'mean' }) },
    take: [
      ['sentence-transformers', { kind: 'sentence' }],
      ['peft', { kind: 'adapter-encoder' }],
    ],
  },
};

/** Names of all cases, for the line where none is run. */
export const caseNames = [
  ...Object.keys(families).flatMap((family) => [
    ...['encoder', 'classifier', 'sentence'].map((part) => `${family}: ${part} read`),
    ...Object.entries(trainings).flatMap(([what, { take }]) =>
      take.map(([format]) => `${family}: ${what} as ${format}`),
    ),
    `${family}: taken embedding read again`,
  ]),
  ...['static: sentence read', 'static: starter tuned, as sentence-transformers', 'static: taken starter read again'],
];

/**
 * Runs every case and tells of each.
 * @param {() => Promise<{ page: import('playwright-core').Page, close: () => Promise<void> }>} openPage
 * @param {{ ask: (request: Record<string, unknown>) => Promise<any> }} python
 * @param {(name: string, work: () => Promise<number>) => Promise<void>} run gets the largest difference
 */
export async function runFolders(openPage, python, run) {
  const work = mkdtempSync(path.join(os.tmpdir(), 'trainyard-interop-'));
  try {
    for (const [family, pooling] of [...Object.entries(families), ['static', null]]) {
      const studio = await openPage();
      const folder = path.join(work, family);
      try {
        await python.ask({ do: 'make', family, pooling, folder, corpus });
        if (pooling === null) await starterCases(studio.page, python, run, folder);
        else await familyCases(studio.page, python, run, { family, folder });
      } finally {
        await studio.close();
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Vectors of a folder: ours against those of the library that wrote it or opens it. */
async function readBack(page, python, folder, kind) {
  const id = await addBase(page, folder);
  const theirs = await python.ask({ do: 'ask', kind, folder, texts: asked });
  return vectorsApart(await vectorsOf(page, id, asked), theirs.values);
}

async function familyCases(page, python, run, { family, folder }) {
  for (const part of ['encoder', 'classifier', 'sentence'])
    await run(`${family}: ${part} read`, () =>
      readBack(page, python, path.join(folder, part), part === 'sentence' ? 'sentence' : 'encoder'),
    );
  for (const [what, { task, several = false, config, take }] of Object.entries(trainings)) {
    // An adapter lies over what transformers opens: the bare encoder.
    const base = path.join(folder, task === 'embedding' && what === 'embedding' ? 'sentence' : 'encoder');
    const csv = task === 'embedding' ? pairRows() : labelledRows(several);
    let trained = null;
    const model = async () =>
      (trained ??= await trainAndAsk(page, {
        ...{ task, csv, texts: asked },
        config: { ...few, ...config(family), base: await addBase(page, base) },
      }));
    for (const [format, how] of take) {
      const taken = path.join(folder, `${what.replaceAll(/\W+/g, '-')}-${format}`);
      await run(`${family}: ${what} as ${format}`, async () => {
        const { modelId, answers, vectors } = await model();
        await takeAway(page, modelId, format, taken);
        const proof = await proofOf(page, modelId, format, asked);
        const opened = format === 'hf' || (task === 'embedding' && format !== 'peft');
        if (opened ? proof === null || proof > tolerance : proof !== null) throw new Error(`The page proves ${proof}.`);
        const adapter = format === 'peft' ? { base, maxLength: few.maxLength } : {};
        const theirs = await python.ask({
          do: 'ask',
          ...how,
          ...adapter,
          folder: taken,
          several,
          texts: asked,
        });
        return answers ? answersApart(answers, theirs) : vectorsApart(vectors, theirs.values);
      });
    }
  }
  await run(`${family}: taken embedding read again`, () =>
    readBack(page, python, path.join(folder, 'embedding-sentence-transformers'), 'sentence'),
  );
}

async function starterCases(page, python, run, folder) {
  await run('static: sentence read', () => readBack(page, python, path.join(folder, 'sentence'), 'sentence'));
  const taken = path.join(folder, 'taken');
  await run('static: starter tuned, as sentence-transformers', async () => {
    const config = { base: 'starter', epochs: 2, maxLength: 32 };
    const { modelId, vectors } = await trainAndAsk(page, { task: 'embedding', csv: pairRows(), config, texts: asked });
    await takeAway(page, modelId, 'sentence-transformers', taken);
    const theirs = await python.ask({ do: 'ask', kind: 'sentence', folder: taken, texts: asked });
    return vectorsApart(vectors, theirs.values);
  });
  await run('static: taken starter read again', () => readBack(page, python, taken, 'sentence'));
}
