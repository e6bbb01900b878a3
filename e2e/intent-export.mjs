// Takes a trained intent model out of the studio and asks the files the same questions, with Node or Python.
// Used by the specs (Node) and by `npm run test:interop` (Python).
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../scripts/paths.mjs';
import { unpack } from './interop/studio.mjs';

const questions = 200;

/** Texts of the sample project, one a line as the exported programs read them. */
function readTexts() {
  const csv = readFileSync(path.join(root, 'sample-data', 'support-intents', 'utterances.csv'), 'utf8');
  const plain = csv
    .split('\n')
    .slice(1)
    .filter((line) => /^[^",]+,/.test(line));
  const odd = [
    'Łódź – gdzie jest paczka?',
    'ünïcödé “quotes” 😡',
    '¿dónde está mi tarjeta?',
    'a',
    '   spaces   ',
    '!!!',
    '',
  ];
  return [...odd, ...plain.map((line) => line.split(',')[0] ?? '')].slice(0, questions);
}

/**
 * Trains `intent` on the sample with these settings, exports it and answers all questions in the app.
 * @param {import('playwright-core').Page} page
 * @param {Record<string, unknown>} config
 */
export async function trainAndExport(page, config) {
  const texts = readTexts();
  const { zip, answers } = await page.evaluate(
    async ([given, settings]) => {
      const studio = window.studio;
      const project = await studio.projects.fromSample('support-intents');
      const run = await studio.train(project.id, { task: 'intent', seed: 1, config: settings });
      const blob = await studio.models.export(run.modelId, 'json');
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let binary = '';
      for (let at = 0; at < bytes.length; at += 32768) binary += String.fromCharCode(...bytes.subarray(at, at + 32768));
      return { zip: btoa(binary), answers: await studio.models.predict(run.modelId, given, { topK: 1000 }) };
    },
    [texts, config],
  );
  const folder = mkdtempSync(path.join(os.tmpdir(), 'trainyard-export-'));
  unpack(Buffer.from(zip, 'base64'), folder);
  return { folder, texts, answers };
}

/** Feeds one text a line to a program and reads one JSON answer a line. */
export function ask(program, args, folder, texts) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${err.trim()}`));
      else
        resolve(
          out
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line)),
        );
    });
    child.stdin.end(`${texts.join('\n')}\n`);
  });
}

/** The largest difference of any class's probability, and how many first labels differ. */
export function compareAnswers(ours, theirs) {
  if (ours.length !== theirs.length) throw new Error(`${theirs.length} answers to ${ours.length} texts.`);
  let difference = 0;
  let labels = 0;
  ours.forEach((answer, at) => {
    const other = new Map(theirs[at].scores.map(({ label, score }) => [label, score]));
    if (theirs[at].label !== answer.label) labels++;
    for (const { label, score } of answer.scores) {
      if (!other.has(label)) throw new Error(`The exported program gave no score for ${label}.`);
      difference = Math.max(difference, Math.abs(score - other.get(label)));
    }
  });
  return { difference, labels };
}
