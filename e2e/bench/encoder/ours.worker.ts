// Our engine on each order: the encoder that trainers use, on the WebAssembly device.
import { Rng } from '../../../src/lib/rng';
import { readSafetensors, toFloat32 } from '../../../src/formats/safetensors';
import type { TensorMap } from '../../../src/contract/records';
import type { Device } from '../../../workers/backends/device';
import { openBrowserWasmDevice } from '../../../workers/backends/wasm-browser';
import { crossEntropy } from '../../../workers/kernels/cross-entropy';
import { record } from '../../../workers/tape/record';
import { readEncoderConfig } from '../../../workers/ml/encoder/config';
import { openEncoder } from '../../../workers/ml/encoder/embed';
import { importTensors } from '../../../workers/ml/encoder/names';
import { flatTokens, type Tokenized } from '../../../workers/ml/encoder/tokens';
import { createTransformerEncoder, type TransformerEncoder } from '../../../workers/ml/encoder/transformer-encoder';
import { linear } from '../../../workers/ml/layers/linear';
import { Parameters } from '../../../workers/ml/parameters';
import { createStepper } from '../../../workers/ml/step';
import { StepContext } from '../../../workers/ml/step-context';
import { writePlanInputs } from '../../../workers/ml/step-inputs';
import { createTokenizer } from '../../../workers/ml/text-tokenizer';
import { profileOf, type TimedRun } from '../../../workers/tape/profile';
import {
  answerOrders,
  batch,
  classes,
  dynamicSteps,
  encodedTexts,
  fetchBytes,
  fetchJson,
  fetchTexts,
  medianMs,
  type Figures,
} from './cases';

answerOrders(async (order) => {
  const device = await openBrowserWasmDevice({ threads: order.threads });
  if (device.threads !== order.threads) throw new Error('not so many threads');
  const encoder = await openModel();
  switch (order.what) {
    case 'train':
      return train(device, encoder, [randomTokens(encoder, order.length)]);
    case 'dynamic':
      return train(device, encoder, await textBatches(encoder));
    case 'forward':
      return forward(device, encoder, order.length);
    case 'encode':
      return encode(device, encoder, encodedTexts);
    case 'single':
      return encode(device, encoder, 1);
    default:
      throw new Error(`unknown order ${String(order satisfies never)}`);
  }
});

async function openModel(): Promise<TransformerEncoder> {
  const shape = readEncoderConfig(await fetchJson('config.json'));
  const { tensors } = readSafetensors(await fetchBytes('model.safetensors'));
  const floats: TensorMap = {};
  for (const [name, tensor] of tensors)
    if (tensor.dtype === 'F32') floats[name] = { shape: tensor.shape, dtype: 'float32', data: toFloat32(name, tensor) };
  const tokenizer = createTokenizer(await fetchJson('tokenizer.json'), await fetchJson('tokenizer_config.json'));
  return createTransformerEncoder({
    shape,
    tensors: importTensors(shape, floats),
    tokenize: (texts, most) => tokenizer.tokenize(texts, most),
    maxLength: 256,
  });
}

/** Full rows, as the peer has them. */
function randomTokens(encoder: TransformerEncoder, length: number): Tokenized {
  const rng = new Rng(1, 1);
  const most = encoder.shape.vocabulary;
  return flatTokens(
    Array.from({ length: batch }, () =>
      Int32Array.from({ length }, () => 1000 + Math.floor(rng.uniform() * (most - 1000))),
    ),
  );
}

async function textBatches(encoder: TransformerEncoder): Promise<Tokenized[]> {
  const texts = await fetchTexts();
  return Array.from({ length: dynamicSteps }, (_, i) => encoder.tokenize(texts.slice(i * batch, (i + 1) * batch), 128));
}

/** Milliseconds of an AdamW step over each of the batches in turn. */
async function train(device: Device, encoder: TransformerEncoder, batches: Tokenized[]): Promise<Figures> {
  const parameters = new Parameters();
  const net = encoder.declare(parameters, {});
  const head = linear(parameters, 'head', { inputs: net.dimensions, outputs: classes });
  const session = device.session();
  const stepper = createStepper(session, {
    parameters,
    seed: 1,
    optimizer: { name: 'adamw', weightDecay: 0.01 },
    loss: (c) =>
      crossEntropy(
        head(c, c.dropout('head.dropout', net.encode(c).pooled, 0.1)),
        c.input('labels', [c.size('rows')], 'int32'),
      ).loss,
  });
  parameters.write(session, { ...parameters.initial(1), ...net.weights() });
  const labels = Int32Array.from({ length: batch }, (_, i) => (7 * i) % classes);
  const rows = Array.from({ length: batch }, (_, i) => i);
  let at = 0;
  const runs: TimedRun[] = [];
  const go = async (timed = false): Promise<void> => {
    const { sizes, inputs } = net.batch(batches[at++ % batches.length]!, rows);
    const more = timed ? { onTimes: (found: TimedRun[]) => void runs.push(...found) } : {};
    await stepper.run([{ ...inputs, labels }], { sizes, learningRate: 1e-6, ...more });
    await session.settled();
  };
  // Every size once, so that no plan is made while the clock runs, and long enough for the browser's last compiler.
  const until = performance.now() + 3000;
  for (let i = 0; i < batches.length || performance.now() < until; i++) await go();
  const ms = await medianMs(() => go(), 3, 0, Math.max(5, batches.length));
  await go(true);
  const [last] = (await stepper.metrics()).slice(-1);
  if (!last || !Number.isFinite(last.loss)) throw new Error('the loss is not finite');
  return { ms, more: { heldBytes: session.bytes(), loss: last.loss, ...byKernel(runs) } };
}

/** Milliseconds by kernel of one step, as "kernel <name>". */
function byKernel(runs: readonly TimedRun[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { kernel, durationMs } of profileOf(runs).calls)
    sums[`kernel ${kernel}`] = (sums[`kernel ${kernel}`] ?? 0) + durationMs;
  return sums;
}

async function forward(device: Device, encoder: TransformerEncoder, length: number): Promise<Figures> {
  const parameters = new Parameters();
  const net = encoder.declare(parameters, { frozen: 'encoder' });
  const session = device.session();
  parameters.write(session, net.weights());
  const { sizes, inputs } = net.batch(
    randomTokens(encoder, length),
    Array.from({ length: batch }, (_, i) => i),
  );
  const plan = record((r) => r.output('pooled', net.encode(new StepContext(r, parameters, sizes, false)).pooled));
  const prepared = await session.prepare(plan);
  const ms = await medianMs(async () => {
    writePlanInputs(session, plan, inputs);
    await prepared.run();
    await session.output(prepared, 'pooled');
  }, 2);
  const times = await prepared.timed();
  return { ms, more: { heldBytes: session.bytes(), ...byKernel([{ plan, times }]) } };
}

async function encode(device: Device, encoder: TransformerEncoder, count: number): Promise<Figures> {
  const open = openEncoder(device, encoder);
  const texts = (await fetchTexts()).slice(0, count);
  const ms = await medianMs(
    async () => {
      const vectors = await open.embed(texts);
      if (vectors.length !== count) throw new Error('a text has no vector');
    },
    2,
    1,
  );
  return { ms, more: { heldBytes: open.bytes() } };
}
