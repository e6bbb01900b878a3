// A classifier on a transformer taken away as folders: read again as a base, a folder holds the head that was trained and
// gives what the model gave; LoRA is merged in one format and apart in the other.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels } from '../../../../scripts/wasm-node.mjs';
import type { Device } from '../../../../workers/backends/device';
import { openWasmDevice } from '../../../../workers/backends/wasm-device';
import { addBase } from '../../../../workers/bases/add-base';
import { folderFiles } from '../../../../workers/bases/folder-files';
import { asFiles, tinyConfig, tinyFolder } from '../../../../workers/bases/testing/tiny-folder';
import { prepareTrainer, sitThrough, topicRows } from '../../../../workers/testing/classifier-rows';
import type { Base } from '../../../contract/bases';
import { readSafetensors, toFloat32 } from '../../../formats/safetensors';
import { training } from '../train';

let device: Device;
let base: Base;

beforeAll(async () => {
  device = await openWasmDevice({ load: loadKernels, threads: 1 });
  base = await added(tinyFolder(tinyConfig), 'tiny');
});
afterAll(() => device.dispose());

async function added(files: Map<string, Uint8Array<ArrayBuffer> | string>, name: string): Promise<Base> {
  const folder = await folderFiles(asFiles(files, `${name}/`));
  return addBase({ files: folder.files, name, source: { from: 'folder' } });
}

const settings = { epochs: 1, batchSize: 8, learningRate: 3e-3, evalSteps: 50, saveSteps: 50, warmupSteps: 0 };

async function trained(config: Record<string, unknown>, several = false) {
  const data = topicRows(several);
  const trainer = await prepareTrainer(data, device, { ...settings, base: base.id, ...config }, 1);
  try {
    await sitThrough(trainer, data);
    const weights = await trainer.weights();
    const { labels, multiLabel } = data;
    const texts = data.splits.train.texts.slice(0, 6);
    const predictor = await training.load(weights, { labels, multiLabel, backend: 'wasm', device });
    const scores = await predictor.score(texts);
    predictor.dispose();
    return { data, weights, texts, scores, about: { name: 'm', labels, multiLabel, version: 1 } };
  } finally {
    trainer.dispose();
  }
}

async function folderOf(format: string, model: Awaited<ReturnType<typeof trained>>) {
  const files = await training.exportFiles(format, model.weights, model.about);
  return new Map(files.map(({ path, bytes }) => [path, new Uint8Array(bytes)]));
}
const jsonOf = (files: Map<string, Uint8Array>, name: string): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(files.get(name))) as Record<string, unknown>;

describe.each([
  ['whole', {}, false],
  ['with LoRA', { lora: { rank: 2, alpha: 4, dropout: 0, targets: ['query', 'value'] } }, false],
  ['several labels', {}, true],
] as const)('a classifier trained %s', (_name, config, several) => {
  it('comes back from its Hugging Face folder with the same answers', async () => {
    const model = await trained(config, several);
    const files = await folderOf('hf', model);
    const written = jsonOf(files, 'config.json');
    expect(written['architectures']).toEqual(['BertForSequenceClassification']);
    expect(Object.values(written['id2label'] as object)).toEqual(model.about.labels);
    expect(written['problem_type']).toBe(several ? 'multi_label_classification' : 'single_label_classification');
    const again = await added(files, `taken ${_name}`);
    expect(again.labels).toEqual(model.about.labels);
    // No step is made: the head of the folder answers as it came.
    const data = { ...model.data };
    const trainer = await prepareTrainer(data, device, { ...settings, base: again.id }, 2);
    try {
      const { values } = await trainer.score(model.texts);
      values.forEach((value, i) => expect(Math.abs(value - model.scores.values[i]!)).toBeLessThan(1e-5));
    } finally {
      trainer.dispose();
    }
  });
});

describe('other formats', () => {
  it('gives what LoRA learned beside the base, in the names of PEFT', async () => {
    const model = await trained({ lora: { rank: 2, alpha: 4, dropout: 0, targets: ['query', 'value'] } });
    const files = await folderOf('peft', model);
    expect(jsonOf(files, 'adapter_config.json')).toMatchObject({ peft_type: 'LORA', task_type: 'SEQ_CLS', r: 2 });
    expect(jsonOf(files, 'labels.json')).toMatchObject({ labels: model.about.labels });
    const { tensors } = readSafetensors(files.get('adapter_model.safetensors')!);
    const names = [...tensors.keys()];
    expect(names).toContain('base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight');
    expect(names).toContain('base_model.model.classifier.weight');
    const b = tensors.get('base_model.model.bert.encoder.layer.1.attention.self.value.lora_B.weight')!;
    expect(toFloat32('b', b).some((value) => value !== 0)).toBe(true);
  });

  it('gives a fitted head as a layer over unit vectors', async () => {
    const model = await trained({ freeze: 'encoder' });
    const files = await folderOf('sentence-transformers', model);
    expect((JSON.parse(new TextDecoder().decode(files.get('modules.json'))) as unknown[]).length).toBe(4);
    const { tensors } = readSafetensors(files.get('3_Dense/model.safetensors')!);
    expect(tensors.get('linear.weight')!.shape).toEqual([model.about.labels.length, 8]);
    await expect(folderOf('hf', model)).rejects.toMatchObject({ name: 'UnsupportedError' });
  });
});
