// The sums over sparse rows that take the time of a linear SVM, in one of two ways that give the same bits: plain
// JavaScript (dual-descent.ts) for arrays anywhere, or WebAssembly (linear.as.ts) for arrays of one heap (heap.ts).
import type { Csr } from './csr';
import {
  decide,
  descend,
  openingRandom,
  openingSweeps,
  recordOpening,
  settle,
  sweepsOf,
  type DualData,
  type DualProblem,
} from './dual-descent';

/** Problems that are opened together. */
export const lanes = 4;

export interface DualKernels {
  /**
   * Sweeps until `untilSweep` were made of each problem in all, or it is solved to `tolerance`. Up to four problems, of
   * classes that follow each other, with the same opening seed and equally far.
   */
  descend(data: DualData, problems: readonly DualProblem[], untilSweep: number, tolerance: number): void;
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
  descend(data, problems, untilSweep, tolerance) {
    for (const problem of problems) descend(data, problem, untilSweep, tolerance);
  },
  settle,
  score({ matrix }, w, list, every, scores, outputs, output) {
    for (let k = 0; k < list.length; k += every) scores[list[k]! * outputs + output] = decide(matrix, list[k]!, w);
  },
};

/** A module and the memory in which every array given to it lies. Both can be sent to threads. */
export interface NativeJob {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Where a thread opens problems, one a thread: `placeLength` each. */
  places: Float64Array[];
}

/** Four numbers of each kind that the module notes, one alone, and the four columns of w and alpha. */
export const placeLength = (columns: number, rows: number): number => placeStart + lanes * (columns + 1 + rows);
const placeStart = 7 * lanes;
const scalePositive = 2 * lanes;
const scaleNegative = 3 * lanes;
const most = 4 * lanes;
const meanLoss = 5 * lanes;
const random = 6 * lanes;

/** `thread`: which of the places is this thread's. */
export function nativeKernels({ module, memory, places }: NativeJob, thread: number): DualKernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort, waited: abort } });
  const setMatrix = named(exports, 'set_matrix');
  const setRows = named(exports, 'set_rows');
  const nativeDescend = named(exports, 'descend');
  const nativeSettle = named(exports, 'settle');
  const nativeScore = named(exports, 'score');
  const openSweep = named(exports, 'open_sweep');
  const spread = named(exports, 'spread');
  const collect = named(exports, 'collect');
  const place = places[thread]!;
  let matrix: Csr | null = null;
  let rows: Int32Array | null = null;

  function use(data: DualData): void {
    if (data.matrix === matrix && data.rows === rows) return;
    ({ matrix, rows } = data);
    setMatrix(matrix.offsets.byteOffset, matrix.indices.byteOffset, matrix.values.byteOffset, matrix.columns);
    const { classOf, halfInverseCost, squaredNorm } = data;
    setRows(classOf.byteOffset, halfInverseCost.byteOffset, squaredNorm.byteOffset, rows.byteOffset, rows.length);
  }

  /** Brings problems that stand at the same opening sweep to `untilSweep`, side by side. */
  function open(data: DualData, problems: readonly DualProblem[], untilSweep: number): void {
    const features = data.matrix.columns + 1;
    const count = data.rows.length;
    const base = place.byteOffset;
    const w = base + placeStart * 8;
    const alpha = w + features * lanes * 8;
    if (problems.length < lanes) place.fill(0);
    for (let lane = 0; lane < lanes; lane++) {
      const problem = problems[lane];
      place[scalePositive + lane] = 1 / (problem?.positiveWeight ?? 1);
      place[scaleNegative + lane] = 1 / (problem?.negativeWeight ?? 1);
      if (!problem) continue;
      spread(problem.w.byteOffset, w + lane * 8, features);
      spread(problem.alpha.byteOffset, alpha + lane * 8, count);
    }
    const [first] = problems;
    place[random] = openingRandom(first!);
    for (let sweep = sweepsOf(first!); sweep < untilSweep; sweep++) {
      openSweep(base, w, alpha, first!.order.byteOffset, first!.positive);
      problems.forEach((problem, lane) =>
        recordOpening(problem, place[most + lane]!, place[meanLoss + lane]!, place[random]!),
      );
    }
    problems.forEach((problem, lane) => {
      collect(w + lane * 8, problem.w.byteOffset, features);
      collect(alpha + lane * 8, problem.alpha.byteOffset, count);
    });
  }

  return {
    descend(data, problems, untilSweep, tolerance) {
      use(data);
      const opening = Math.min(openingSweeps, untilSweep);
      if (problems.length > 0 && sweepsOf(problems[0]!) < opening) open(data, problems, opening);
      for (const { alpha, w, order, scalars, positive, positiveWeight, negativeWeight } of problems) {
        const at = [alpha, w, order, scalars].map((array) => array.byteOffset);
        nativeDescend(...at, positive, positiveWeight, negativeWeight, untilSweep, tolerance);
      }
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
