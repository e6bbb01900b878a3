// The sums over sparse rows that take the time of a linear SVM, in one of two ways that give the same bits: plain
// JavaScript (dual-descent.ts) for arrays anywhere, or WebAssembly (linear.as.ts) for arrays of one heap (heap.ts).
import type { Csr } from './csr';
import { decide, descend, settle, type DualData, type DualProblem } from './dual-descent';

export interface DualKernels {
  /** Sweeps until `untilSweep` were made in all, or the problem is solved to `tolerance`. */
  descend(data: DualData, problem: DualProblem, untilSweep: number, tolerance: number): void;
  /** Rebuilds w from alpha. */
  settle(data: DualData, problem: DualProblem): void;
  /** f(x) of every `every`-th row of a list into column `output` of `scores`, [rows of the matrix, outputs]. */
  score(
    data: DualData,
    w: Float64Array,
    list: Int32Array,
    every: number,
    scores: Float64Array,
    outputs: number,
    output: number,
  ): void;
}

export const plainKernels: DualKernels = {
  descend,
  settle,
  score({ matrix }, w, list, every, scores, outputs, output) {
    for (let k = 0; k < list.length; k += every) scores[list[k]! * outputs + output] = decide(matrix, list[k]!, w);
  },
};

/** A module and the memory in which every array given to it lies. Both can be sent to threads. */
export interface NativeJob {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
}

export function nativeKernels({ module, memory }: NativeJob): DualKernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort, waited: abort } });
  const setMatrix = named(exports, 'set_matrix');
  const setRows = named(exports, 'set_rows');
  const nativeDescend = named(exports, 'descend');
  const nativeSettle = named(exports, 'settle');
  const nativeScore = named(exports, 'score');
  let matrix: Csr | null = null;
  let rows: Int32Array | null = null;

  function use(data: DualData): void {
    if (data.matrix === matrix && data.rows === rows) return;
    ({ matrix, rows } = data);
    setMatrix(matrix.offsets.byteOffset, matrix.indices.byteOffset, matrix.values.byteOffset, matrix.columns);
    const { classOf, halfInverseCost, squaredNorm } = data;
    setRows(classOf.byteOffset, halfInverseCost.byteOffset, squaredNorm.byteOffset, rows.byteOffset, rows.length);
  }

  return {
    descend(data, { alpha, w, order, scalars, positive, positiveWeight, negativeWeight }, untilSweep, tolerance) {
      use(data);
      const at = [alpha, w, order, scalars].map((array) => array.byteOffset);
      nativeDescend(...at, positive, positiveWeight, negativeWeight, untilSweep, tolerance);
    },
    settle(data, { alpha, w, positive }) {
      use(data);
      nativeSettle(alpha.byteOffset, w.byteOffset, positive);
    },
    score(data, w, list, every, scores, outputs, output) {
      use(data);
      nativeScore(list.byteOffset, list.length, every, w.byteOffset, scores.byteOffset, outputs, output);
    },
  };
}

type Kernel = (...args: number[]) => void;

function named(exports: WebAssembly.Exports, name: string): Kernel {
  const value = exports[name];
  if (!isKernel(value)) throw new Error('The kernels of linear classifiers are of another build. Reload the page.');
  return value;
}
const isKernel = (value: unknown): value is Kernel => typeof value === 'function';

function abort(): never {
  throw new Error('A kernel of linear classifiers stopped itself.');
}
