// Vectors of texts that a base has read, kept so that the same texts need not be read again: what can be computed anew at any
// time. Bounded: the ones not used for longest go first.
import { openStudio } from './open';
import { write } from './transact';

/** Vectors of a few dozen texts; `id` says which texts, which base and which device, by a hash over all. */
export interface TextVectors {
  id: string;
  values: Float32Array<ArrayBuffer>;
  usedAt: number;
}

/** About 200 MB where a vector has 384 numbers. */
const mostRecords = 2048;

/** Those that are kept, by id. */
export async function findTextVectors(ids: readonly string[]): Promise<Map<string, Float32Array>> {
  const tx = (await openStudio()).transaction('textVectors', 'readonly');
  const found = await Promise.all(ids.map((id) => tx.store.get(id)));
  return new Map(found.flatMap((one) => (one ? [[one.id, one.values] as const] : [])));
}

/** Adds these and drops the oldest where there are too many. */
export async function keepTextVectors(records: readonly TextVectors[]): Promise<void> {
  await write(
    ['textVectors'],
    async (tx) => {
      const store = tx.objectStore('textVectors');
      for (const record of records) void store.put(record);
      let over = (await store.count()) - mostRecords;
      let cursor = over > 0 ? await store.index('usedAt').openKeyCursor() : null;
      for (; cursor && over > 0; over--) {
        await store.delete(cursor.primaryKey);
        cursor = await cursor.continue();
      }
    },
    { quiet: true },
  );
}
