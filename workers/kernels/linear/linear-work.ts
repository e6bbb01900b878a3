// The work of a linear classifier in pieces that any thread can take: each piece is one problem brought one stretch
// further. All state lies in the arrays of the group (shared memory where there is any), so the answer does not
// depend on who took which piece. Who calls this: workers/pool.ts and its threads.
import { fitSigmoid, type CalibrationRows } from './calibration';
import type { Csr, Space } from './csr';
import { isDone, lossOf, scalarCount, startProblem, type DualData, type DualProblem } from './dual-descent';
import { lanes, type DualKernels, type NativeJob } from './dual-kernels';
import { improveLogistic, type LogisticData } from './softmax-regression';

/** What all fits of one training share. */
export interface LinearRows {
  matrix: Csr;
  /** Class of each row, 0-based. */
  classOf: Int32Array;
  /** Sample weight of each row. */
  weights: Float64Array;
  classes: number;
  /** Scores a row gets: one a class, or one in all where there are two classes (positive: the second). */
  outputs: number;
  classifier: 'linear-svc' | 'logistic';
  C: number;
  tolerance: number;
  /** True where a sigmoid is fitted on the held rows of each output. */
  sigmoids: boolean;
}

/** One training of all classes on some rows; `held` rows are only scored. */
export interface LinearFit {
  rows: Int32Array;
  held: Int32Array;
  /** Weight of each class in this fit, [classes]. */
  classWeights: Float64Array;
}

/** A run of consecutive problems that are brought on together. Problem p is output `p % outputs` of fit `p / outputs`. */
export interface LinearGroup {
  first: number;
  last: number;
  shared: boolean;
  problems: LinearProblem[];
  /** The pieces: neighbouring problems of a fit, [first, one past the last] of `problems`. */
  pieces: [number, number][];
  /** Taken by atomic counting. */
  next: Int32Array;
}

export interface DualPiece {
  kind: 'dual';
  fit: number;
  output: number;
  dual: DualProblem;
}
export type LinearProblem = DualPiece | { kind: 'logistic'; fit: number; w: Float64Array; scalars: Float64Array };

/** Everything a thread must be given once. */
export interface LinearJob {
  rows: LinearRows;
  fits: LinearFit[];
  group: LinearGroup;
  /** Scores of held rows, [rows of the matrix, outputs]; each row is held by one fit at most. */
  heldScores: Float64Array;
  /** a and b of each fit and output, [fits, outputs, 2]; filled by `finish` where sigmoids are asked for. */
  sigmoids: Float64Array;
  /** 0.5 / (C * weight) and |x|^2 + 1 of each row. */
  halfInverseCost: Float64Array;
  squaredNorm: Float64Array;
  /** While a problem is brought on, every so manieth held row is scored, for the curve; 0 = none. */
  sampleEvery: number;
  /** WebAssembly and the heap in which all these arrays lie; null where they lie anywhere. */
  native: NativeJob | null;
}

/**
 * Bring every dual problem to so many sweeps in all, or every softmax so many iterations further; or settle them,
 * score the held rows and fit their sigmoids.
 */
export type LinearOrder = { kind: 'advance'; untilSweep: number; iterations: number } | { kind: 'finish' };

/** Problems of a fit: outputs for one-vs-rest, one for the joint softmax. */
export const problemsPerFit = (rows: LinearRows): number => (rows.classifier === 'logistic' ? 1 : rows.outputs);

export function problemBytes(rows: LinearRows, fitRows: number): number {
  const columns = rows.matrix.columns + 1;
  // L-BFGS remembers up to ten steps of two arrays; see softmax-regression.ts.
  if (rows.classifier === 'logistic') return columns * rows.outputs * 8 * 8;
  return columns * 8 + fitRows * 12 + 256;
}

