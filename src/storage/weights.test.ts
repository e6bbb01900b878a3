// Weights that are larger than one record: put in parts, read as they were, deleted whole, and carried by a backup.
import { expect, it } from 'vitest';
import type { TensorMap } from '../contract/records';
import { openStudio } from './open';
import { write } from './transact';
import { deleteWeights, findWeights, partsOf, putWeights } from './weights';

const mega = 1024 * 1024;
const floats = (megabytes: number, seed: number) => {
  const data = new Float32Array((megabytes * mega) / 4).map((_, i) => (i % 1000) + seed);
  return { shape: [2, data.length / 2], dtype: 'float32' as const, data };
};

it('lies in parts where it is large, and comes back as it was', async () => {
  const tensors: TensorMap = { a: floats(30, 1), table: floats(104, 2), b: floats(30, 3), c: floats(0.5, 4) };
  await write(['weights'], (tx) => putWeights(tx.objectStore('weights'), { id: 'weights-1', tensors, meta: { x: 1 } }));
  await write(['weights'], (tx) =>
    putWeights(tx.objectStore('weights'), { id: 'weights-10', tensors: { c: tensors['c']! }, meta: {} }),
  );
  const db = await openStudio();
  expect(await db.count('weights', partsOf('weights-1'))).toBeGreaterThan(2);
  const found = await findWeights('weights-1');
  expect(found?.meta).toEqual({ x: 1 });
  expect(Object.keys(found!.tensors).sort()).toEqual(['a', 'b', 'c', 'table']);
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    expect(found!.tensors[name]!.shape).toEqual(shape);
    expect(Buffer.compare(Buffer.from(found!.tensors[name]!.data.buffer), Buffer.from(data.buffer))).toBe(0);
  }
  await write(['weights'], (tx) => deleteWeights(tx.objectStore('weights'), 'weights-1'));
  expect(await db.getAllKeys('weights')).toEqual(['weights-10']);
});
