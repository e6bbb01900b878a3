// Writes what torch.save writes for a state dictionary (protocol 2, zip of plain entries), byte by byte: for tests.
import { zipSync } from 'fflate';

const text = new TextEncoder();

/** Instructions of a pickle, put together by hand. */
export const pickle = {
  join: (...parts: (number | Uint8Array | number[])[]): Uint8Array =>
    Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part]))),
  unicode(value: string): Uint8Array {
    const bytes = text.encode(value);
    const length = new Uint8Array(Uint32Array.of(bytes.length).buffer);
    return pickle.join(0x58, length, bytes);
  },
  int: (value: number): Uint8Array => pickle.join(0x4a, new Uint8Array(Int32Array.of(value).buffer)),
  global: (module: string, name: string): Uint8Array => pickle.join(0x63, text.encode(`${module}\n${name}\n`)),
  tuple: (...items: Uint8Array[]): Uint8Array => pickle.join(0x28, ...items, 0x74),
};

export interface TorchEntry {
  storage: string;
  shape: number[];
  stride: number[];
  bytes: Uint8Array;
  offset?: number;
}

/** One storage a tensor; `parameter` wraps each as nn.Parameter does. */
export function torchFile(
  tensors: Record<string, TorchEntry>,
  { parameter = false, level = 0 as 0 | 6, root = 'archive' } = {},
): Uint8Array<ArrayBuffer> {
  const { join, unicode, int, global, tuple } = pickle;
  const ordered = join(global('collections', 'OrderedDict'), 0x29, 0x52);
  const items = Object.entries(tensors).map(([name, { storage, shape, stride, bytes, offset = 0 }], i) => {
    const id = tuple(
      unicode('storage'),
      global('torch', storage),
      unicode(String(i)),
      unicode('cpu'),
      int(bytes.length),
    );
    const args = [
      join(id, 0x51),
      int(offset),
      tuple(...shape.map(int)),
      tuple(...stride.map(int)),
      Uint8Array.of(0x89),
    ];
    const tensor = join(global('torch._utils', '_rebuild_tensor_v2'), tuple(...args, ordered), 0x52);
    const whole = parameter
      ? join(global('torch._utils', '_rebuild_parameter'), tuple(tensor, Uint8Array.of(0x88), ordered), 0x52)
      : tensor;
    return join(unicode(name), 0x71, i, whole);
  });
  const metadata = join(0x7d, unicode('_metadata'), ordered, 0x73, 0x62);
  const list = join(0x80, 2, ordered, 0x71, 255, 0x28, ...items, 0x75, metadata, 0x2e);
  return torchArchive(
    list,
    Object.values(tensors).map(({ bytes }) => bytes),
    { level, root },
  );
}

/** The zip around a pickle and its storages. */
export function torchArchive(
  list: Uint8Array,
  storages: readonly Uint8Array[] = [],
  { level = 0 as 0 | 6, root = 'archive' } = {},
): Uint8Array<ArrayBuffer> {
  const entries: Record<string, Uint8Array> = {
    [`${root}/data.pkl`]: list,
    [`${root}/byteorder`]: text.encode('little'),
  };
  storages.forEach((bytes, i) => (entries[`${root}/data/${i}`] = bytes));
  return new Uint8Array(zipSync(entries, { level }));
}
