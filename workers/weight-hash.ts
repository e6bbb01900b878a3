// One number for a model: SHA-256 over all weights in name order, each as its little-endian bytes. Names and
// shapes are not part of it; the same weights give the same hash on every machine.
import type { TensorMap } from '../src/contract/records';
import { hexOf, sha256 } from '../src/lib/hash';

export async function weightHash(tensors: TensorMap): Promise<string> {
  const names = Object.keys(tensors).sort((a, b) => (a < b ? -1 : 1));
  const size = names.reduce((sum, name) => sum + tensors[name]!.data.byteLength, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const name of names) {
    const { data } = tensors[name]!;
    bytes.set(littleEndian(data), at);
    at += data.byteLength;
  }
  return hexOf(await sha256(bytes));
}

const hostIsLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The bytes of a typed array, turned where the machine is big-endian. */
export function littleEndian(data: TensorMap[string]['data']): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (hostIsLittle || data.BYTES_PER_ELEMENT === 1) return bytes;
  const turned = bytes.slice();
  for (let i = 0; i < turned.length; i += data.BYTES_PER_ELEMENT)
    turned.subarray(i, i + data.BYTES_PER_ELEMENT).reverse();
  return turned;
}
