// From what an ONNX encoder gives (states of every token, or vectors already) to one vector a text. Plain numbers, so
// that it can be tested without a runtime. Sentence-transformers' definitions: mean over real tokens, first token, maximum.
import { FormatError } from '../../src/contract/errors';
import { fromF16 } from '../../src/lib/half';

export type OnnxPooling = 'mean' | 'cls' | 'max';

/** As much of a tensor as is read. */
export interface OnnxTensor {
  dims: readonly number[];
  type: string;
  data: ArrayLike<number | bigint>;
}

export interface PoolingChoice {
  pooling: OnnxPooling;
  /** To length one. */
  normalise: boolean;
  rows: number;
}

/** [rows] vectors. FormatError where the outputs are not those of a text encoder. */
export function poolStates(
  outputs: Readonly<Record<string, OnnxTensor | undefined>>,
  mask: OnnxTensor,
  { pooling, normalise, rows }: PoolingChoice,
): Float32Array[] {
  const ready = outputs['sentence_embedding'];
  const states = outputs['last_hidden_state'] ?? outputs['token_embeddings'];
  const vectors = ready
    ? rowsOf(values(ready), ready.dims, rows)
    : states
      ? pooled(values(states), states.dims, mask, pooling, rows)
      : null;
  if (!vectors)
    throw new FormatError(
      `This ONNX file gives ${Object.keys(outputs).join(', ') || 'nothing'}, and vectors of texts come from last_hidden_state or sentence_embedding. Take the export of an embedding model.`,
    );
  if (normalise) for (const vector of vectors) toUnitLength(vector);
  return vectors;
}

function values({ type, data }: OnnxTensor): Float32Array {
  // Half numbers come as their 16 bits where the browser has no type for them.
  if (type === 'float16' && data instanceof Uint16Array) return Float32Array.from(data, fromF16);
  return Float32Array.from({ length: data.length }, (_, i) => Number(data[i]));
}

function rowsOf(numbers: Float32Array, dims: readonly number[], rows: number): Float32Array[] | null {
  const [count, width] = dims;
  if (dims.length !== 2 || count !== rows || width === undefined) return null;
  return Array.from({ length: rows }, (_, row) => numbers.slice(row * width, (row + 1) * width));
}

function pooled(
  numbers: Float32Array,
  dims: readonly number[],
  mask: OnnxTensor,
  pooling: OnnxPooling,
  rows: number,
): Float32Array[] | null {
  const [count, length, hidden] = dims;
  if (dims.length !== 3 || count !== rows || length === undefined || hidden === undefined) return null;
  return Array.from({ length: rows }, (_, row) => {
    const vector = new Float32Array(hidden).fill(pooling === 'max' ? -Infinity : 0);
    let tokens = 0;
    for (let at = 0; at < length; at++) {
      if (Number(mask.data[row * length + at]) === 0) continue;
      const from = (row * length + at) * hidden;
      for (let i = 0; i < hidden; i++) {
        const value = numbers[from + i] ?? 0;
        vector[i] = pooling === 'max' ? Math.max(vector[i] ?? -Infinity, value) : (vector[i] ?? 0) + value;
      }
      tokens++;
      if (pooling === 'cls') break;
    }
    if (pooling === 'mean' && tokens > 0) for (let i = 0; i < hidden; i++) vector[i] = (vector[i] ?? 0) / tokens;
    return vector;
  });
}

function toUnitLength(vector: Float32Array): void {
  const length = Math.hypot(...vector);
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / length;
}
