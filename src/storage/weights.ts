// Heavy bytes: model weights and checkpoint states, apart from the records that list them. No record is larger than browsers
// take (Chromium refuses 128 MB): what is larger lies in parts, under the id with a slash and a number behind it.
import { NotFoundError } from '../contract/errors';
import type { TensorMap, TensorRecord, WeightsRecord } from '../contract/records';
import { openStudio } from './open';

/** The object store of weights, within a transaction that writes. */
export interface WeightsStore {
  put(record: WeightsRecord): Promise<unknown>;
  delete(key: string | IDBKeyRange): Promise<void>;
}

/** Bytes of one record, at most. */
const mostBytes = 48 * 1024 * 1024;

export async function getWeights(id: string): Promise<WeightsRecord> {
  const found = await findWeights(id);
  if (!found)
    throw new NotFoundError(
      `The weights "${id}" are not stored any more. Train again, or restore a backup that holds them.`,
    );
  return found;
}

/** As they were put; undefined where they are not there, or a part of them is not. */
export async function findWeights(id: string): Promise<WeightsRecord | undefined> {
  const tx = (await openStudio()).transaction('weights', 'readonly');
  const first = await tx.store.get(id);
  if (!first?.parts) return first;
  const all: [string, TensorRecord][] = Object.entries(first.tensors);
  for (let part = 1; part <= first.parts; part++) {
    const found = await tx.store.get(`${id}/${part}`);
    if (!found) return undefined;
    all.push(...Object.entries(found.tensors));
  }
  const { parts: _parts, cut = {}, ...rest } = first;
  return { ...rest, tensors: joined(all, cut) };
}

/** Puts the record, in parts where it is large, inside a transaction that writes more. */
export async function putWeights(store: WeightsStore, record: WeightsRecord): Promise<void> {
  const { pieces, cut } = cutTensors(record.tensors);
  const groups: [string, TensorRecord][][] = [[]];
  let bytes = 0;
  for (const [name, tensor] of pieces) {
    if (bytes > 0 && bytes + tensor.data.byteLength > mostBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push([name, tensor]);
    bytes += tensor.data.byteLength;
  }
  const [own, ...others] = groups.map((group): TensorMap => Object.fromEntries(group));
  const parts = others.length > 0 ? { parts: others.length, cut } : {};
  await store.put({ ...record, tensors: own!, ...parts });
  const { runId } = record;
  for (const [i, tensors] of others.entries())
    await store.put({ id: `${record.id}/${i + 1}`, ...(runId === undefined ? {} : { runId }), tensors, meta: {} });
}

/** Deletes the record and its parts. */
export async function deleteWeights(store: WeightsStore, id: string): Promise<void> {
  await Promise.all([store.delete(id), store.delete(partsOf(id))]);
}

/** Keys of the parts behind the first record. */
export const partsOf = (id: string): IDBKeyRange => IDBKeyRange.bound(`${id}/`, `${id}/\uffff`);

/** Tensors that are larger than a record, as flat pieces; `cut` keeps their shapes by name. */
function cutTensors(tensors: TensorMap): { pieces: [string, TensorRecord][]; cut: Record<string, number[]> } {
  const cut: Record<string, number[]> = {};
  const pieces = Object.entries(tensors).flatMap(([name, tensor]): [string, TensorRecord][] => {
    const { data, shape, dtype } = tensor;
    if (data.byteLength <= mostBytes) return [[name, tensor]];
    cut[name] = shape;
    const words = Math.floor(mostBytes / data.BYTES_PER_ELEMENT);
    return Array.from({ length: Math.ceil(data.length / words) }, (_, i) => {
      const piece = data.slice(i * words, (i + 1) * words);
      return [`${name}#${i}`, { shape: [piece.length], dtype, data: piece }];
    });
  });
  return { pieces, cut };
}

const made: Record<TensorRecord['dtype'], (length: number) => TensorRecord['data']> = {
  float32: (length) => new Float32Array(length),
  float64: (length) => new Float64Array(length),
  int32: (length) => new Int32Array(length),
  uint8: (length) => new Uint8Array(length),
};

function joined(pieces: [string, TensorRecord][], cut: Readonly<Record<string, number[]>>): TensorMap {
  const all = new Map(pieces);
  for (const [name, shape] of Object.entries(cut)) {
    const first = all.get(`${name}#0`)!;
    const whole = made[first.dtype](shape.reduce((product, size) => product * size, 1));
    for (let i = 0, at = 0; at < whole.length; i++) {
      const piece = all.get(`${name}#${i}`)!;
      whole.set(piece.data, at);
      at += piece.data.length;
      all.delete(`${name}#${i}`);
    }
    all.set(name, { shape, dtype: first.dtype, data: whole });
  }
  return Object.fromEntries(all);
}

export function tensorBytes(tensors: TensorMap): number {
  return Object.values(tensors).reduce((sum, tensor) => sum + tensor.data.byteLength, 0);
}
