// Edge shapes of attention, used by its forward and backward kernels: each way of hiding keys, both layouts, sizes
// around the tile of 8, the blocks of 64, 128 and 256, and head sizes that are no multiple of 4.
import { attentionAttrs, type AttentionAttrs } from './attention-shape';
import type { Fill, KernelCase, Spec } from './kernel';

interface Sizes {
  batch?: number;
  queries: number;
  keys?: number;
  heads?: number;
  headDim: number;
  attrs?: Partial<AttentionAttrs>;
  ranges?: { shape: readonly [number, number, 2]; values: readonly number[] };
  biasBatch?: number;
  large?: boolean;
}

function attentionCase(sizes: Sizes): KernelCase<AttentionAttrs> {
  const { batch = 1, queries, keys = queries, heads = 2, headDim, ranges, biasBatch = 0 } = sizes;
  const attrs = attentionAttrs({ heads, headDim, ranges: !!ranges, bias: biasBatch > 0, ...sizes.attrs });
  const float = (...shape: number[]): Spec & { fill?: Fill } => ({ shape, dtype: 'float32' });
  const kvWidth = attrs.kvHeads * headDim;
  return {
    inputs: [
      ...(attrs.packed
        ? [float(batch, queries, heads * headDim + 2 * kvWidth)]
        : [float(batch, queries, heads * headDim), float(batch, keys, kvWidth), float(batch, keys, kvWidth)]),
      ...(ranges ? [{ shape: ranges.shape, dtype: 'int32' as const, fill: { values: ranges.values } }] : []),
      ...(biasBatch ? [float(biasBatch, heads, queries, keys)] : []),
    ],
    attrs,
    ...(sizes.large ? { checkGradient: false } : {}),
  };
}

const sizes: readonly Sizes[] = [
  { queries: 1, heads: 1, headDim: 1 },
  { queries: 5, headDim: 4 },
  { batch: 2, queries: 9, headDim: 5, attrs: { causal: true } },
  { batch: 2, queries: 7, headDim: 3, attrs: { packed: true } },
  { queries: 6, heads: 4, headDim: 4, attrs: { packed: true, causal: true, kvHeads: 2 } },
  { queries: 3, keys: 7, heads: 4, headDim: 8, attrs: { causal: true, kvHeads: 1 } },
  { queries: 1, keys: 11, headDim: 4 },
  { queries: 17, headDim: 4, attrs: { causal: true, window: 3 } },
  { queries: 10, headDim: 4, attrs: { window: 2 } },
  { queries: 5, headDim: 4, attrs: { causal: true, cap: 0.8, scale: 0.37 } },
  { batch: 2, queries: 5, headDim: 4, biasBatch: 1 },
  { batch: 2, queries: 4, keys: 9, headDim: 4, biasBatch: 2, attrs: { causal: true, cap: 1.5 } },
  // Padding to the right; to the left in causal order, where the first queries of the second row see nothing.
  { batch: 2, queries: 5, headDim: 4, ranges: { shape: [2, 1, 2], values: [0, 5, 0, 3] } },
  { batch: 2, queries: 6, headDim: 4, attrs: { causal: true }, ranges: { shape: [2, 1, 2], values: [0, 6, 2, 6] } },
  // Three packed texts that do not see each other.
  {
    queries: 6,
    headDim: 4,
    attrs: { causal: true },
    ranges: { shape: [1, 6, 2], values: [0, 3, 0, 3, 0, 3, 3, 5, 3, 5, 5, 6] },
  },
  { batch: 2, queries: 65, headDim: 32, attrs: { packed: true }, large: true },
  { queries: 130, headDim: 12, heads: 3, attrs: { causal: true, kvHeads: 1 }, large: true },
  { queries: 300, headDim: 16, attrs: { causal: true, window: 40 }, large: true },
  { queries: 270, keys: 520, heads: 1, headDim: 8, large: true },
  { batch: 8, queries: 20, headDim: 8, attrs: { packed: true, causal: true }, large: true },
  { batch: 2, queries: 140, headDim: 8, biasBatch: 1, large: true },
  {
    queries: 9,
    headDim: 4,
    attrs: { causal: true, sideBySide: true },
    ranges: { shape: [1, 9, 2], values: sideBySide([3, 4], 9) },
  },
  // Texts side by side over several blocks of keys, and places at the end that see nothing.
  {
    queries: 600,
    headDim: 8,
    attrs: { packed: true, sideBySide: true },
    ranges: { shape: [1, 600, 2], values: sideBySide([270, 5, 300], 600) },
    large: true,
  },
];

/** Ranges of texts of these lengths one after another in `places`; what is left sees nothing. */
function sideBySide(lengths: readonly number[], places: number): number[] {
  let start = 0;
  const ranges = lengths.flatMap((length) => {
    const own = Array<number[]>(length).fill([start, start + length]);
    start += length;
    return own.flat();
  });
  return [...ranges, ...Array<number>(2 * (places - start)).fill(0)];
}

export const attentionCases: readonly KernelCase<AttentionAttrs>[] = sizes.map(attentionCase);
