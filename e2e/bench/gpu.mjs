// The WebGPU engine by itself in plain Node, through Dawn: no browser, no server. For machines with a real GPU; without
// one it runs on the software adapter that a browser here brings along, and says so.
//     npm run bench -- gpu [--sizes 512,1024] [--no-parity] [--no-tuning]
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/paths.mjs';

export let title = 'The WebGPU engine in Node';
/** The runner neither builds nor serves the studio for it. */
export const standalone = true;

export async function run({ say, median, options }) {
  const { build } = await import('rolldown');
  const folder = path.join(root, '.cache', 'bench');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `gpu-${process.pid}.mjs`);
  await build({
    input: path.join(root, 'e2e', 'bench', 'gpu', 'measure.ts'),
    platform: 'node',
    logLevel: 'warn',
    external: ['webgpu'],
    output: { file, format: 'esm' },
  });
  const { measure } = await import(pathToFileURL(file).href);
  const value = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);
  const { device, rows } = await measure({
    say,
    median,
    sizes: value('--sizes')?.split(',').map(Number),
    parity: !options.includes('--no-parity'),
    tuned: !options.includes('--no-tuning'),
  });
  title = `The WebGPU engine in Node · ${device}`;
  return rows;
}
