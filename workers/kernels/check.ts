// Runs a kernel's cases on the current backend and says how far it is from its reference.
import type { BackendName } from '../../src/contract/records';
import { Rng } from '../../src/lib/rng';
import { computeOn, type Tf } from '../backends/tensorflow';
import { matrix, type InputCase, type Kernel, type Matrix } from './define';

/** Largest difference over all cases, relative to the reference's largest value. Infinity where not finite. */
export async function kernelDifference(tf: Tf, backend: BackendName, kernel: Kernel): Promise<number> {
  let worst = 0;
  for (const [index, inputs] of kernel.cases.entries()) {
    const rng = new Rng(index, 0x7e57);
    const made = inputs.map((input) => makeInput(input, rng));
    const expected = kernel.reference(made);
    computeOn(tf, backend);
    const answer = tf.tidy(() =>
      kernel.compute(
        tf,
        made.map(({ rows, columns, values }) => tf.tensor2d(Float32Array.from(values), [rows, columns])),
      ),
    );
    const found = await answer.data();
    answer.dispose();
    worst = Math.max(worst, difference(found, expected.values));
  }
  return worst;
}

function difference(found: ArrayLike<number>, expected: Float64Array): number {
  if (found.length !== expected.length) return Infinity;
  let largest = 0;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(found[i]! - expected[i]!);
    if (!Number.isFinite(off)) return Infinity;
    worst = Math.max(worst, off);
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return largest === 0 ? worst : worst / largest;
}

/** Rounded to 32 bits, so that reference and backend begin with the same numbers. */
function makeInput({ rows, columns, kind = 'normal' }: InputCase, rng: Rng): Matrix {
  switch (kind) {
    case 'normal':
      return matrix(rows, columns, () => Math.fround(rng.normal() * 2));
    case 'several-hot':
      return matrix(rows, columns, () => (rng.uniform() < 0.3 ? 1 : 0));
    case 'shares':
      return matrix(rows, columns, () => Math.fround((rng.uniform() + 0.1) / rows));
    case 'one-hot': {
      const chosen = Array.from({ length: rows }, () => rng.integer(columns));
      return matrix(rows, columns, (row, column) => (chosen[row] === column ? 1 : 0));
    }
    default:
      return kind satisfies never;
  }
}
