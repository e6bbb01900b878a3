// Figures of vectors against numbers worked out by hand and against naive forms.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pearson, retrieval, spearman } from './embedding';

describe('correlations', () => {
  it('are those of scipy', () => {
    const [x, y] = [
      [1, 2, 3, 4, 5],
      [5, 6, 7, 8, 7],
    ];
    expect(spearman(x!, y!)).toBeCloseTo(0.8207826816681233, 12);
    expect(pearson(x!, y!)).toBeCloseTo(0.8320502943378437, 12);
    expect(spearman([1, 2, 3], [1, 10, 100])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3], [4, 4, 4])).toBeNull();
    expect(pearson([1], [1])).toBeNull();
  });
});

describe('retrieval', () => {
  it('counts places, ties in order, the query itself left out', async () => {
    // Along one axis and away from it: documents 1 and 3 stand first for query 0.
    const vectors = Float32Array.of(1, 0, 0.9, 0.1, 0, 1, 0.8, 0.2);
    const found = await retrieval(vectors.subarray(0, 2), vectors, 2, { relevant: () => [3], skip: () => 0, k: 2 });
    expect(found).toEqual({ ndcg: 1 / Math.log2(3), recall: 1, mrr: 0.5, queries: 1 });
    const late = await retrieval(vectors.subarray(0, 2), vectors, 2, { relevant: () => [2], skip: () => 0, k: 2 });
    expect(late).toEqual({ ndcg: 0, recall: 0, mrr: 1 / 3, queries: 1 });
    expect(await retrieval(vectors, vectors, 2, { relevant: () => [] })).toBeNull();
  });

  it('is what sorting all documents gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 12, maxLength: 24 }),
        fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 4 }),
        async (numbers, relevant) => {
          const documents = Float32Array.from(numbers);
          const query = Float32Array.of(1);
          const order = numbers.map((_, i) => i).sort((a, b) => numbers[b]! - numbers[a]! || a - b);
          const places = relevant.map((document) => order.indexOf(document) + 1).sort((a, b) => a - b);
          const gain = (some: number[]): number => some.reduce((sum, place) => sum + 1 / Math.log2(place + 1), 0);
          const found = await retrieval(query, documents, 1, { relevant: () => relevant, k: 3 });
          const within = places.filter((place) => place <= 3);
          const most = Math.min(3, relevant.length);
          expect(found!.ndcg).toBeCloseTo(gain(within) / gain([1, 2, 3].slice(0, most)), 12);
          expect(found!.recall).toBeCloseTo(within.length / most, 12);
          expect(found!.mrr).toBeCloseTo(1 / places[0]!, 12);
        },
      ),
    );
  });
});
