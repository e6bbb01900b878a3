// TF.js layers models: model.json (topology and weight manifest) beside one file of weights. Only written here;
// what a network looks like is the caller's, in Keras' words.

export interface LayersWeight {
  /** "<layer>/<weight>", as Keras names them: kernel, bias, embeddings. */
  name: string;
  shape: number[];
  data: Float32Array;
}

export interface KerasLayer {
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  /** Names of the layers it takes its inputs from, in order. */
  inputs: string[];
}

export interface LayersModel {
  name: string;
  layers: KerasLayer[];
  inputs: string[];
  outputs: string[];
  weights: LayersWeight[];
  /** Kept as `userDefinedMetadata`. */
  metadata: Record<string, unknown>;
}

const weightsFile = 'weights.bin';

/** The two files of a functional model. Weights are little-endian floats in the order given. */
export function writeLayersModel(model: LayersModel): { path: string; bytes: Uint8Array }[] {
  const layers = model.layers.map(({ name, class_name, config, inputs }) => ({
    name,
    class_name,
    config: { name, trainable: true, ...config },
    inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
  }));
  const ends = (names: string[]): unknown[] => names.map((name) => [name, 0, 0]);
  const json = {
    format: 'layers-model',
    generatedBy: 'Trainyard',
    convertedBy: null,
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: {
        class_name: 'Model',
        config: { name: model.name, layers, input_layers: ends(model.inputs), output_layers: ends(model.outputs) },
      },
    },
    weightsManifest: [
      {
        paths: [weightsFile],
        weights: model.weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
    userDefinedMetadata: model.metadata,
  };
  return [
    { path: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) },
    { path: weightsFile, bytes: floatsOf(model.weights) },
  ];
}

function floatsOf(weights: LayersWeight[]): Uint8Array {
  const count = weights.reduce((sum, { data }) => sum + data.length, 0);
  const bytes = new Uint8Array(count * 4);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { data } of weights) for (const value of data) view.setFloat32(4 * at++, value, true);
  return bytes;
}
