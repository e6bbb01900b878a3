// all-MiniLM-L6-v2 in training and in use, beside PyTorch, stock tfjs operations and transformers.js, in turn on this machine
// and in one Chromium. PyTorch is on two threads, as PEER_PYTHON finds it (it needs transformers and scikit-learn, too).
//     npm run bench -- encoder [--rounds 2] [--only train,dynamic,forward,encode,single,memory,torch] [--no-peers]
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'vite';
import { root } from '../../scripts/paths.mjs';
import { wasmKernels } from '../../scripts/wasm.mjs';
import { launch, processTree, sampleMemory, serve } from '../browser.mjs';
import { onnxOfBert, safetensorsReader } from './encoder/onnx-file.mjs';

export const title = 'Text encoders: MiniLM trained and in use';
export const standalone = true;

const model = 'models/all-MiniLM-L6-v2';
const data = 'datasets/banking77/train.csv';
const lengths = [32, 64, 128];
const batch = 16;
const isolated = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export async function run(tools) {
  const [modelFolder, dataFile] = [tools.shared(model), tools.shared(data)];
  if (!modelFolder || !dataFile) {
    tools.say(`not run: ../shared/${modelFolder ? data : model} is not here`);
    return [];
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'trainyard-encoder-'));
  let server;
  let browser;
  try {
    await build({
      root: path.join(root, 'e2e', 'bench', 'encoder'),
      configFile: false,
      base: './',
      logLevel: 'error',
      plugins: [wasmKernels()],
      worker: { format: 'es', plugins: () => [wasmKernels()] },
      resolve: { dedupe: ['@tensorflow/tfjs-core'] },
      build: { outDir: folder, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0 },
    });
    await serveModel(modelFolder, dataFile, path.join(folder, 'model'));
    server = await serve({ folder, headers: isolated });
    browser = await launch();
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => window.measureEncoder !== undefined);
    return await measured(tools, page);
  } finally {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The files that the page's workers fetch: the model for all, its ONNX form, and texts. */
async function serveModel(from, dataFile, to) {
  await mkdir(path.join(to, 'onnx'), { recursive: true });
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'])
    await cp(path.join(from, name), path.join(to, name));
  await cp(path.join(from, 'onnx', 'model_quantized.onnx'), path.join(to, 'onnx', 'model_quantized.onnx'));
  const config = JSON.parse(await readFile(path.join(from, 'config.json'), 'utf8'));
  const read = safetensorsReader(await readFile(path.join(from, 'model.safetensors')));
  await writeFile(path.join(to, 'onnx', 'model.onnx'), onnxOfBert(config, read));
  await writeFile(path.join(to, 'texts.json'), JSON.stringify(texts(await readFile(dataFile, 'utf8'))));
}

/** Every seventh text of the data set: all classes, no order of length. */
function texts(csv) {
  const rows = [...csv.matchAll(/^(?:"((?:[^"]|"")*)"|([^",\n]*)),[^,\n]*$/gm)].slice(1);
  return rows.map(([, quoted, plain]) => (quoted ?? plain).replaceAll('""', '"')).filter((_, i) => i % 7 === 0);
}

