// The classifier on a tiny transformer, through THE loop: it learns ten rows, resumes bit for bit, leaves what is frozen as it
// is, answers the same once stored, and says by name when its base is gone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels } from '../../../../scripts/wasm-node.mjs';
import type { Device } from '../../../../workers/backends/device';
import { openWasmDevice } from '../../../../workers/backends/wasm-device';
import { addBase } from '../../../../workers/bases/add-base';
import { folderFiles } from '../../../../workers/bases/folder-files';
import { forgetBases } from '../../../../workers/bases/load-base';
import { asFiles, tinyConfig, tinyFolder } from '../../../../workers/bases/testing/tiny-folder';
import { prepareTrainer, sitThrough, topicRows } from '../../../../workers/testing/classifier-rows';
import { weightHash } from '../../../../workers/weight-hash';
import type { Base } from '../../../contract/bases';
import type { TensorMap } from '../../../contract/records';
import { markBase } from '../../../storage/bases';
import type { TaskData } from '../../task';
import { training } from '../train';

const bases = new Map<string, Base>();
let device: Device;

const configs: Record<string, Record<string, unknown>> = {
  bert: { ...tinyConfig, hidden_size: 32, intermediate_size: 64 },
  distilbert: {
    ...{
      architectures: ['DistilBertModel'],
      model_type: 'distilbert',
      dim: 8,
      n_layers: 2,
      n_heads: 2,
      hidden_dim: 16,
    },
    ...{ max_position_embeddings: 40, vocab_size: tinyConfig.vocab_size, activation: 'gelu', pad_token_id: 0 },
  },
  mpnet: { ...tinyConfig, architectures: ['MPNetModel'], model_type: 'mpnet', relative_attention_num_buckets: 32 },
};

beforeAll(async () => {
  device = await openWasmDevice({ load: loadKernels, threads: 1 });
  for (const [name, config] of Object.entries(configs)) {
    const { files } = await folderFiles(asFiles(tinyFolder(config), `tiny ${name}/`));
    bases.set(name, await addBase({ files, name: `tiny ${name}`, source: { from: 'folder' } }));
  }
});
afterAll(() => device.dispose());

const baseOf = (name: string): Base => bases.get(name)!;
const make = (data: TaskData, config: Record<string, unknown>, base = 'bert', seed = 1) =>
  prepareTrainer(data, device, { ...small, base: baseOf(base).id, ...config }, seed);
const small = { epochs: 2, batchSize: 4, learningRate: 1e-3, evalSteps: 5, saveSteps: 1, earlyStoppingPatience: 0 };

function tenRows(several = false): TaskData {
  const data = topicRows(several);
  const { train } = data.splits;
  const every = Math.floor(train.rowIds.length / 10);
  const ten = train.rowIds
    .map((_, i) => i)
    .filter((i) => i % every === 0)
    .slice(0, 10);
  const rows = {
    rowIds: ten.map((i) => train.rowIds[i]!),
    texts: ten.map((i) => train.texts[i]!),
    targets: ten.map((i) => train.targets[i]!),
    weights: ten.map((i) => train.weights[i]!),
  };
  const few = { ...rows, weights: Float64Array.from(rows.weights) };
  return { ...data, splits: { ...data.splits, train: few, validation: few } };
}

const variants: [string, Record<string, unknown>, boolean, string][] = [
  ['whole', {}, false, 'bert'],
  ['several labels, layer decay and an average', { layerDecay: 0.7, emaDecay: 0.9, posWeight: 'sqrt' }, true, 'bert'],
  ['accumulation and recomputation', { gradientAccumulation: 2, recompute: true, freeze: 'embeddings' }, false, 'bert'],
  ['LoRA with dropout', { lora: { rank: 2, alpha: 4, dropout: 0.1, targets: ['query', 'dense'] } }, false, 'bert'],
  ['DistilBERT, one layer frozen', { freezeLayers: 1 }, false, 'distilbert'],
  ['MPNet, padded', { dropout: 0.2 }, true, 'mpnet'],
  ['few examples', { fewShot: 4, epochs: 3 }, false, 'bert'],
  ['few examples with several labels', { fewShot: 3, epochs: 3 }, true, 'mpnet'],
  ['a frozen encoder', { freeze: 'encoder', headC: 1e4 }, false, 'bert'],
  ['a frozen encoder with several labels', { freeze: 'encoder', posWeight: 'balanced' }, true, 'bert'],
];

it('learns ten rows by heart', async () => {
  for (const several of [false, true]) {
    const data = tenRows(several);
    const trainer = await make(data, {
      ...{ epochs: 250, batchSize: 5, learningRate: 3e-3, dropout: 0, warmupSteps: 5 },
      ...{ evalSteps: 1000, saveSteps: 1000 },
    });
    const { losses } = await sitThrough(trainer, data);
    expect(losses.get(trainer.totalSteps)).toBeLessThan(0.05);
    trainer.dispose();
  }
});

