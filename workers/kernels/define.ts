// A kernel as the truth test sees it: what it computes, in plain loops, and how a backend computes it. Today
// the backend side is tfjs operations (forward and gradient) as workers/ml composes them; a kernel of our own
// will bring its shader or wasm in the same place. No kernel without cases, no case without a reference.
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tf } from '../backends/tensorflow';

/** A matrix in plain numbers, row-major. */
export interface Matrix {
  rows: number;
  columns: number;
  values: Float64Array;
}

/** Shape and content of one input: small normal numbers, or what a loss needs. */
export interface InputCase {
  rows: number;
  columns: number;
  kind?: 'normal' | 'one-hot' | 'several-hot' | 'shares';
}

export interface Kernel {
  name: string;
  /** Edge shapes: 1, around vector and workgroup widths, not divisible by four. */
  cases: InputCase[][];
  /** In 64 bits, by plain loops. */
  reference(inputs: Matrix[]): Matrix;
  /** The same on the current backend. Called inside tidy; any shape, values in row-major order. */
  compute(tf: Tf, inputs: Tensor2D[]): Tensor;
  /** Largest difference over the reference's largest value that counts as right. */
  tolerance: number;
}

export function defineKernel(kernel: Omit<Kernel, 'tolerance'> & { tolerance?: number }): Kernel {
  return { tolerance: 2e-5, ...kernel };
}

export function matrix(rows: number, columns: number, fill: (row: number, column: number) => number): Matrix {
  const values = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) values[r * columns + c] = fill(r, c);
  return { rows, columns, values };
}

export function valueAt(m: Matrix, row: number, column: number): number {
  return m.values[row * m.columns + column]!;
}