async function measured(tools, page) {
  const { options, say, median } = tools;
  const after = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);
  const only = after('--only')?.split(',');
  const wanted = (name) => !only || only.includes(name);
  const rounds = Number(after('--rounds') ?? 2);
  const peers = !options.includes('--no-peers');
  const figures = new Map();
  const note = (key, value) => {
    if (value !== undefined && Number.isFinite(value)) figures.set(key, [...(figures.get(key) ?? []), value]);
  };
  const ask = async (key, who, order) => {
    const answer = await page.evaluate(([name, what]) => window.measureEncoder(name, what), [who, order]);
    if ('error' in answer) return say(`${key}: ${who} gave no figure (${answer.error})`);
    note(`${key} ${who}`, answer.ms);
    note(`${key} ${who} held`, answer.more.heldBytes);
  };
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`);
    for (const [key, who, order] of work(wanted, peers, round)) await ask(key, who, order);
  }
  if (wanted('memory')) {
    const memory = sampleMemory(browserProcess());
    await ask('memory', 'ours', { what: 'train', threads: 2, length: 128 });
    const { rest, peak } = memory.stop();
    note('memory grown', peak - rest);
  }
  const torch =
    peers && wanted('torch') ? await tools.peer('encoder_torch.py', ['--parts', 'speed', '--repeats', '6']) : null;
  return rows((key) => (figures.has(key) ? median(figures.get(key)) : undefined), torch, tools.recorded);
}

/** The browser this process started. */
function browserProcess() {
  const found = processTree(process.pid).find((pid) => {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes('--headless') && !command.includes('--type=');
  });
  if (!found) throw new Error('The browser’s process was not found.');
  return found;
}

/** [key, who, order] of a round. Peers that take seconds a step are asked once. */
function work(wanted, peers, round) {
  const list = [];
  const add = (key, who, order) => {
    if (who === 'ours' || peers) list.push([key, who, order]);
  };
  for (const what of ['train', 'forward'])
    for (const length of lengths)
      if (wanted(what)) {
        add(`${what} ${length}`, 'ours', { what, threads: 2, length });
        if (round === 0) add(`${what} ${length}`, 'stock', { what, threads: 1, length });
      }
  if (wanted('dynamic')) add('dynamic', 'ours', { what: 'dynamic', threads: 2 });
  for (const what of ['encode', 'single'])
    if (wanted(what)) {
      add(what, 'ours', { what, threads: 2 });
      // On two cores a second thread often makes onnxruntime slower: its better figure counts.
      for (const threads of [1, 2])
        for (const int8 of [false, true])
          add(`${what} ${int8 ? 'int8' : 'fp32'} ${threads}`, 'onnx', { what, threads, int8 });
    }
  return list;
}

const encodedTexts = 320;

function rows(of, torch, recorded) {
  const out = [];
  const add = (name, unit, ours, peers, better) => {
    if (ours !== undefined) out.push({ name, unit, ours, peers, better });
  };
  const perSecond = (count, ms) => (ms === undefined ? undefined : (1000 * count) / ms);
  const onnx = (key) => {
    const times = [1, 2].map((threads) => of(`${key} ${threads} onnx`)).filter((ms) => ms !== undefined);
    return times.length ? Math.min(...times) : undefined;
  };
  const peer = (key, find) => find(torch?.metrics?.speed) ?? recorded(`encoder.minilm.${key}`);
  for (const [what, name, field] of [
    ['train', 'training step', 'trainSamplesPerSecond'],
    ['forward', 'forward pass', 'forwardSamplesPerSecond'],
  ])
    for (const length of lengths)
      add(
        `MiniLM, ${name}, ${batch} × ${length} tokens, wasm`,
        'samples/s',
        perSecond(batch, of(`${what} ${length} ours`)),
        {
          PyTorch: peer(`${what}B16L${length}`, (speed) => speed?.[`B16L${length}`]?.[field]),
          'tfjs-wasm': perSecond(batch, of(`${what} ${length} stock`)),
        },
        'higher',
      );
  add(
    'MiniLM, training on banking77, 16 a step as long as they are, wasm',
    'samples/s',
    perSecond(batch, of('dynamic ours')),
    { PyTorch: peer('trainB16Dynamic', (speed) => speed?.trainB16Dynamic?.samplesPerSecond) },
    'higher',
  );
  add(
    'MiniLM, vectors of banking77, wasm',
    'sentences/s',
    perSecond(encodedTexts, of('encode ours')),
    {
      'transformers.js': perSecond(encodedTexts, onnx('encode fp32')),
      'transformers.js int8': perSecond(encodedTexts, onnx('encode int8')),
      PyTorch: peer('encodeB32', (speed) => speed?.encodeB32?.sentencesPerSecond),
    },
    'higher',
  );
  add('MiniLM, vector of one sentence, wasm', 'ms', of('single ours'), {
    'transformers.js': onnx('single fp32'),
    'transformers.js int8': onnx('single int8'),
    PyTorch: peer('encodeSingleMs', (speed) => speed?.encodeSingle?.medianMs),
  });
  const megabytes = (value) => (value === undefined ? undefined : value / 1e6);
  add('MiniLM, training 16 × 128: memory the browser grows by', 'MB', megabytes(of('memory grown')), {
    PyTorch: torch?.peakRssMb ?? recorded('encoder.minilm.peakMegabytes'),
    'held on the device': megabytes(of('memory ours held')),
  });
  return out;
}