it.each(variants)('resumes bit for bit: %s', async (_, config, several, base) => {
  const data = topicRows(several);
  const whole = await make(data, config, base);
  const through = await sitThrough(whole, data, { until: 9 });
  const wanted = await weightHash((await whole.weights()).tensors);
  for (const step of [3, 7]) {
    const kept = structuredClone(through.saved.get(step)!);
    const resumed = await make(data, config, base);
    await resumed.restore(kept.state, kept.loop.step, kept.pins);
    const rest = await sitThrough(resumed, data, { from: kept.loop, until: 9 });
    expect(await weightHash((await resumed.weights()).tensors)).toBe(wanted);
    for (const [at, loss] of rest.losses) expect(loss).toBe(through.losses.get(at));
    resumed.dispose();
  }
  const other = await make(data, config, base, 2);
  await sitThrough(other, data, { until: 9 });
  // The optimum of a convex loss is the same whatever the seed.
  expect((await weightHash((await other.weights()).tensors)) === wanted).toBe(config['freeze'] === 'encoder');
  whole.dispose();
  other.dispose();
});

describe('what is frozen', () => {
  const namesAfter = async (config: Record<string, unknown>): Promise<TensorMap> => {
    const data = topicRows();
    const trainer = await make(data, config);
    await sitThrough(trainer, data, { until: 4 });
    const { tensors } = await trainer.weights();
    trainer.dispose();
    return tensors;
  };

  it('is not among what is kept, whatever it is', async () => {
    const layers = (tensors: TensorMap): string[] => [
      ...new Set(
        Object.keys(tensors).map((name) => /layer\.\d|embeddings|pooler|classifier|lora/.exec(name)?.[0] ?? name),
      ),
    ];
    expect(layers(await namesAfter({})).sort()).toEqual(
      ['base.hash', 'classifier', 'embeddings', 'layer.0', 'layer.1', 'pooler'].sort(),
    );
    expect(layers(await namesAfter({ freeze: 'embeddings' }))).not.toContain('embeddings');
    expect(layers(await namesAfter({ freezeLayers: 1 })).sort()).toEqual(
      ['base.hash', 'classifier', 'layer.1', 'pooler'].sort(),
    );
    const thin = Object.keys(await namesAfter({ lora: { rank: 2, alpha: 4, dropout: 0, targets: ['value'] } }));
    expect(thin.filter((name) => !/^(pooler|classifier|base)\./.test(name)).sort()).toEqual(
      [0, 1].flatMap((layer) =>
        ['A', 'B'].map((matrix) => `encoder.layer.${layer}.attention.self.value.lora_${matrix}.weight`),
      ),
    );
  });

  it('lets lower layers learn slower with layer decay', async () => {
    const plain = await namesAfter({ weightDecay: 0 });
    const decayed = await namesAfter({ weightDecay: 0, layerDecay: 0.1 });
    const moved = (tensors: TensorMap): number => {
      const { data } = tensors['encoder.layer.0.output.dense.weight']!;
      const before = plain['encoder.layer.0.output.dense.weight']!.data;
      return Math.max(...Array.from(data, (value, i) => Math.abs(value - before[i]!)));
    };
    expect(moved(decayed)).toBeGreaterThan(1e-5);
  });
});

describe('a stored model', () => {
  it.each([
    ['one label', false, {}],
    ['several labels', true, {}],
    ['several labels, frozen', true, { freeze: 'encoder' }],
    ['one label from few examples', false, { fewShot: 4 }],
    ['one label with LoRA', false, { lora: { rank: 2, alpha: 4, dropout: 0, targets: ['query', 'value'] } }],
  ])('answers as the trainer did: %s', async (_, several, config) => {
    const data = topicRows(several);
    const trainer = await make(data, { ...config, learningRate: 5e-3 });
    await sitThrough(trainer, data, { until: 12 });
    const texts = data.splits.test.texts.slice(0, 9);
    const asked = await trainer.score(texts);
    const weights = await trainer.weights();
    trainer.dispose();
    forgetBases();
    const predictor = await training.load(weights, {
      ...{ labels: data.labels, multiLabel: several, backend: 'wasm', device },
    });
    const answered = await predictor.score(texts);
    asked.values.forEach((value, i) => expect(Math.abs(value - answered.values[i]!)).toBeLessThan(1e-6));
    const [first] = await predictor.predict(['Hello, I forgot my PIN'], { topK: 2, evidence: true });
    expect(first!.scores).toHaveLength(2);
    for (const { term, start, end, weight } of first!.evidence!) {
      expect('Hello, I forgot my PIN'.slice(start, end)).toBe(term);
      expect(weight).toSatisfy(Number.isFinite);
    }
    expect(first!.evidence!.map(({ term }) => term)).toEqual(['Hello', ',', 'I', 'forgot', 'my', 'PIN']);
    const [vector] = await predictor.embed!(['a card']);
    expect(vector).toHaveLength(32);
    predictor.dispose();
  });

  it('says by name when its base is gone', async () => {
    const data = topicRows();
    const trainer = await make(data, {}, 'distilbert');
    const weights = await trainer.weights();
    trainer.dispose();
    await markBase(baseOf('distilbert').id, Date.now());
    forgetBases();
    const load = training.load(weights, { labels: data.labels, multiLabel: false, backend: 'wasm', device });
    await expect(load).rejects.toThrow(/tiny distilbert.*not here any more/);
    await markBase(baseOf('distilbert').id, null);
  });
});
