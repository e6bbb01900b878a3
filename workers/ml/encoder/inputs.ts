// What the host writes for each batch of a transformer: ids, positions, token types, which keys a query sees, weights of
// pooling.
import type { EncoderShape } from './config';
import { poolingSpans, poolingWeights } from './pooling';
import type { EncoderBatch, Pooling } from './text-encoder';
import { layOutBatch, type TokenBatch, type Tokenized } from './tokens';

export const inputNames = (prefix: string) => ({
  ids: `${prefix}ids`,
  positions: `${prefix}positions`,
  types: `${prefix}types`,
  ranges: `${prefix}ranges`,
  mean: `${prefix}pooling.mean`,
  first: `${prefix}pooling.first`,
  spans: `${prefix}pooling.spans`,
});

export interface InputOptions {
  prefix: string;
  pooling: Pooling;
  rowsOfBatch?: number | undefined;
  leastLength?: number | undefined;
}

/** Inputs of a batch. Texts lie side by side unless a bias of relative positions needs them one a sequence. */
export function encoderInputs(
  shape: EncoderShape,
  tokens: Tokenized,
  rows: ArrayLike<number>,
  { prefix, pooling, rowsOfBatch = rows.length, leastLength = 0 }: InputOptions,
): EncoderBatch {
  const layout = shape.relativeBuckets > 0 ? 'padded' : 'flat';
  const laid = layOutBatch(tokens, rows, { layout, most: shape.maxLength, rowsOfBatch, leastLength });
  const names = inputNames(prefix);
  return {
    sizes: { [`${prefix}rows`]: laid.rows, [`${prefix}batch`]: laid.batch, [`${prefix}length`]: laid.length },
    inputs: {
      [names.ids]: laid.ids,
      [names.positions]: positionsOf(laid, shape),
      [names.types]: laid.types,
      [names.ranges]: rangesOf(laid),
      [names.first]: poolingWeights(laid, 'cls'),
      ...(pooling === 'mean' ? { [names.mean]: poolingWeights(laid, 'mean') } : {}),
      ...(pooling === 'max' ? { [names.spans]: poolingSpans(laid) } : {}),
    },
    starts: laid.starts,
  };
}

/** Rows of the table of positions. RoBERTa and MPNet count from behind the padding id, and count no padding ids. */
function positionsOf({ ids, starts, lengths }: TokenBatch, { firstPosition, padId }: EncoderShape): Int32Array {
  const positions = new Int32Array(ids.length).fill(-1);
  starts.forEach((start, row) => {
    let next = firstPosition;
    for (let at = start; at < start + lengths[row]!; at++)
      positions[at] = firstPosition > 0 && ids[at] === padId ? padId : next++;
  });
  return positions;
}

/** First key and end of the keys that a query sees: for each place of a single sequence, or for each of many sequences. */
function rangesOf({ batch, length, starts, lengths }: TokenBatch): Int32Array {
  if (batch > 1) return Int32Array.from({ length: 2 * batch }, (_, i) => (i % 2 === 0 ? 0 : lengths[i >> 1]!));
  const ranges = new Int32Array(2 * length);
  starts.forEach((start, row) => {
    const end = start + lengths[row]!;
    for (let at = start; at < end; at++) ranges.set([start, end], 2 * at);
  });
  return ranges;
}
