// pytorch_model.bin read as if it were model.safetensors: the same bytes behind a header made here. What is kept of a base
// is that file, so a pickle is opened once, when it is added.
import { FormatError, LimitError, UnsupportedError } from '../../src/contract/errors';
import { readTorchCheckpoint, type TorchTensor } from '../../src/formats/torch-checkpoint';
import type { FolderFile } from './folder-files';
import { conversionAdvice, findWeights, type Weights } from './weight-files';

/** Null where there is no such file. FormatError or UnsupportedError with the advice that mends it. */
export async function weightsOfTorch(files: ReadonlyMap<string, FolderFile>, root: string): Promise<Weights | null> {
  const file = files.get(`${root}pytorch_model.bin`);
  if (!file) return null;
  try {
    if (!file.blob) throw new UnsupportedError(`${file.path} must be a file of its own.`);
    const tensors = await readTorchCheckpoint(file.path, file.blob);
    const made = asSafetensors(`${root}model.safetensors`, file, tensors);
    return await findWeights(new Map([[made.path, made]]), root);
  } catch (cause) {
    if (!(cause instanceof FormatError || cause instanceof UnsupportedError || cause instanceof LimitError))
      throw cause;
    const said = cause.message.startsWith(file.path) ? cause.message : `${file.path}: ${cause.message}`;
    if (cause instanceof UnsupportedError)
      throw new UnsupportedError(`${said} Convert it once. ${conversionAdvice}`, { cause });
    throw new FormatError(said, { cause });
  }
}

/** The tensors one after another behind a safetensors header; slices read through to the file. */
function asSafetensors(path: string, file: FolderFile, tensors: ReadonlyMap<string, TorchTensor>): FolderFile {
  const entries: [string, unknown][] = [['__metadata__', { format: 'pt' }]];
  const parts: { from: number; start: number; end: number }[] = [];
  let at = 0;
  for (const [name, { dtype, shape, start, end }] of tensors) {
    entries.push([name, { dtype, shape, data_offsets: [at, at + end - start] }]);
    parts.push({ from: at, start, end });
    at += end - start;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const head = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(json, 8);
  return {
    path,
    bytes: head.length + at,
    async slice(from, to) {
      const out = new Uint8Array(to - from);
      out.set(head.subarray(from, to));
      for (const part of parts) {
        const base = head.length + part.from;
        const first = Math.max(from, base);
        const last = Math.min(to, base + part.end - part.start);
        if (first < last) out.set(await file.slice(part.start + first - base, part.start + last - base), first - from);
      }
      return out;
    },
  };
}
