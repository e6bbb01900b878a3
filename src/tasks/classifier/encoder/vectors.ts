// Vectors of all texts of a run, read once: in shards that depend on nothing but the set of texts, so that the numbers are the
// same to the last bit whether a shard was kept from an earlier run or is read now. (Which texts lie in one batch shows in
// the last digit.)
import type { EncoderReader } from '../../../../workers/ml/encoder/embed';
import { Sha256 } from '../../../lib/sha256';
import { findTextVectors, keepTextVectors, type TextVectors } from '../../../storage/text-vectors';
import type { TokenReader } from './texts';

/** Texts of a shard, about: what is read anew where one text of them is new. */
const shardTexts = 64;
/** Shards that are written in one go. */
const keptAtOnce = 32;

export interface VectorSource {
  reader: EncoderReader;
  tokens: TokenReader;
  dimensions: number;
  /** Names the numbers: base, pooling, length, backend. Null: nothing is kept, since the weights are being trained. */
  name: string | null;
}

/** One row a text, in the order given: [texts, dimensions]. `progress` may wait, and throws to stop. */
export async function vectorsOf(
  { reader, tokens, dimensions, name }: VectorSource,
  texts: readonly string[],
  progress: (fraction: number) => Promise<void>,
): Promise<Float32Array> {
  const shards = shardsOf(texts);
  const ids = name === null ? [] : shards.map((shard) => idOf(name, shard));
  const kept = await findTextVectors(ids).catch(() => new Map<string, Float32Array>());
  const rowOf = new Map<string, [shard: Float32Array, at: number]>();
  let fresh: TextVectors[] = [];
  // Kept for next time only: where there is no space, the run goes on.
  const keep = async (): Promise<void> => {
    const some = fresh;
    fresh = [];
    if (some.length > 0) await keepTextVectors(some).catch(() => undefined);
  };
  const different = shards.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  for (const [i, shard] of shards.entries()) {
    const known = kept.get(ids[i] ?? '');
    const values = known?.length === shard.length * dimensions ? known : await reader.read(await tokens.read(shard));
    if (values !== known && name !== null)
      fresh.push({ id: ids[i]!, values: Float32Array.from(values), usedAt: Date.now() });
    shard.forEach((text, at) => rowOf.set(text, [values, at * dimensions]));
    done += shard.length;
    if (fresh.length >= keptAtOnce) await keep();
    await progress(done / different);
  }
  await keep();
  const all = new Float32Array(texts.length * dimensions);
  texts.forEach((text, row) => {
    const [values, at] = rowOf.get(text)!;
    all.set(values.subarray(at, at + dimensions), row * dimensions);
  });
  return all;
}

/** Different texts by the first bits of their hash, each shard in the order of the hashes. */
function shardsOf(texts: readonly string[]): string[][] {
  const hashed = [...new Set(texts)].map((text) => [hashOf(text), text] as const);
  let bits = 0;
  while (hashed.length / 2 ** bits > shardTexts && bits < 24) bits++;
  const shards = new Map<number, (readonly [string, string])[]>();
  for (const entry of hashed) {
    const shard = Number.parseInt(entry[0].slice(0, 6), 16) >>> (24 - bits);
    const own = shards.get(shard) ?? [];
    shards.set(shard, [...own, entry]);
  }
  return [...shards]
    .sort(([a], [b]) => a - b)
    .map(([, own]) => own.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text));
}

const utf8 = new TextEncoder();
const hashOf = (text: string): string => new Sha256().update(utf8.encode(text)).hex();
const idOf = (name: string, shard: readonly string[]): string => hashOf(JSON.stringify([name, shard]));
