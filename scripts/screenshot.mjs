// Takes docs/screenshot.png: the Run screen of a network trained on the sample project. Run by hand for the readme.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { openStudio, serve } from '../e2e/browser.mjs';
import { buildIfStale } from './build-if-stale.mjs';
import { root } from './paths.mjs';

buildIfStale();
const server = await serve();
const studio = await openStudio({ url: server.url, serviceWorkers: 'block' });
const { page } = studio;
await page.evaluate(async () => {
  const project = await window.studio.projects.fromSample('support-intents');
  await window.studio.train(project.id, { task: 'intent', extends: 'balanced', seed: 1 });
  const run = await window.studio.train(project.id, { task: 'classifier', seed: 1, config: { base: 'scratch' } });
  location.hash = `#/p/${project.id}/runs/${run.id}`;
});
await page.waitForTimeout(3000);
mkdirSync(path.join(root, 'docs'), { recursive: true });
await page.screenshot({ path: path.join(root, 'docs', 'screenshot.png') });
await studio.close();
await server.close();
process.exit(0);
