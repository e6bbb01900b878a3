// Sizes, layouts and settings of attention, shared by both directions: which input is what, how rows are strided, and
// which keys a query sees. No arithmetic.
import type { CallShape, Place, Spec } from './kernel';

/** Settings of a call; `attentionAttrs` fills in the usual ones. */
export type AttentionAttrs = {
  heads: number;
  /** Divides heads: query head h uses key head floor(h / (heads / kvHeads)). */
  kvHeads: number;
  headDim: number;
  /** One input [batch, time, (heads + 2 kvHeads) headDim], queries then keys then values, instead of three. */
  packed: boolean;
  /** A query sees no later key. Queries are aligned with the END of the keys (cached keys come first). */
  causal: boolean;
  /** 0: none. n: a query sees itself and the n - 1 keys before it, and where not causal the n - 1 after it, too. */
  window: number;
  scale: number;
  /** 0: none. Scores become cap x tanh(score / cap) before bias and mask. */
  cap: number;
  /** An input `ranges`, int32 [batch or 1, queries or 1, 2], follows: each query sees the keys first <= key < end. */
  ranges: boolean;
  /**
   * The ranges are those of texts side by side: every place of a text has the text's own [first, end), so they also say
   * which queries see a key. Changes no number; a GPU need not look at all queries then.
   */
  sideBySide: boolean;
  /** An input `bias` [batch or 1, heads, queries, keys], added to the scaled scores, follows. */
  bias: boolean;
};

/** Everything about a call as numbers. Strides and offsets are in floats, of [batch, time, …] rows. */
export interface AttentionShape extends AttentionAttrs {
  batch: number;
  queries: number;
  keys: number;
  /** Query heads of a key head. */
  group: number;
  qStride: number;
  kStride: number;
  vStride: number;
  qOffset: number;
  kOffset: number;
  vOffset: number;
  /** Index of each among the inputs; -1 where it is not there. */
  q: number;
  k: number;
  v: number;
  rangesAt: number;
  biasAt: number;
  /** Number of forward inputs. */
  count: number;
  rangeBatch: number;
  rangeRows: number;
  biasBatch: number;
}

/** Settings with the usual ones filled in: scale headDim^-0.5, as many key heads as heads, nothing hidden. */
export function attentionAttrs(
  given: Pick<AttentionAttrs, 'heads' | 'headDim'> & Partial<AttentionAttrs>,
): AttentionAttrs {
  return {
    kvHeads: given.heads,
    packed: false,
    causal: false,
    window: 0,
    scale: 1 / Math.sqrt(given.headDim),
    cap: 0,
    ranges: false,
    sideBySide: false,
    bias: false,
    ...given,
  };
}

/** Works out and checks the shape of a forward call; `inputs` may go on after the forward inputs. */
export function attentionShape(inputs: readonly Spec[], attrs: AttentionAttrs): AttentionShape {
  const { heads, kvHeads, headDim, packed } = attrs;
  if (heads % kvHeads !== 0) throw new RangeError(`${heads} heads cannot be shared by ${kvHeads} key heads.`);
  if (attrs.window < 0 || attrs.cap < 0) throw new RangeError('Window and cap are positive, or 0 for none.');
  const qWidth = heads * headDim;
  const kvWidth = kvHeads * headDim;
  const width = packed ? qWidth + 2 * kvWidth : qWidth;
  const [batch, queries] = rows(inputs[0], width, packed ? 'The packed input' : 'q');
  let keys = queries;
  if (!packed) {
    const [kBatch, kRows] = rows(inputs[1], kvWidth, 'k');
    const [vBatch, vRows] = rows(inputs[2], kvWidth, 'v');
    if (kBatch !== batch || vBatch !== batch || kRows !== vRows)
      throw new RangeError('q, k and v must agree in batch, and k and v in time.');
    keys = kRows;
  }
  let count = packed ? 1 : 3;
  const rangesAt = attrs.ranges ? count++ : -1;
  const biasAt = attrs.bias ? count++ : -1;
  const [rangeBatch, rangeRows] = attrs.ranges ? rangesShape(inputs[rangesAt], batch, queries) : [0, 0];
  if (attrs.sideBySide && (rangeRows !== queries || queries !== keys))
    throw new RangeError('Texts side by side need a range for each place, and as many queries as keys.');
  const biasBatch = attrs.bias ? biasShape(inputs[biasAt], [batch, heads, queries, keys]) : 0;
  return {
    ...attrs,
    batch,
    queries,
    keys,
    group: heads / kvHeads,
    qStride: width,
    kStride: packed ? width : kvWidth,
    vStride: packed ? width : kvWidth,
    qOffset: 0,
    kOffset: packed ? qWidth : 0,
    vOffset: packed ? qWidth + kvWidth : 0,
    q: 0,
    k: packed ? 0 : 1,
    v: packed ? 0 : 2,
    rangesAt,
    biasAt,
    count,
    rangeBatch,
    rangeRows,
    biasBatch,
  };
}

