// pytorch_model.bin of PyTorch 1.6 and later: a zip of a pickle and one plain file a storage. Gives where each tensor
// lies; runs nothing and copies nothing. Older files, and tensors that are not laid out row by row, are refused.
import { FormatError, LimitError, UnsupportedError } from '../contract/errors';
import {
  mostPickleBytes,
  PickleCall,
  PickleDict,
  PickleGlobal,
  PicklePersistent,
  readPickle,
  type PickleValue,
} from './pickle';
import { safetensorTypes, type SafetensorType } from './safetensors';
import { isZip, readZipDirectory, type ZipEntry } from './zip';

/** A tensor's bytes lie at `start` to `end` of the file, row by row. */
export interface TorchTensor {
  dtype: SafetensorType;
  shape: number[];
  start: number;
  end: number;
}

const storages: Readonly<Record<string, SafetensorType>> = {
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.DoubleStorage': 'F64',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};
const rebuildTensor = 'torch._utils._rebuild_tensor_v2';
const rebuildParameter = 'torch._utils._rebuild_parameter';
const allowed = new Set(['collections.OrderedDict', rebuildTensor, rebuildParameter, ...Object.keys(storages)]);

/** Tensors by name. FormatError or UnsupportedError says why there are none; the message begins with the file's name. */
export async function readTorchCheckpoint(name: string, file: Blob): Promise<Map<string, TorchTensor>> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  if (!isZip(head)) throw new UnsupportedError(`${name} is of PyTorch before 1.6, or no weights at all.`);
  const entries = await readZipDirectory(name, file);
  const list = entries.find((entry) => /(^|\/)data\.pkl$/.test(entry.name));
  if (!list) throw new FormatError(`${name} is a zip archive without data.pkl, so it holds no weights.`);
  const root = list.name.slice(0, -'data.pkl'.length);
  const starts = new Map<string, { start: number; bytes: number }>();
  const placeOf = async (entryName: string) => {
    const known = starts.get(entryName);
    if (known) return known;
    const entry = entries.find((one) => one.name === root + entryName);
    if (!entry) throw new FormatError(`${name} lacks its part ${entryName}. Download it again.`);
    const place = { start: await startOf(name, file, entry), bytes: entry.unpackedBytes };
    if (place.start + place.bytes > file.size)
      throw new FormatError(`${name} is cut short: its part ${entryName} goes on behind the end. Download it again.`);
    starts.set(entryName, place);
    return place;
  };
  const bytesOf = async (entryName: string) => {
    const { start, bytes } = await placeOf(entryName);
    if (bytes > mostPickleBytes)
      throw new LimitError(`${name}: its part ${entryName} has ${bytes} bytes; that is no model.`);
    return new Uint8Array(await file.slice(start, start + bytes).arrayBuffer());
  };
  if (entries.some((entry) => entry.name === `${root}byteorder`)) {
    const order = new TextDecoder().decode(await bytesOf('byteorder'));
    if (order !== 'little')
      throw new UnsupportedError(`${name} was written on a computer with another order of bytes.`);
  }
  const tensors = new Map<string, TorchTensor>();
  for (const [tensor, value] of stateOf(name, readPickle(await bytesOf('data.pkl'), allowed))) {
    const { dtype, key, offset, shape, stride } = describe(name, tensor, value);
    if (!isRowByRow(shape, stride))
      throw new UnsupportedError(`${name}: "${tensor}" is not laid out row by row (strides ${stride.join(', ')}).`);
    const width = safetensorTypes[dtype];
    const storage = await placeOf(`data/${key}`);
    const length = shape.reduce((product, dim) => product * dim, width);
    if (offset * width + length > storage.bytes)
      throw new FormatError(`${name}: "${tensor}" is larger than the part of the file it lies in. Download it again.`);
    const start = storage.start + offset * width;
    tensors.set(tensor, { dtype, shape, start, end: start + length });
  }
  return tensors;
}

/** Where an entry's bytes begin. They must lie plain in the archive, as PyTorch writes them. */
async function startOf(name: string, file: Blob, entry: ZipEntry): Promise<number> {
  if (entry.method !== 0 || entry.encrypted)
    throw new UnsupportedError(`${name} is packed, which PyTorch does not do with weights.`);
  const header = new DataView(await file.slice(entry.headerAt, entry.headerAt + 30).arrayBuffer());
  if (header.byteLength < 30 || header.getUint32(0, true) !== 0x04034b50)
    throw new FormatError(`${name}: ${entry.name} is not where the archive says. Download it again.`);
  return entry.headerAt + 30 + header.getUint16(26, true) + header.getUint16(28, true);
}

/** The state dictionary: the value itself, or what a training loop put under "state_dict" or "model". */
function* stateOf(name: string, value: PickleValue): Generator<[string, PickleValue]> {
  if (!(value instanceof PickleDict)) throw new FormatError(`${name} holds no dictionary of tensors.`);
  const inner = value.entries.get('state_dict') ?? value.entries.get('model');
  const state = inner instanceof PickleDict ? inner : value;
  for (const [key, tensor] of state.entries) if (typeof key === 'string') yield [key, tensor];
}

interface Described {
  dtype: SafetensorType;
  key: string;
  offset: number;
  shape: number[];
  stride: number[];
}

function describe(name: string, tensor: string, value: PickleValue): Described {
  const refused = (): FormatError => new FormatError(`${name}: "${tensor}" is not a plain tensor.`);
  // One level: a pickle may hold itself, and a parameter of a parameter is none.
  const made = value instanceof PickleCall && value.name === rebuildParameter ? value.args[0] : value;
  if (!(made instanceof PickleCall) || made.name !== rebuildTensor) throw refused();
  const [storage, offset, shape, stride] = made.args;
  const id = storage instanceof PicklePersistent ? storage.id : null;
  const [what, type, key] = Array.isArray(id) ? id : [];
  const dtype = type instanceof PickleGlobal ? storages[type.name] : undefined;
  if (what !== 'storage' || !dtype || typeof key !== 'string' || !isCount(offset)) throw refused();
  if (!isCounts(shape) || !isCounts(stride) || shape.length !== stride.length) throw refused();
  return { dtype, key, offset, shape, stride };
}

function isRowByRow(shape: readonly number[], stride: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);
