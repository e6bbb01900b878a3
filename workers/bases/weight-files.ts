// The weights of a folder: model.safetensors, or shards with their index. Reads headers only and gives every tensor's
// place; values are read one tensor at a time, so a model is in memory once.
import { FormatError, LimitError, UnsupportedError } from '../../src/contract/errors';
import {
  readSafetensorsHeader,
  safetensorsHeaderEnd,
  toFloat32,
  type Safetensor,
  type TensorSpan,
} from '../../src/formats/safetensors';
import type { FolderFile } from './folder-files';
import { isObject, readJson } from './folder-json';

export interface Weights {
  /** Files the tensors lie in, and the index. */
  files: FolderFile[];
  /** By name: the place of a tensor, and its file. */
  tensors: Map<string, TensorSpan & { file: FolderFile }>;
}

const whole = 'model.safetensors';
const indexName = 'model.safetensors.index.json';
const shardName = /^model-(\d{5})-of-(\d{5})\.safetensors$/;
/** As 32-bit floats; what a tab of a browser can hold beside itself. */
const mostBytes = 2 * 1024 ** 3;

/** Null where the folder has no safetensors. Errors name the file and what is wrong with it. */
export async function findWeights(files: ReadonlyMap<string, FolderFile>, root: string): Promise<Weights | null> {
  const single = files.get(root + whole);
  const index = files.get(root + indexName);
  const shards = [...files.values()].filter(
    ({ path }) => path.startsWith(root) && shardName.test(path.slice(root.length)),
  );
  if (single) return openAll([single], []);
  if (index) return openIndex(index, files, root);
  return shards.length > 0 ? openAll(allShards(shards, root), []) : null;
}

/** Shards without their index: their names say how many there must be. */
function allShards(shards: readonly FolderFile[], root: string): FolderFile[] {
  const [first] = shards;
  const count = Number(shardName.exec(first!.path.slice(root.length))?.[2]);
  return Array.from({ length: count }, (_, i) => {
    const number = (n: number): string => String(n).padStart(5, '0');
    const path = `${root}model-${number(i + 1)}-of-${number(count)}.safetensors`;
    const found = shards.find((shard) => shard.path === path);
    if (found) return found;
    throw new FormatError(`${path} is missing: the weights are in ${count} files, and all are needed. Add it, too.`);
  });
}

async function openIndex(index: FolderFile, files: ReadonlyMap<string, FolderFile>, root: string): Promise<Weights> {
  const content = await readJson(index);
  const places = isObject(content) ? content['weight_map'] : undefined;
  if (!isObject(places)) throw new FormatError(`${index.path} has no "weight_map". Download it again.`);
  const named = new Map<string, FolderFile>();
  for (const [tensor, name] of Object.entries(places)) {
    const file = typeof name === 'string' ? files.get(root + name) : undefined;
    if (!file)
      throw new FormatError(
        `${index.path} says that "${tensor}" lies in ${root}${String(name)}, and that file is not there. Add it, too.`,
      );
    named.set(file.path, file);
  }
  const opened = await openAll([...named.values()], [index]);
  for (const [tensor, name] of Object.entries(places)) {
    const at = opened.tensors.get(tensor);
    if (at?.file.path === root + String(name)) continue;
    throw new FormatError(
      `${index.path} says that "${tensor}" lies in ${root}${String(name)}, and it is not in there. The files are of different downloads; get the folder again.`,
    );
  }
  return opened;
}

async function openAll(shards: readonly FolderFile[], more: readonly FolderFile[]): Promise<Weights> {
  const tensors: Weights['tensors'] = new Map();
  let floats = 0;
  for (const file of shards) {
    for (const [name, span] of (await headerOf(file)).tensors) {
      if (tensors.has(name)) throw new FormatError(`"${name}" is in two files of the weights: ${file.path} is one.`);
      tensors.set(name, { ...span, file });
      floats += span.shape.reduce((product, dim) => product * dim, 1);
    }
  }
  if (floats * 4 > mostBytes)
    throw new LimitError(
      `This model has ${floats.toLocaleString('en-GB')} numbers, and at most ${(mostBytes / 4).toLocaleString('en-GB')} fit here. Take a smaller one.`,
    );
  return { files: [...more, ...shards], tensors };
}

async function headerOf(file: FolderFile) {
  try {
    const head = await file.slice(0, Math.min(8, file.bytes));
    if (new TextDecoder().decode(head).startsWith('version'))
      throw new FormatError('it is a note of where the file lies (a Git LFS pointer), not the file');
    const end = safetensorsHeaderEnd(head, file.bytes);
    return readSafetensorsHeader(await file.slice(8, end), file.bytes);
  } catch (cause) {
    if (!(cause instanceof FormatError) && !(cause instanceof LimitError)) throw cause;
    throw new FormatError(`${file.path}: ${cause.message}`, { cause });
  }
}

/** The values of one tensor as 32-bit floats (F32, F16, BF16, F64). FormatError where it holds no weights. */
export async function readFloats(
  name: string,
  { file, ...span }: TensorSpan & { file: FolderFile },
): Promise<Float32Array> {
  return toFloat32(name, await readTensor({ file, ...span }));
}

/** One tensor as it lies in its file. */
export async function readTensor({
  file,
  dtype,
  shape,
  start,
  end,
}: TensorSpan & { file: FolderFile }): Promise<Safetensor> {
  return { dtype, shape, bytes: await file.slice(start, end) };
}

const conversion =
  'In Python: from transformers import AutoModel; AutoModel.from_pretrained("folder").save_pretrained("folder", safe_serialization=True)';

/** Why there are no weights to read, from what else lies in the folder. */
export function noWeights(files: ReadonlyMap<string, FolderFile>, root: string): Error {
  const has = (name: string): boolean => files.has(root + name);
  if (has('adapter_model.safetensors') || has('adapter_config.json'))
    return new UnsupportedError(
      'This folder holds a LoRA adapter, not a model. Merge it into its model first (PEFT: merge_and_unload), then drop that folder.',
    );
  const other = ['pytorch_model.bin.index.json', 'tf_model.h5', 'flax_model.msgpack', 'rust_model.ot'].find(has);
  if (other)
    return new UnsupportedError(
      `This folder has its weights as ${other} only, which is not read. Convert it once. ${conversion}`,
    );
  return new FormatError(
    `This folder has no weights: ${root}${whole} (or its shards with ${indexName}) is missing. Found: ${listed(files)}.`,
  );
}

export { conversion as conversionAdvice };

/** The first names of a folder, for a message. */
export function listed(files: ReadonlyMap<string, FolderFile>): string {
  const names = [...files.keys()].sort();
  return names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
}
