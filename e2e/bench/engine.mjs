// The engine beside PyTorch, stock tfjs and jax-js: matrix products, training steps, memory and launches, in turn on
// this machine and in one Chromium (software WebGPU adapter). PyTorch is on two threads, as PEER_PYTHON finds it.
//     npm run bench -- engine [--rounds 3] [--only matmul,mlp,…]
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'vite';
import { root } from '../../scripts/paths.mjs';
import { wasmKernels } from '../../scripts/wasm.mjs';
import { launch, serve } from '../browser.mjs';

export const title = 'The engine: kernels and training steps';

const forms = ['NN', 'TN', 'NT', 'TT'];
const isolated = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export async function run(tools) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'trainyard-engine-'));
  let server;
  let browser;
  try {
    await build({
      root: path.join(root, 'e2e', 'bench', 'engine'),
      configFile: false,
      base: './',
      logLevel: 'error',
      plugins: [wasmKernels()],
      worker: { format: 'es', plugins: () => [wasmKernels()] },
      resolve: { dedupe: ['@tensorflow/tfjs-core'] },
      build: { outDir: folder, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0 },
    });
    server = await serve({ folder, headers: isolated });
    browser = await launch({ adapter: 'software' });
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => window.measure !== undefined);
    return await measured(tools, page);
  } finally {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measured(tools, page) {
  const { options, say, median } = tools;
  const wanted = (name) =>
    !options.includes('--only') || options[options.indexOf('--only') + 1].split(',').includes(name);
  const rounds = options.includes('--rounds') ? Number(options[options.indexOf('--rounds') + 1]) : 3;
  const figures = new Map();
  const note = (key, value) => {
    if (value !== undefined && Number.isFinite(value)) figures.set(key, [...(figures.get(key) ?? []), value]);
  };
  const ask = async (key, who, order) => {
    const answer = await page.evaluate(([name, what]) => window.measure(name, what), [who, order]);
    if ('error' in answer) return say(`${key}: ${who} gave no figure (${answer.error})`);
    note(`${key} ${who}`, answer.ms);
    for (const [name, value] of Object.entries(answer.more)) note(`${key} ${who} ${name}`, value);
  };
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`);
    for (const [key, orders] of work(wanted, round)) for (const [who, order] of orders) await ask(key, who, order);
    const kernels = await tools.peer('kernels_torch.py', ['--rounds', '1']);
    for (const [name, value] of Object.entries(kernels?.metrics ?? {})) note(`torch ${name}`, value.medianMs);
    const steps = wanted('mlp') ? await tools.peer('mlp_step_torch.py', ['--steps', '100']) : null;
    for (const [name, value] of Object.entries(steps?.metrics ?? {})) note(`torch ${name}`, value.medianMs);
  }
  return rows((key) => (figures.has(key) ? median(figures.get(key)) : undefined));
}

/** What is asked for in each round: [key, [who, order][]]; ours on wasm on one and on two threads, then the peers. */
function work(wanted, round) {
  const list = [];
  if (wanted('matmul'))
    for (const size of [512, 1024])
      for (const form of forms) {
        const order = (threads) => ({ what: 'matmul', device: 'wasm', threads, size: [size, size, size], form });
        list.push([`matmul ${size} ${form} 1`, [['ours', order(1)]]]);
        list.push([`matmul ${size} ${form} 2`, [['ours', order(2)]]]);
        if (form === 'NN') list.push([`matmul ${size} NN`, [['stock', order(1)]]]);
      }
  const both = (key, order, peers) => [
    [`${key} wasm 1`, [['ours', { ...order, device: 'wasm', threads: 1 }]]],
    [`${key} wasm 2`, [['ours', { ...order, device: 'wasm', threads: 2 }], ...peers('wasm')]],
    // Seconds a step on a software adapter: one round is enough there.
    ...(round === 0 && order.length !== 128
      ? [[`${key} webgpu`, [['ours', { ...order, device: 'webgpu', threads: 1 }], ...peers('webgpu')]]]
      : []),
  ];
  const beside = (order, whos) => (device) => whos.map((who) => [who, { ...order, device, threads: 1 }]);
  if (wanted('mlp')) list.push(...both('mlp', { what: 'mlp' }, beside({ what: 'mlp' }, ['stock', 'jax'])));
  for (const length of [32, 128])
    if (wanted('block')) {
      const order = { what: 'block', length };
      list.push(...both(`block ${length}`, order, beside(order, ['stock'])));
    }
  if (wanted('neumf')) {
    const order = { what: 'neumf' };
    list.push(
      ...both('neumf', order, (device) => (device === 'webgpu' ? [['stock', { ...order, device, threads: 1 }]] : [])),
    );
    // Forty seconds a step: once is enough.
    if (round === 0) list.push(['neumf cpu', [['stock', { ...order, device: 'cpu', threads: 1 }]]]);
  }
  if (wanted('attention'))
    for (const length of [512, 1024, 2048])
      list.push([`attention ${length}`, [['ours', { what: 'attention', device: 'wasm', threads: 2, length }]]]);
  if (wanted('adamw'))
    for (const parameters of [4, 400])
      list.push([`adamw ${parameters}`, [['ours', { what: 'adamw', device: 'wasm', threads: 2, parameters }]]]);
  return list;
}

function rows(of) {
  const out = [];
  const add = (name, unit, ours, peers = {}) => {
    if (ours !== undefined) out.push({ name, unit, ours, peers });
  };
  for (const size of [512, 1024])
    for (const form of forms) {
      const one = of(`matmul ${size} ${form} 1 ours`);
      const two = of(`matmul ${size} ${form} 2 ours`);
      add(`matmul ${size}³ ${form}, wasm, 1 thread`, 'ms', one, { 'tfjs-wasm': of(`matmul ${size} NN stock`) });
      add(`matmul ${size}³ ${form}, wasm, 2 threads`, 'ms', two, {
        PyTorch: of(`torch matmul${size}`),
        'ours, 1 thread': one,
      });
    }
  const step = (key, name, torch, peers) => {
    const two = of(`${key} wasm 2 ours`);
    add(`${name}, wasm, 2 threads`, 'ms', two, {
      PyTorch: of(`torch ${torch}`),
      ...peers('wasm'),
      'ours, 1 thread': of(`${key} wasm 1 ours`),
    });
    add(`${name}, wasm: sum of its kernels`, 'ms', of(`${key} wasm 2 ours kernelsMs`), { 'the step': two });
    add(`${name}, webgpu (software adapter)`, 'ms', of(`${key} webgpu ours`), peers('webgpu'));
    add(`${name}: temporaries`, 'MB', megabytes(of(`${key} wasm 2 ours temporaryBytes`)));
    add(`${name}: kernel launches a step`, '', of(`${key} webgpu ours dispatches`));
  };
  const megabytes = (bytes) => (bytes === undefined ? undefined : bytes / 1e6);
  const device = (key, on) => (on === 'wasm' ? `${key} wasm 2` : `${key} webgpu`);
  step('mlp', 'MLP step 256×1000→256→128→10, Adam', 'small-adam', (on) => ({
    [`tfjs-${on}`]: of(`${device('mlp', on)} stock`),
    [`jax-js ${on}`]: of(`${device('mlp', on)} jax`),
  }));
  for (const length of [32, 128])
    step(`block ${length}`, `transformer block 16×${length}, forward and backward`, `block16x${length}`, (on) => ({
      [`tfjs-${on}`]: of(`${device(`block ${length}`, on)} stock`),
    }));
  step('neumf', 'NeuMF step, 256 positives with 4 negatives', 'neumf1280', (on) =>
    on === 'wasm'
      ? { 'tfjs-cpu': of('neumf cpu stock') }
      : { 'tfjs-webgpu': of('neumf webgpu stock'), 'tfjs-cpu': of('neumf cpu stock') },
  );
  for (const length of [512, 1024, 2048]) {
    add(`attention 1×12×${length}×32, forward and backward`, 'ms', of(`attention ${length} ours`));
    add(`attention at ${length} tokens: memory`, 'MB', megabytes(of(`attention ${length} ours temporaryBytes`)));
  }
  for (const count of [4, 400])
    add(`AdamW over ${count} parameters: launches`, '', of(`adamw ${count} ours dispatches`));
  return out;
}
