// A folder that has its weights as ONNX only: which of its exports is kept, and what config.json says of the model. The file
// itself is looked into by the runtime alone (onnx.ts).
import type { BaseShape } from '../../src/contract/bases';
import { UnsupportedError } from '../../src/contract/errors';
import type { FolderFile } from './folder-files';
import type { FolderParts, ReadFolder } from './read-folder';

/** Quantised ones first: a quarter of the size for nearly the same vectors. */
const preferred = ['model_quantized', 'model_int8', 'model_uint8', 'model', 'model_fp16'].flatMap((name) => [
  `onnx/${name}.onnx`,
  `${name}.onnx`,
]);

/** The one export that is kept; null where there is none. UnsupportedError where its weights lie in a second file. */
export function chosenOnnx(files: ReadonlyMap<string, FolderFile>): FolderFile | null {
  const all = [...files.values()].filter(({ path }) => path.endsWith('.onnx')).sort((a, b) => a.bytes - b.bytes);
  const chosen = preferred.map((name) => files.get(name)).find((file) => file !== undefined) ?? all[0];
  const second = ['_data', '.data'].map((end) => `${chosen?.path}${end}`).find((path) => files.has(path));
  if (second !== undefined)
    throw new UnsupportedError(
      `This folder keeps the weights of ${chosen?.path} in a second file (${second}), which is not read. Take an export in one file, or one with model.safetensors.`,
    );
  return chosen ?? null;
}

/** All but the list of files. What config.json does not say is 0. */
export function readOnnxFolder(
  { config, layout, tokenizer: { tokenizer, settings } }: Omit<FolderParts, 'weights'>,
  architecture: string,
): Omit<ReadFolder, 'files'> {
  const first = (...names: string[]): number => {
    const value = names.map((name) => config[name]).find((one) => Number.isSafeInteger(one));
    return typeof value === 'number' && value > 0 ? value : 0;
  };
  const longest = [first('max_position_embeddings', 'n_positions'), Number(settings['model_max_length'])].filter(
    (length) => Number.isSafeInteger(length) && length > 0 && length < 1e6,
  );
  const shape: BaseShape = {
    hidden: first('hidden_size', 'dim', 'd_model'),
    layers: first('num_hidden_layers', 'n_layers'),
    heads: first('num_attention_heads', 'n_heads'),
    vocabulary: first('vocab_size') || tokenizer.vocabularySize,
    maxLength: Math.min(layout.maxLength ?? 512, ...longest),
  };
  return { kind: 'onnx', architecture, parameters: 0, shape, load: null };
}
