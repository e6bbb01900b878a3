// Files of a trained classifier that others can open: the network as a TF.js layers model or as safetensors,
// each with the vocabulary and a script that answers without any package.
import { UnsupportedError } from '../../contract/errors';
import type { TensorMap } from '../../contract/records';
import { writeSafetensors } from '../../formats/safetensors';
import { writeLayersModel, type KerasLayer, type LayersWeight } from '../../formats/tfjs-layers';
import type { TaskTraining } from '../task';
import predictScript from './export/predict.mjs?raw';
import { featureVersion, wordPatternSource } from './features';
import { readModel, type ClassifierModel } from './model';
import { denseShapes } from './shape';

type Files = { path: string; bytes: Uint8Array }[];
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

export const exportFiles: TaskTraining['exportFiles'] = async (format, weights, about) => {
  const model = readModel(weights);
  const shared: Files = [
    { path: 'tokenizer.json', bytes: encode(JSON.stringify(tokenizer(model, about))) },
    { path: 'predict.mjs', bytes: encode(predictScript) },
  ];
  if (format === 'tfjs') return [...layersModel(model, about.name), ...shared];
  if (format === 'safetensors') return [...safetensorsFiles(model, about), ...shared];
  throw new UnsupportedError(
    `A classifier can be taken away as tfjs or safetensors; "${format}" is not one of its formats.`,
  );
};

const howTo = [
  'Words: matches of wordPattern (JavaScript, flags gu), at most maxLength of them; each normalised (NFKC), in lower case, with ’ as a plain apostrophe.',
  'Hash: FNV-1a, 32 bits, over the UTF-16 units of a string, low byte before high byte. Offset 0x811c9dc5, prime 0x01000193, kept as a signed integer.',
  'Features of a text, in order, repeats counted: for each word hash("w" + word); then every run of subwords[0] to subwords[1] units of "<word>", shorter runs first, hash("p" + run); then, with wordPairs, hash("b" + before + " " + word), where before the first word stands "<". At the end, with wordPairs, hash("b" + last + " >").',
  'hashes (int32, little-endian, base64) ascend; the place of a hash is its row in the embedding. Features that are not in it are left out.',
  'Text vector: mean of the embedding rows of its known features, repeats counted (ids with shares that sum to 1). Then hidden layer with relu where there is one, then the output: softmax for one label, sigmoid for several.',
  "Several labels: a label holds from its threshold on (0.5 where there is none). With parents (the place of each label's parent, -1 at the top) a parent's probability is first raised to that of its children, and what stands above a label holds with it. With atLeastOne, where none holds, the one nearest to its threshold does.",
];

function tokenizer(model: ClassifierModel, about: { name: string; labels: string[]; version: number }): unknown {
  const { hashes, settings } = model.vocabulary;
  return {
    format: 'trainyard-classifier-features',
    version: featureVersion,
    about: howTo,
    name: about.name,
    modelVersion: about.version,
    wordPattern: wordPatternSource,
    ...settings,
    labels: about.labels,
    multiLabel: model.shape.multiLabel,
    ...model.rule,
    hashes: base64(hashes),
  };
}

/** Two inputs, both [texts, entries]: `ids` (rows of the vocabulary) and `shares`; unused places have share 0. */
function layersModel(model: ClassifierModel, name: string): Files {
  const { shape, vocabulary } = model;
  const { vectorSize, hiddenSize, labels, multiLabel } = shape;
  const dense = (layer: string, units: number, activation: string, input: string): KerasLayer => ({
    name: layer,
    class_name: 'Dense',
    config: { units, activation, use_bias: true, dtype: 'float32' },
    inputs: [input],
  });
  const input = (layer: string, dtype: string): KerasLayer => ({
    name: layer,
    class_name: 'InputLayer',
    config: { batch_input_shape: [null, null], dtype, sparse: false },
    inputs: [],
  });
  const layers: KerasLayer[] = [
    input('ids', 'int32'),
    input('shares', 'float32'),
    {
      name: 'embedding',
      class_name: 'Embedding',
      config: { input_dim: vocabulary.size, output_dim: vectorSize, mask_zero: false, dtype: 'float32' },
      inputs: ['ids'],
    },
    {
      name: 'text_vector',
      class_name: 'Dot',
      config: { axes: [1, 1], normalize: false, dtype: 'float32' },
      inputs: ['shares', 'embedding'],
    },
  ];
  if (hiddenSize > 0) layers.push(dense('hidden', hiddenSize, 'relu', 'text_vector'));
  const before = hiddenSize > 0 ? 'hidden' : 'text_vector';
  layers.push(dense('output', labels, multiLabel ? 'sigmoid' : 'softmax', before));
  const weights: LayersWeight[] = [
    { name: 'embedding/embeddings', shape: [vocabulary.size, vectorSize], data: model.table },
    ...denseShapes(shape).map(([key, dims]) => ({
      name: key.replace('.weight', '/kernel').replace('.bias', '/bias'),
      shape: dims,
      data: model.dense[key]!,
    })),
  ];
  return writeLayersModel({
    name: name.replace(/[^A-Za-z0-9_]/g, '_'),
    layers,
    inputs: ['ids', 'shares'],
    outputs: ['output'],
    weights,
    metadata: { tokenizer: 'tokenizer.json' },
  });
}

function safetensorsFiles(model: ClassifierModel, about: { name: string; labels: string[] }): Files {
  const { shape, vocabulary } = model;
  const tensors: TensorMap = {
    'embedding.weight': { shape: [vocabulary.size, shape.vectorSize], dtype: 'float32', data: model.table },
  };
  for (const [name, dims] of denseShapes(shape))
    tensors[name] = { shape: dims, dtype: 'float32', data: model.dense[name]! };
  const config = { architecture: 'embedding bag, mean; dense layers x · W + b, W as [in, out]', ...shape };
  return [
    { path: 'model.safetensors', bytes: writeSafetensors(tensors, { name: about.name }) },
    { path: 'config.json', bytes: encode(JSON.stringify({ ...config, labelNames: about.labels }, null, 2)) },
  ];
}

function base64(values: Int32Array): string {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setInt32(4 * i, value, true));
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