function rows(spec: Spec | undefined, width: number, name: string): [number, number] {
  const [batch, time, columns] = spec?.shape ?? [];
  if (batch === undefined || time === undefined || columns !== width || spec?.shape.length !== 3)
    throw new RangeError(`${name} must be [batch, time, ${width}], not [${spec?.shape.join() ?? ''}].`);
  return [batch, time];
}

function rangesShape(spec: Spec | undefined, batch: number, queries: number): [number, number] {
  const [b, q, two] = spec?.shape ?? [];
  if (spec?.dtype !== 'int32' || (b !== 1 && b !== batch) || (q !== 1 && q !== queries) || two !== 2)
    throw new RangeError(
      `ranges must be int32 [${batch} or 1, ${queries} or 1, 2], not [${spec?.shape.join() ?? ''}].`,
    );
  return [b, q];
}

function biasShape(spec: Spec | undefined, [batch, ...rest]: readonly number[]): number {
  const [b = 0, ...own] = spec?.shape ?? [];
  if ((b !== 1 && b !== batch) || own.join() !== rest.join())
    throw new RangeError(`bias must be [${batch} or 1, ${rest.join()}], not [${spec?.shape.join() ?? ''}].`);
  return b;
}

/** The keys that `query` of batch row `b` sees: [first, end), empty where end <= first. */
export function keysSeen(
  shape: AttentionShape,
  ranges: ArrayLike<number> | undefined,
  b: number,
  query: number,
): [first: number, end: number] {
  const { queries, keys, window, causal } = shape;
  const own = query + keys - queries;
  let first = window > 0 ? Math.max(0, own - window + 1) : 0;
  let end = causal ? Math.min(keys, own + 1) : window > 0 ? Math.min(keys, own + window) : keys;
  if (ranges) {
    const at = 2 * ((shape.rangeBatch > 1 ? b : 0) * shape.rangeRows + (shape.rangeRows > 1 ? query : 0));
    first = Math.max(first, ranges[at]!);
    end = Math.min(end, ranges[at + 1]!);
  }
  return [first, end];
}

/** The place of an optional input, or the address 0. */
export const optional = (at: number): number | Place => (at < 0 ? 0 : { input: at });

/** The numbers all AssemblyScript functions of attention take, in their order. */
export function wasmSizes(shape: AttentionShape): number[] {
  const { batch, queries, keys, heads, kvHeads, headDim, causal, window, scale, cap } = shape;
  return [
    ...[shape.qStride, shape.qOffset, shape.kStride, shape.kOffset, shape.vStride, shape.vOffset],
    ...[batch, queries, keys, heads, kvHeads, headDim, Number(causal), window, scale, cap],
    ...[shape.rangeBatch, shape.rangeRows, shape.biasBatch],
  ];
}

const eight = (size: number): number => Math.ceil(size / 8) * 8;

/** Words of private memory a thread needs, as `layOut` in attention.as.ts divides them. */
export const forwardScratchWords = (headDim: number): number =>
  eight(headDim) * (256 * 2 + 8 + 256) + 256 * 8 + 256 * 2;

/** The same for attention-grad.as.ts. */
export const backwardScratchWords = (headDim: number): number =>
  eight(headDim) * (128 * 5 + 64 * 4 + 8) + 128 * 64 * 2 + 128 * 8 + 64 * 2 + 16 * 2;

/** Forward inputs of a call whose inputs are all declared. */
export const shapeOf = (call: CallShape<AttentionAttrs>): AttentionShape => attentionShape(call.inputs, call.attrs);
