// The files of a stored base, read in slices out of their blocks. The block read last is kept: tensors follow each other.
import type { Base } from '../../src/contract/bases';
import { baseBlockBytes, getBaseBlock } from '../../src/storage/bases';
import type { FolderFile } from './folder-files';

export function storedFiles(base: Base): FolderFile[] {
  let last: { name: string; block: number; bytes: Uint8Array<ArrayBuffer> } | null = null;
  const read = async (name: string, block: number): Promise<Uint8Array> => {
    if (last?.name !== name || last.block !== block)
      last = { name, block, bytes: await getBaseBlock(base.id, name, block) };
    return last.bytes;
  };
  return base.files.map(({ name, bytes }) => ({
    path: name,
    bytes,
    async slice(start, end) {
      const out = new Uint8Array(end - start);
      for (let block = Math.floor(start / baseBlockBytes); block * baseBlockBytes < end; block++) {
        const from = block * baseBlockBytes;
        const part = (await read(name, block)).subarray(Math.max(0, start - from), end - from);
        out.set(part, Math.max(0, from - start));
      }
      return out;
    },
  }));
}
