// Figures of an encoder on rows of one split, whatever made its vectors: scored pairs, triplets, retrieval. Which figures there
// are depends on the rows. Large splits are judged by an evenly spaced part, the same at every call.
import type { EmbeddingMetrics } from '../../contract/metrics';
import { dotOf, pearson, retrieval, spearman } from '../../lib/metrics/embedding';
import { breather } from '../../../workers/breathe';
import type { EmbeddingData, EmbeddingRows, RowForm } from './data';

/** Vectors of unit length, one text after another: [texts, dimensions]. */
export type Vectors = (texts: readonly string[]) => Promise<{ values: Float32Array; dimensions: number }>;

export interface RowsToJudge {
  form: RowForm;
  rows: EmbeddingRows;
  /** Each so many examples of the split. */
  every: number;
}

export interface Judged {
  metrics: EmbeddingMetrics;
  /** Cosine of each pair (triplets: of anchor and positive, less that of anchor and negative); absent for single texts. */
  similarities?: number[];
}

/** Null where the split has no rows, or rows that nothing can be judged by. */
export function judgedRows({ form }: EmbeddingData, all: EmbeddingRows, most: number): RowsToJudge | null {
  const count = all.rowIds.length;
  if (count === 0 || form === 'texts') return null;
  const every = Math.max(1, Math.ceil(count / most));
  if (every === 1) return { form, rows: all, every };
  const take = <T>(list: readonly T[]): T[] => list.filter((_, i) => i % every === 0);
  return {
    form,
    every,
    rows: {
      rowIds: take(all.rowIds),
      first: take(all.first),
      second: take(all.second),
      third: take(all.third),
      values: all.values.filter((_, i) => i % every === 0),
    },
  };
}

const empty: Omit<EmbeddingMetrics, 'rows'> = {
  ...{ kind: 'embedding', loss: null, spearman: null, pearson: null },
  ...{ tripletAccuracy: null, recallAt10: null, ndcgAt10: null, mrr: null },
};

/** The first figure that the form has is the one a version is known by. */
export const primaryOf: Record<RowForm, 'spearman' | 'tripletAccuracy' | 'ndcgAt10'> = {
  'scored-pairs': 'spearman',
  triplets: 'tripletAccuracy',
  pairs: 'ndcgAt10',
  labelled: 'ndcgAt10',
  texts: 'ndcgAt10',
};

/** `shorter`: dimensions that the first figure is also given for. */
export async function evaluateVectors(
  { form, rows }: RowsToJudge,
  vectors: Vectors,
  shorter: readonly number[] = [],
): Promise<Judged> {
  const texts = new Unique();
  const places = [rows.first, rows.second, rows.third].map((list) => list.map((text) => texts.place(text)));
  const { values, dimensions } = await vectors(texts.list);
  const judged = await judge(form, rows, places, values, dimensions);
  const short = [...new Set(shorter)].filter((size) => size < dimensions).sort((a, b) => b - a);
  if (short.length === 0) return judged;
  const byDimensions: { dimensions: number; value: number }[] = [];
  for (const size of short) {
    const { metrics } = await judge(form, rows, places, cutVectors(values, dimensions, size), size);
    const value = metrics[primaryOf[form]];
    if (value !== null) byDimensions.push({ dimensions: size, value });
  }
  return { ...judged, metrics: { ...judged.metrics, byDimensions } };
}

async function judge(
  form: RowForm,
  rows: EmbeddingRows,
  [first = [], second = [], third = []]: readonly number[][],
  values: Float32Array,
  dimensions: number,
): Promise<Judged> {
  const base: EmbeddingMetrics = { ...empty, rows: rows.rowIds.length };
  const cosine = (a: number, b: number): number => dotOf(values, a, values, b, dimensions);
  if (form === 'texts') return { metrics: base };
  if (form === 'labelled') {
    const found = await searchByLabel(rows.values, first, values, dimensions);
    return { metrics: { ...base, ...found } };
  }
  const similarities = first.map((a, i) => cosine(a, second[i]!));
  if (form === 'scored-pairs')
    return {
      metrics: { ...base, spearman: spearman(similarities, rows.values), pearson: pearson(similarities, rows.values) },
      similarities,
    };
  const found = await searchByPair(first, second, values, dimensions);
  if (form === 'pairs') return { metrics: { ...base, ...found }, similarities };
  const margins = similarities.map((own, i) => (rows.third[i] ? own - cosine(first[i]!, third[i]!) : null));
  const whole = margins.filter((margin) => margin !== null);
  const tripletAccuracy = whole.length > 0 ? whole.filter((margin) => margin > 0).length / whole.length : null;
  return { metrics: { ...base, ...found, tripletAccuracy }, similarities };
}

type Found = Pick<EmbeddingMetrics, 'recallAt10' | 'ndcgAt10' | 'mrr'>;
const figures = (found: Awaited<ReturnType<typeof retrieval>>): Found => ({
  ndcgAt10: found?.ndcg ?? null,
  recallAt10: found?.recall ?? null,
  mrr: found?.mrr ?? null,
});

/** Every anchor asks all positives of the split for its own. */
async function searchByPair(
  first: readonly number[],
  second: readonly number[],
  values: Float32Array,
  dimensions: number,
): Promise<Found> {
  const documents = [...new Set(second)];
  const placeOf = new Map(documents.map((text, i) => [text, i]));
  const wanted = new Map<number, Set<number>>();
  first.forEach((query, i) => {
    const own = wanted.get(query) ?? new Set<number>();
    wanted.set(query, own.add(placeOf.get(second[i]!)!));
  });
  const queries = [...wanted.keys()];
  return figures(
    await retrieval(rowsAt(values, queries, dimensions), rowsAt(values, documents, dimensions), dimensions, {
      relevant: (query) => [...wanted.get(queries[query]!)!],
      skip: (query) => placeOf.get(queries[query]!) ?? -1,
      pause: breather(50),
    }),
  );
}

/** Every text asks all others for those of its own label. */
async function searchByLabel(
  labels: Float64Array,
  texts: readonly number[],
  values: Float32Array,
  dimensions: number,
): Promise<Found> {
  const members = new Map<number, number[]>();
  labels.forEach((label, i) => {
    if (label < 0) return;
    const own = members.get(label);
    if (own) own.push(i);
    else members.set(label, [i]);
  });
  const vectors = rowsAt(values, texts, dimensions);
  return figures(
    await retrieval(vectors, vectors, dimensions, {
      relevant: (query) => (members.get(labels[query]!) ?? []).filter((place) => place !== query),
      skip: (query) => query,
      pause: breather(50),
    }),
  );
}

function rowsAt(values: Float32Array, places: readonly number[], dimensions: number): Float32Array {
  const rows = new Float32Array(places.length * dimensions);
  places.forEach((place, i) => rows.set(values.subarray(place * dimensions, (place + 1) * dimensions), i * dimensions));
  return rows;
}

/** The first `size` numbers of each vector, at unit length again. */
export function cutVectors(values: Float32Array, dimensions: number, size: number): Float32Array {
  const count = values.length / dimensions;
  const cut = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const part = values.subarray(i * dimensions, i * dimensions + size);
    let squares = 0;
    for (const value of part) squares += value * value;
    const factor = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let d = 0; d < size; d++) cut[i * size + d] = part[d]! * factor;
  }
  return cut;
}

/** Texts by their place, each once. */
export class Unique {
  readonly list: string[] = [];
  private readonly places = new Map<string, number>();

  place(text: string): number {
    const known = this.places.get(text);
    if (known !== undefined) return known;
    const place = this.list.push(text) - 1;
    this.places.set(text, place);
    return place;
  }
}
