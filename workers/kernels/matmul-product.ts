// One matrix product (or a batch of them) as every backend sees it: its sizes, the reference in plain loops, and the
// call of the WebAssembly kernel. Shared by matmul.ts and linear.ts; knows no gradients.
import type { Numbers, Place, Spec, WasmCall } from './kernel';
import type { MatmulShape } from './matmul.wgsl';

const rowsOf = (shape: readonly number[]): number => shape.slice(0, -1).reduce((product, size) => product * size, 1);
const last = (shape: readonly number[], back = 1): number => shape[shape.length - back] ?? 0;

/**
 * Sizes of A·B. Either of rank 2; both of one rank with equal leading sizes (a batch); or A of any rank, not
 * transposed, with B of rank 2 (its leading sizes are rows). Throws an Error where shapes do not fit.
 */
export function productShape(a: Spec, b: Spec, transposeA: boolean, transposeB: boolean): MatmulShape {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') throw new Error('a product takes float32 arrays.');
  if (a.shape.length < 2 || b.shape.length < 2) throw new Error('a product takes arrays of rank 2 or more.');
  const k = last(a.shape, transposeA ? 2 : 1);
  const n = last(b.shape, transposeB ? 2 : 1);
  if (k !== last(b.shape, transposeB ? 1 : 2)) throw new Error('the sizes to sum over differ.');
  const common = { k, n, transposeA, transposeB };
  if (b.shape.length === 2) {
    if (a.shape.length > 2 && transposeA) throw new Error('with a matrix on the right, a batch cannot be transposed.');
    const m = transposeA ? last(a.shape) : rowsOf(a.shape);
    return { ...common, m, batch: 1, batchA: false, batchB: false };
  }
  const lead = a.shape.slice(0, -2);
  if (a.shape.length !== b.shape.length || lead.some((size, i) => size !== b.shape[i]))
    throw new Error('the leading sizes of a batch must be equal.');
  const batch = lead.reduce((product, size) => product * size, 1);
  return { ...common, m: last(a.shape, transposeA ? 1 : 2), batch, batchA: batch > 1, batchB: batch > 1 };
}

/** Shape of A·B for arrays that productShape accepts. */
export function productOutput(a: Spec, b: Spec, { m, n, transposeA }: MatmulShape): Spec {
  const lead = transposeA || b.shape.length > 2 ? [...a.shape.slice(0, -2), m] : a.shape.slice(0, -1);
  return { shape: [...lead, n], dtype: 'float32' };
}

export interface Finish {
  alpha?: number;
  relu?: boolean;
}

/** c = activation(alpha × A·B + bias). */
export function productReference(
  shape: MatmulShape,
  a: Numbers,
  b: Numbers,
  c: Numbers,
  { alpha = 1, relu = false }: Finish = {},
  bias?: Numbers,
): void {
  const { m, n, k, transposeA, transposeB, batch, batchA, batchB } = shape;
  const [rowA, stepA] = transposeA ? [1, m] : [k, 1];
  const [columnB, stepB] = transposeB ? [k, 1] : [1, n];
  for (let i = 0; i < batch; i++) {
    const a0 = batchA ? i * m * k : 0;
    const b0 = batchB ? i * k * n : 0;
    for (let row = 0; row < m; row++)
      for (let column = 0; column < n; column++) {
        let sum = 0;
        for (let p = 0; p < k; p++) sum += a[a0 + row * rowA + p * stepA]! * b[b0 + column * columnB + p * stepB]!;
        const value = alpha * sum + (bias?.[column] ?? 0);
        c[(i * m + row) * n + column] = relu && value < 0 ? 0 : value;
      }
  }
}

export interface ProductPlaces {
  a: Place;
  b: Place;
  out: Place;
  bias?: Place;
  /** Get the sums over k of a transposed A [m] and of a B that is not transposed [n]. */
  sumsA?: Place;
  sumsB?: Place;
}

/** As in matmul.as.ts. */
const depth = 512;
const rowBlock = 96;
/** Up to this many rows B is read where it lies; packing it would cost more than it saves. */
const thinRows = 4;

/** With many products in a batch each thread does whole ones: no waiting inside. */
const apart = ({ batch }: MatmulShape): boolean => batch >= 8;

const isThin = (
  { m, batch, transposeA }: MatmulShape,
  { sumsA, sumsB }: Pick<ProductPlaces, 'sumsA' | 'sumsB'>,
): boolean => m <= thinRows && batch === 1 && (!transposeA || m === 1) && !sumsA && !sumsB;

/** Words of scratch: A packed (each thread its own), B packed. */
export function productScratch(shape: MatmulShape, threads: number, sums = false): number[] {
  if (isThin(shape, sums ? { sumsA: { scratch: 0 } } : {})) return [];
  const packedB = 8 * Math.ceil(shape.n / 8) * Math.min(shape.k, depth);
  return [threads * (rowBlock * depth + 64), packedB * (apart(shape) ? threads : 1)];
}

/** The call of the kernel, with productScratch's arrays as scratch 0 and 1. */
export function productCall(
  shape: MatmulShape,
  places: ProductPlaces,
  { alpha = 1, relu = false }: Finish = {},
): WasmCall {
  const { m, k, n, transposeA, transposeB, batch, batchA, batchB } = shape;
  const { a, b, out, bias = 0, sumsA = 0, sumsB = 0 } = places;
  if (isThin(shape, places))
    return { fn: 'matmul_thin', args: [a, b, out, bias, m, k, n, Number(transposeB), alpha, Number(relu)] };
  return {
    fn: 'matmul',
    args: [
      ...[a, b, out, bias, sumsA, sumsB, { scratch: 0 }, { scratch: 1 }],
      ...[m, k, n, Number(transposeA), Number(transposeB), alpha, Number(relu)],
      ...[batch, batchA ? m * k : 0, batchB ? k * n : 0, Number(apart(shape))],
    ],
  };
}
