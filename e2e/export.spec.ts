// What is taken away answers as the studio does. (Python's half is `npm run test:interop`.)
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { open } from './fixtures';
import { ask, compareAnswers, trainAndExport } from './intent-export.mjs';

for (const [name, config] of [
  ['the defaults', {}],
  ['words and letters, isotonic', { analyzer: 'word+char', calibration: 'isotonic' }],
  ['logistic', { classifier: 'logistic', temperature: false }],
] as const) {
  test(`predict.mjs gives the studio's probabilities: ${name}`, async () => {
    const { page } = await open();
    const { folder, texts, answers } = await trainAndExport(page, config);
    const theirs = await ask(process.execPath, ['predict.mjs', '--top', '1000'], folder, texts);
    const { difference, labels } = compareAnswers(answers, theirs);
    expect(labels).toBe(0);
    expect(difference).toBeLessThanOrEqual(1e-6);
    await rm(folder, { recursive: true, force: true });
  });
}
