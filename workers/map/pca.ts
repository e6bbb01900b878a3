// Principal components of many vectors: orthogonal iteration on the covariance of some of them (Golub and Van Loan,
// "Matrix Computations", 8.2). For maps and for shorter distances; not a statistics package: no intervals, no scaling.
import { Rng } from '../../src/lib/rng';

export interface Components {
  mean: Float64Array;
  /** [components][dimensions], unit length, by falling variance. */
  axes: Float64Array[];
}

const iterations = 30;

/** Of the rows `of` of [rows, dimensions]. As many as asked for, at most one fewer than the rows. */
export function principalComponents(
  values: Float32Array,
  dimensions: number,
  of: ArrayLike<number>,
  components: number,
): Components {
  const mean = meanOf(values, dimensions, of);
  const covariance = covarianceOf(values, dimensions, of, mean);
  const count = Math.min(components, dimensions, Math.max(1, of.length - 1));
  const rng = new Rng(0, 1);
  let axes: Float64Array[] = Array.from({ length: count }, () =>
    Float64Array.from({ length: dimensions }, () => rng.normal()),
  );
  for (let turn = 0; turn < iterations; turn++) axes = orthonormal(axes.map((axis) => times(covariance, axis)));
  for (const axis of axes) faceUp(axis);
  return { mean, axes };
}

/** [rows, components] of all rows. */
export function projected(values: Float32Array, dimensions: number, { mean, axes }: Components): Float32Array {
  const rows = values.length / dimensions;
  const out = new Float32Array(rows * axes.length);
  const offsets = axes.map((axis) => dot(axis, mean));
  for (let row = 0; row < rows; row++) {
    const from = row * dimensions;
    for (let c = 0; c < axes.length; c++) {
      const axis = axes[c]!;
      let sum = 0;
      for (let i = 0; i < dimensions; i++) sum += values[from + i]! * axis[i]!;
      out[row * axes.length + c] = sum - offsets[c]!;
    }
  }
  return out;
}

function meanOf(values: Float32Array, dimensions: number, of: ArrayLike<number>): Float64Array {
  const mean = new Float64Array(dimensions);
  for (let k = 0; k < of.length; k++)
    for (let i = 0; i < dimensions; i++) mean[i]! += values[of[k]! * dimensions + i]! / of.length;
  return mean;
}

function covarianceOf(values: Float32Array, dimensions: number, of: ArrayLike<number>, mean: Float64Array) {
  const rows = Array.from({ length: dimensions }, () => new Float64Array(dimensions));
  const centred = new Float64Array(dimensions);
  for (let k = 0; k < of.length; k++) {
    for (let i = 0; i < dimensions; i++) centred[i] = values[of[k]! * dimensions + i]! - mean[i]!;
    for (let i = 0; i < dimensions; i++) {
      const row = rows[i]!;
      const value = centred[i]!;
      for (let j = i; j < dimensions; j++) row[j]! += value * centred[j]!;
    }
  }
  for (let i = 0; i < dimensions; i++) for (let j = 0; j < i; j++) rows[i]![j] = rows[j]![i]!;
  return rows;
}

function times(matrix: readonly Float64Array[], vector: Float64Array): Float64Array {
  return Float64Array.from(matrix, (row) => dot(row, vector));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Modified Gram-Schmidt. An axis without any variance left becomes zero. */
function orthonormal(axes: Float64Array[]): Float64Array[] {
  axes.forEach((axis, at) => {
    const before = Math.sqrt(dot(axis, axis));
    for (const other of axes.slice(0, at)) {
      const share = dot(axis, other);
      for (let i = 0; i < axis.length; i++) axis[i]! -= share * other[i]!;
    }
    const length = Math.sqrt(dot(axis, axis));
    const scale = length > before * 1e-12 ? 1 / length : 0;
    for (let i = 0; i < axis.length; i++) axis[i]! *= scale;
  });
  return axes;
}

/** The sign of an axis means nothing: its largest number is made positive, so that a map never flips. */
function faceUp(axis: Float64Array): void {
  const largest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  if (largest < 0) for (let i = 0; i < axis.length; i++) axis[i] = -axis[i]!;
}