export function makeGroup(
  rows: LinearRows,
  fits: readonly LinearFit[],
  first: number,
  last: number,
  space: Space,
  shared: boolean,
): LinearGroup {
  const perFit = problemsPerFit(rows);
  const problems: LinearProblem[] = [];
  for (let p = first; p < last; p++) {
    const index = Math.floor(p / perFit);
    const fit = fits[index]!;
    if (rows.classifier === 'logistic') {
      const w = space.float64((rows.matrix.columns + 1) * rows.outputs);
      problems.push({ kind: 'logistic', fit: index, w, scalars: space.float64(2) });
      continue;
    }
    const output = p % perFit;
    const positive = rows.outputs === 1 ? 1 : output;
    const dual: DualProblem = {
      positive,
      positiveWeight: fit.classWeights[positive]!,
      // As liblinear: with more than two classes the class weight counts on the class's own rows only.
      negativeWeight: rows.outputs === 1 ? fit.classWeights[0]! : 1,
      alpha: space.float64(fit.rows.length),
      w: space.float64(rows.matrix.columns + 1),
      order: space.int32(fit.rows.length),
      scalars: space.float64(scalarCount),
    };
    const neighbours = index * Math.ceil(perFit / lanes) + Math.floor(output / lanes);
    startProblem(dual, Math.imul(p + 1, 0x9e3779b1), Math.imul(neighbours + 1, 0x85ebca6b));
    problems.push({ kind: 'dual', fit: index, output, dual });
  }
  const pieces: [number, number][] = [];
  problems.forEach((problem, at) => {
    const last = pieces.at(-1);
    const opensOne = problem.kind === 'logistic' || problem.output % lanes === 0;
    if (opensOne || !last) pieces.push([at, at + 1]);
    else last[1] = at + 1;
  });
  return { first, last, shared, problems, pieces, next: space.int32(1) };
}

/** Takes the next piece of an order; false when none is left. Safe from several threads at once. */
export function takePiece(job: LinearJob, kernels: DualKernels, order: LinearOrder): boolean {
  const { group } = job;
  const index = group.shared ? Atomics.add(group.next, 0, 1) : group.next[0]!++;
  const piece = group.pieces[index];
  if (!piece) return false;
  const problems = group.problems.slice(...piece);
  const dual = problems.filter((problem) => problem.kind === 'dual');
  if (dual.length > 0) workDual(job, kernels, dual, order);
  for (const problem of problems)
    if (problem.kind === 'logistic') workLogistic(job, problem.fit, problem.w, problem.scalars, order);
  return true;
}

/** Whoever gives an order resets the count first, while no thread works. */
export function resetPieces(job: LinearJob): void {
  job.group.next[0] = 0;
}

/** `problems` are of one fit. */
function workDual(job: LinearJob, kernels: DualKernels, problems: readonly DualPiece[], order: LinearOrder): void {
  const index = problems[0]!.fit;
  const fit = job.fits[index]!;
  const { heldScores, sampleEvery, halfInverseCost, squaredNorm } = job;
  const { matrix, classOf, outputs, tolerance, sigmoids } = job.rows;
  const data: DualData = { matrix, classOf, halfInverseCost, squaredNorm, rows: fit.rows };
  if (order.kind === 'advance') {
    const open = problems.filter(({ dual }) => !isDone(dual));
    const duals = open.map(({ dual }) => dual);
    kernels.descend(data, duals, order.untilSweep, tolerance);
    if (sampleEvery === 0) return;
    for (const { dual, output } of open)
      kernels.score(data, dual.w, fit.held, sampleEvery, heldScores, outputs, output);
    return;
  }
  for (const { dual, output } of problems) {
    kernels.settle(data, dual);
    kernels.score(data, dual.w, fit.held, 1, heldScores, outputs, output);
    if (sigmoids) fitHeldSigmoid(job, index, output);
  }
}

