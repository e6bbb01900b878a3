// Checks a model's folder, dropped, downloaded or stored: what it is, which of its files are used, and that they fit
// together. Reads the small files and the headers of the large ones; `load` reads the weights. Every refusal names its piece.
import type { BaseKind, BaseShape } from '../../src/contract/bases';
import { FormatError } from '../../src/contract/errors';
import type { FolderFile } from './folder-files';
import { readJson, readObject, type JsonObject } from './folder-json';
import { readFolderTokenizer, type FolderTokenizer } from './folder-tokenizer';
import { areMadeUp, readLabelMap } from './label-map';
import { chosenOnnx, readOnnxFolder } from './onnx-folder';
import type { OpenedEncoder } from './opened-encoder';
import { readTableFolder } from './table-folder';
import { readSentenceLayout, type SentenceLayout } from './sentence-layout';
import { readStaticFolder, staticModelType } from './static-folder';
import { readTransformerFolder } from './transformer-folder';
import { findWeights, listed, noWeights, type Weights } from './weight-files';
import { weightsOfTorch } from './torch-weights';

/** What the parts of a folder are read from and into. */
export interface FolderParts {
  config: JsonObject;
  layout: SentenceLayout;
  tokenizer: FolderTokenizer;
  weights: Weights;
}

/** A folder that fits together. */
export interface ReadFolder {
  kind: BaseKind;
  architecture: string;
  parameters: number;
  shape: BaseShape;
  labels?: string[];
  /** The files that are used, with those made here: what is kept. Paths as the folder has them. */
  files: FolderFile[];
  /** Reads the weights. Null for ONNX, which is run by another runtime. */
  load: (() => Promise<OpenedEncoder>) | null;
}

/** FormatError, LimitError or UnsupportedError says which file is missing, broken, or of another model. */
export async function readFolder(given: readonly FolderFile[]): Promise<ReadFolder> {
  const files = new Map(given.map((file) => [file.path, file]));
  const layout = await readSentenceLayout(files);
  const { root } = layout;
  if (layout.staticTable) return readTableFolder(files, layout);
  const configFile = files.get(`${root}config.json`);
  if (!configFile)
    throw new FormatError(
      `This folder has no ${root}config.json, which says what kind of model it is. Found: ${listed(files) || 'nothing'}. Drop the whole folder of the model.`,
    );
  const labelFile = files.get(`${root}label_map.json`);
  const config = withLabels((await readObject(configFile))!, labelFile && (await readJson(labelFile)));
  const used = [configFile, ...layout.files, ...(labelFile ? [labelFile] : [])];
  const architecture = config['model_type'];
  if (typeof architecture !== 'string')
    throw new FormatError(`${configFile.path} has no "model_type", so what kind of model it is cannot be known.`);
  const weights = (await findWeights(files, root)) ?? (await weightsOfTorch(files, root));
  if (!weights) {
    const onnx = chosenOnnx(files);
    if (!onnx) throw noWeights(files, root);
    const tokenizer = await readFolderTokenizer(files, root, architecture);
    const folder = readOnnxFolder({ config, layout, tokenizer }, architecture);
    return { ...folder, files: [...used, ...tokenizer.files, onnx] };
  }
  const parts = { config, layout, weights };
  const kept = [...used, ...weights.files];
  if (architecture === staticModelType) {
    const tokenizer = await readFolderTokenizer(files, root, architecture);
    return { ...readStaticFolder({ ...parts, tokenizer }), files: [...kept, ...tokenizer.files] };
  }
  const read = readTransformerFolder(parts, () => readFolderTokenizer(files, root, architecture));
  const { tokenizer, ...folder } = await read;
  return { ...folder, files: [...kept, ...tokenizer.files] };
}

/** The config with the names of label_map.json, where it has none of its own. */
function withLabels(config: JsonObject, labelMap: unknown): JsonObject {
  if (labelMap === undefined) return config;
  const labels = readLabelMap(labelMap);
  const own = config['id2label'];
  const names = typeof own === 'object' && own !== null ? Object.values(own).map(String) : [];
  if (!areMadeUp(names)) return config;
  if (names.length > 0 && names.length !== labels.length)
    throw new FormatError(
      `label_map.json names ${labels.length} labels, and config.json has ${names.length}. One of them is of another model; take it away or replace it.`,
    );
  return { ...config, id2label: { ...labels } };
}
