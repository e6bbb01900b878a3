// Files of a trained classifier that others can open: the network as a TF.js layers model or as safetensors,
// each with the vocabulary and a script that answers without any package.
import { UnsupportedError } from '../../contract/errors';
import type { TensorMap } from '../../contract/records';
import { writeSafetensors } from '../../formats/safetensors';
import { writeLayersModel, type KerasLayer, type LayersWeight } from '../../formats/tfjs-layers';
import type { TaskTraining } from '../task';
import type { ModelBase } from './stored-base';
import tokenizersScript from '../../../node_modules/@huggingface/tokenizers/dist/tokenizers.min.mjs?raw';
import predictScript from './export/predict.mjs?raw';
import { featureVersion, wordPatternSource } from './features';
import { readModel, type ClassifierModel } from './model';
import { textLength } from './pieces';
import { denseShapes, piecesName } from './shape';

type Files = { path: string; bytes: Uint8Array }[];
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

export const exportFiles: TaskTraining['exportFiles'] = async (format, weights, about) => {
  const model = readModel(weights);
  const shared: Files = [
    { path: 'tokenizer.json', bytes: encode(JSON.stringify(tokenizer(model, about))) },
    { path: 'predict.mjs', bytes: encode(predictScript) },
    ...(model.base ? pieceFiles(model.base) : []),
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

const howPieces =
  'Word-pieces of the base: ids by pieces.json (a Hugging Face tokenizer) without special tokens, at most pieces.maxLength. The share of each is pieces.length over the root of the sum of pieces.weights (float32, little-endian, base64) of the ids of the text. Sum of the rows of the table of pieces times their shares; it stands behind the mean of the features.';

/** The base's tokenizer and the library that reads it (Apache-2.0, as it says in its first lines). */
function pieceFiles({ pieces }: ModelBase): Files {
  const { tokenizer: json, config } = pieces.encoder.tokenizer.files;
  return [
    { path: 'pieces.json', bytes: encode(JSON.stringify({ tokenizer: json, config })) },
    { path: 'tokenizers.min.mjs', bytes: encode(tokenizersScript) },
  ];
}

function tokenizer(model: ClassifierModel, about: { name: string; labels: string[]; version: number }): unknown {
  const { hashes, settings } = model.vocabulary;
  return {
    format: 'trainyard-classifier-features',
    version: featureVersion,
    about: model.base ? [...howTo, howPieces] : howTo,
    name: about.name,
    modelVersion: about.version,
    wordPattern: wordPatternSource,
    ...settings,
    labels: about.labels,
    multiLabel: model.shape.multiLabel,
    ...model.rule,
    hashes: base64(hashes),
    ...(model.base
      ? {
          pieces: {
            length: textLength,
            maxLength: model.base.pieces.encoder.maxLength,
            weights: base64(model.base.pieces.weights()),
          },
        }
      : {}),
  };
}

/**
 * Two inputs, both [texts, entries]: `ids` (rows of the vocabulary) and `shares`; unused places have share 0. With a base
 * two more of that kind, `pieceIds` and `pieceShares`.
 */
function layersModel(model: ClassifierModel, name: string): Files {
  const { shape, vocabulary, base } = model;
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
  const bag = (
    table: string,
    sum: string,
    [rows, size]: [number, number],
    [ids, shares]: [string, string],
  ): KerasLayer[] => [
    {
      name: table,
      class_name: 'Embedding',
      config: { input_dim: rows, output_dim: size, mask_zero: false, dtype: 'float32' },
      inputs: [ids],
    },
    {
      name: sum,
      class_name: 'Dot',
      config: { axes: [1, 1], normalize: false, dtype: 'float32' },
      inputs: [shares, table],
    },
  ];
  const layers: KerasLayer[] = [
    input('ids', 'int32'),
    input('shares', 'float32'),
    ...bag('embedding', 'text_vector', [vocabulary.size, vectorSize], ['ids', 'shares']),
  ];
  if (base)
    layers.push(
      input('pieceIds', 'int32'),
      input('pieceShares', 'float32'),
      ...bag(
        'pieces',
        'piece_vector',
        [base.pieces.encoder.vocabulary, base.pieces.dimensions],
        ['pieceIds', 'pieceShares'],
      ),
      {
        name: 'both_vectors',
        class_name: 'Concatenate',
        config: { axis: -1, dtype: 'float32' },
        inputs: ['text_vector', 'piece_vector'],
      },
    );
  const text = base ? 'both_vectors' : 'text_vector';
  if (hiddenSize > 0) layers.push(dense('hidden', hiddenSize, 'relu', text));
  const before = hiddenSize > 0 ? 'hidden' : text;
  layers.push(dense('output', labels, multiLabel ? 'sigmoid' : 'softmax', before));
  const weights: LayersWeight[] = [
    { name: 'embedding/embeddings', shape: [vocabulary.size, vectorSize], data: model.table },
    ...(base
      ? [
          {
            name: 'pieces/embeddings',
            shape: [base.pieces.encoder.vocabulary, base.pieces.dimensions],
            data: base.pieces.wholeTable(base.table),
          },
        ]
      : []),
    ...denseShapes(shape).map(([key, dims]) => ({
      name: key.replace('.weight', '/kernel').replace('.bias', '/bias'),
      shape: dims,
      data: model.dense[key]!,
    })),
  ];
  return writeLayersModel({
    name: name.replace(/[^A-Za-z0-9_]/g, '_'),
    layers,
    inputs: base ? ['ids', 'shares', 'pieceIds', 'pieceShares'] : ['ids', 'shares'],
    outputs: ['output'],
    weights,
    metadata: { tokenizer: 'tokenizer.json' },
  });
}

function safetensorsFiles(model: ClassifierModel, about: { name: string; labels: string[] }): Files {
  const { shape, vocabulary, base } = model;
  const tensors: TensorMap = {
    'embedding.weight': { shape: [vocabulary.size, shape.vectorSize], dtype: 'float32', data: model.table },
  };
  if (base)
    tensors[piecesName] = {
      shape: [base.pieces.encoder.vocabulary, base.pieces.dimensions],
      dtype: 'float32',
      data: base.pieces.wholeTable(base.table),
    };
  for (const [name, dims] of denseShapes(shape))
    tensors[name] = { shape: dims, dtype: 'float32', data: model.dense[name]! };
  const config = { architecture: 'embedding bag, mean; dense layers x · W + b, W as [in, out]', ...shape };
  return [
    { path: 'model.safetensors', bytes: writeSafetensors(tensors, { name: about.name }) },
    { path: 'config.json', bytes: encode(JSON.stringify({ ...config, labelNames: about.labels }, null, 2)) },
  ];
}

/** Little-endian. */
function base64(values: Int32Array | Float32Array): string {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  if (values instanceof Int32Array) values.forEach((value, i) => view.setInt32(4 * i, value, true));
  else values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