function workLogistic(job: LinearJob, index: number, w: Float64Array, scalars: Float64Array, order: LinearOrder): void {
  const { rows, sampleEvery } = job;
  const fit = job.fits[index]!;
  if (order.kind === 'advance') {
    if (scalars[LOGISTIC_DONE] === 1) return;
    const data: LogisticData = {
      matrix: rows.matrix,
      classOf: rows.classOf,
      rowWeight: rows.weights.map((weight, row) => weight * fit.classWeights[rows.classOf[row]!]!),
      rows: fit.rows,
      outputs: rows.outputs,
      C: rows.C,
    };
    const found = improveLogistic(data, w, order.iterations, logisticTolerance);
    scalars[LOGISTIC_VALUE] = found.value;
    scalars[LOGISTIC_DONE] = found.done ? 1 : 0;
    if (sampleEvery > 0) scoreHeld(job, fit, w, sampleEvery);
    return;
  }
  scoreHeld(job, fit, w, 1);
  if (rows.sigmoids) for (let output = 0; output < rows.outputs; output++) fitHeldSigmoid(job, index, output);
}

function scoreHeld({ rows, heldScores }: LinearJob, { held }: LinearFit, w: Float64Array, every: number): void {
  for (let h = 0; h < held.length; h += every) scoreLogistic(rows, held[h]!, w, heldScores, held[h]! * rows.outputs);
}

const LOGISTIC_VALUE = 0;
const LOGISTIC_DONE = 1;
/** Largest gradient entry of the mean loss. A hundredth of scikit-learn's default: probabilities agree to 1e-4. */
const logisticTolerance = 1e-6;

/** Scores of one row into `out` from `at`. `w`: [features + 1, outputs]. */
function scoreLogistic(rows: LinearRows, row: number, w: Float64Array, out: Float64Array, at: number): void {
  const { matrix, outputs } = rows;
  const intercepts = matrix.columns * outputs;
  for (let c = 0; c < outputs; c++) out[at + c] = w[intercepts + c]!;
  for (let j = matrix.offsets[row]!; j < matrix.offsets[row + 1]!; j++) {
    const from = matrix.indices[j]! * outputs;
    const value = matrix.values[j]!;
    for (let c = 0; c < outputs; c++) out[at + c]! += value * w[from + c]!;
  }
}

/** The held rows of a fit for one output, as calibrators take them. */
export function heldRows(
  job: Pick<LinearJob, 'rows' | 'heldScores'>,
  held: Int32Array,
  output: number,
): CalibrationRows {
  const { rows, heldScores } = job;
  const positive = rows.outputs === 1 ? 1 : output;
  const found = {
    decisions: new Float64Array(held.length),
    isPositive: new Uint8Array(held.length),
    weights: new Float64Array(held.length),
  };
  for (let h = 0; h < held.length; h++) {
    const row = held[h]!;
    found.decisions[h] = heldScores[row * rows.outputs + output]!;
    found.isPositive[h] = rows.classOf[row] === positive ? 1 : 0;
    found.weights[h] = rows.weights[row]!;
  }
  return found;
}

function fitHeldSigmoid(job: LinearJob, fit: number, output: number): void {
  const { held } = job.fits[fit]!;
  if (held.length === 0) return;
  const { a, b } = fitSigmoid(heldRows(job, held, output));
  const at = (fit * job.rows.outputs + output) * 2;
  job.sigmoids[at] = a;
  job.sigmoids[at + 1] = b;
}

/** Where the group stands: mean loss, and the share of problems that are solved. */
export function groupState(group: LinearGroup): { loss: number; solved: number } {
  let loss = 0;
  let solved = 0;
  for (const problem of group.problems) {
    if (problem.kind === 'dual') {
      loss += lossOf(problem.dual);
      if (isDone(problem.dual)) solved++;
    } else {
      loss += problem.scalars[LOGISTIC_VALUE]!;
      solved += problem.scalars[LOGISTIC_DONE]!;
    }
  }
  return { loss: loss / group.problems.length, solved: solved / group.problems.length };
}

/** The changing arrays of a group in a fixed order: what a checkpoint holds. */
export function groupArrays(group: LinearGroup): (Float64Array | Int32Array)[] {
  return group.problems.flatMap((problem) =>
    problem.kind === 'dual'
      ? [problem.dual.alpha, problem.dual.w, problem.dual.order, problem.dual.scalars]
      : [problem.w, problem.scalars],
  );
}
