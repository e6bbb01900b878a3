// The small network that begins with the starter: it knows words that no row held, resumes bit for bit, and answers the same
// once stored or taken away.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tfjs from '@tensorflow/tfjs';
import { root } from '../../../scripts/paths.mjs';
import { loadKernels } from '../../../scripts/wasm-node.mjs';
import type { Device } from '../../../workers/backends/device';
import { openWasmDevice } from '../../../workers/backends/wasm-device';
import { loadBase } from '../../../workers/bases/load-base';
import { useStarterFiles } from '../../../workers/bases/starter';
import { isStatic } from '../../../workers/ml/encoder/static-encoder';
import { prepareTrainer, sitThrough, topicRows } from '../../../workers/testing/classifier-rows';
import { weightHash } from '../../../workers/weight-hash';
import type { LabelPredictor } from '../task';
import { TextReader } from './encoded';
import { readModel } from './model';
import { learnPieces, textLength } from './pieces';
import { training } from './train';

const config = { base: 'starter', epochs: 12, batchSize: 8, vectorSize: 8, earlyStoppingPatience: 0, saveSteps: 5 };
const data = topicRows();
let device: Device;

beforeAll(async () => {
  useStarterFiles(async (name) => new Uint8Array(readFileSync(path.join(root, 'public', 'models', 'starter', name))));
  device = await openWasmDevice({ load: loadKernels, threads: 1 });
});
afterAll(() => device.dispose());

const train = async (more: Record<string, unknown> = {}) => {
  const trainer = await prepareTrainer(data, device, { ...config, ...more });
  const sitting = await sitThrough(trainer, data);
  const weights = await trainer.weights();
  trainer.dispose();
  return { sitting, weights };
};
const load = (weights: Awaited<ReturnType<typeof train>>['weights']): Promise<LabelPredictor> =>
  training.load(weights, { labels: data.labels, multiLabel: false, backend: 'wasm', device });

describe('word-pieces', () => {
  it('give every text about one length, whether they are learned or not', async () => {
    const { encoder } = await loadBase('starter');
    if (!isStatic(encoder)) throw new Error('The starter is static.');
    const texts = ['card', 'where is my card', 'the weather in Berlin was unusually cold for the time of year', ''];
    const all = await learnPieces(encoder, texts);
    const none = await learnPieces(encoder, []);
    const { rest } = none.encode(texts);
    const table = all.initial();
    const bags = all.encode(texts);
    expect(bags.rest).toBeNull();
    texts.forEach((_, text) => {
      const sum = new Float32Array(all.dimensions);
      for (let at = bags.starts[text]!; at < bags.starts[text + 1]!; at++)
        for (let d = 0; d < sum.length; d++) sum[d]! += bags.weights[at]! * table[bags.ids[at]! * sum.length + d]!;
      sum.forEach((value, d) => expect(rest![text * sum.length + d]).toBeCloseTo(value, 4));
      if (text === 0) expect(Math.hypot(...sum)).toBeCloseTo(textLength, 3);
      if (text === 3) expect(Math.hypot(...sum)).toBe(0);
    });
  });
});

describe('a classifier from the starter', () => {
  it('knows words that no row held', async () => {
    const predictor = await load((await train()).weights);
    const [answer] = await predictor.predict(['too many charges and expensive costs'], { topK: 1 });
    expect(answer!.label).toBe('fee');
    predictor.dispose();
  });

  it('resumes bit for bit', async () => {
    const { sitting: whole, weights } = await train();
    const kept = [...whole.saved.values()][0]!;
    const trainer = await prepareTrainer(data, device, config);
    await trainer.restore(kept.state, kept.loop.step, kept.pins);
    await sitThrough(trainer, data, { from: kept.loop });
    expect(await weightHash((await trainer.weights()).tensors)).toBe(await weightHash(weights.tensors));
    trainer.dispose();
  });

  it('is refused by name where its base is incomplete', async () => {
    const { weights } = await train({ epochs: 1 });
    const { 'base.scales': _scales, ...tensors } = weights.tensors;
    await expect(load({ ...weights, tensors })).rejects.toThrow(/"base\.scales"/);
  });

  describe('taken away', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'classifier-base-'));
    const texts = [...data.splits.test.texts.slice(0, 4), 'Unseen: a reimbursement, naïve and costly!', 'x', '…'];
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    let weights: Awaited<ReturnType<typeof train>>['weights'];
    let predictor: LabelPredictor;
    beforeAll(async () => {
      ({ weights } = await train({ hiddenSize: 6 }));
      predictor = await load(weights);
    });
    const unpack = async (format: string): Promise<Map<string, Uint8Array>> => {
      const about = { name: 'Topics', labels: data.labels, multiLabel: false, version: 1 };
      const files = await training.exportFiles(format, weights, about);
      for (const file of files) writeFileSync(path.join(folder, file.path), file.bytes);
      return new Map(files.map((file) => [file.path, file.bytes]));
    };

    it.each(['tfjs', 'safetensors'])('as %s answers the same by its own script', async (format) => {
      await unpack(format);
      const out = execFileSync('node', [path.join(folder, 'predict.mjs'), '--top', '3'], { input: texts.join('\n') });
      const answers = out.toString().trim().split('\n');
      const ours = await predictor.predict(texts, { topK: 3 });
      answers.forEach((line, i) => {
        const { scores } = JSON.parse(line) as { scores: { label: string; score: number }[] };
        for (const { label, score } of scores)
          expect(Math.abs(score - ours[i]!.scores.find((one) => one.label === label)!.score)).toBeLessThan(1e-5);
      });
      expect(answers).toHaveLength(texts.length);
    });

    it('opens as a TF.js layers model with the same probabilities', async () => {
      const files = await unpack('tfjs');
      const json = JSON.parse(new TextDecoder().decode(files.get('model.json'))) as {
        modelTopology: object;
        weightsManifest: { weights: tfjs.io.WeightsManifestEntry[] }[];
      };
      await tfjs.setBackend('cpu');
      const layers = await tfjs.loadLayersModel(
        tfjs.io.fromMemory({
          modelTopology: json.modelTopology,
          weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
          weightData: files.get('weights.bin')!.slice().buffer,
        }),
      );
      const { vocabulary, base } = readModel(weights);
      const [text] = texts;
      const { features } = new TextReader(vocabulary, null).encode([text!]);
      const ids = base!.pieces.encoder.tokenize([text!]).ids;
      const squares = base!.pieces.weights();
      const share = textLength / Math.sqrt(ids.reduce((sum, id) => sum + squares[id]!, 0));
      const inputs = [
        tfjs.tensor2d(features.ids, [1, features.ids.length], 'int32'),
        tfjs.tensor2d(features.weights, [1, features.ids.length]),
        tfjs.tensor2d(ids, [1, ids.length], 'int32'),
        tfjs.fill([1, ids.length], share),
      ];
      const found = layers.predict(inputs) as tfjs.Tensor;
      const { values } = await predictor.score([text!]);
      (await found.data()).forEach((value, i) => expect(Math.abs(value - values[i]!)).toBeLessThan(1e-5));
    });
  });
});
