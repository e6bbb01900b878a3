// Linear support vector machine with squared hinge, by dual coordinate descent with shrinking (Hsieh et al. 2008,
// "A dual coordinate descent method for large-scale linear SVM", algorithm 3; the method of liblinear).
// Minimises 0.5 (|w|^2 + b^2) + sum_i C_i max(0, 1 - y_i f(x_i))^2; the intercept is a feature of value 1.
// One problem is one class against the rest. All state lies in arrays, so that any thread can go on with it.
import type { Csr } from './csr';

/** What the problems of one fit share. Arrays lie over all rows of the matrix, `rows` names those trained on. */
export interface DualData {
  matrix: Csr;
  /** Class of each row. */
  classOf: Int32Array;
  /** 0.5 / (C * sample weight) of each row. */
  halfInverseCost: Float64Array;
  /** |x|^2 + 1 of each row. */
  squaredNorm: Float64Array;
  /** [n] */
  rows: Int32Array;
}

export interface DualProblem {
  /** The class that is +1. */
  positive: number;
  /** Weight of the positive and of the other rows, on top of their cost. */
  positiveWeight: number;
  negativeWeight: number;
  /** Dual variables, [n]. */
  alpha: Float64Array;
  /** Coefficients, then the intercept: [features + 1]. */
  w: Float64Array;
  /** The rows still looked at, ascending: [n], the first `active` count. */
  order: Int32Array;
  /** See the constants below. */
  scalars: Float64Array;
}

const ACTIVE = 0;
const GRADIENT_MAX = 1;
const SWEEPS = 2;
const DONE = 3;
const LOSS = 4;
const RANDOM = 5;
const OPENING_RANDOM = 6;
export const scalarCount = 7;

/**
 * The first sweeps look at every row, in an order that four neighbouring problems share: WebAssembly makes them for
 * four at once (linear.as.ts).
 */
export const openingSweeps = 4;
/** A row is shrunk when its gradient is above this share of the largest of the sweep before; liblinear waits for all of it. */
const shrink = 0.5;

export const sweepsOf = (problem: DualProblem): number => problem.scalars[SWEEPS]!;
export const isDone = (problem: DualProblem): boolean => problem.scalars[DONE] === 1;
/** Mean squared hinge over the rows, each as met in the last sweep. */
export const lossOf = (problem: DualProblem): number => problem.scalars[LOSS]!;

/** Sets a problem to its start: alpha = 0, every row to be looked at. Seeds move only the order of visits. */
export function startProblem(problem: DualProblem, seed: number, openingSeed = seed): void {
  const { alpha, w, order, scalars } = problem;
  alpha.fill(0);
  w.fill(0);
  inOrder(order);
  scalars.set([order.length, Infinity, 0, 0, 1, seed | 0 || 1, openingSeed | 0 || 1]);
}

/** What an opening sweep of problems together needs of each; see `recordOpening`. */
export const openingRandom = (problem: DualProblem): number => problem.scalars[OPENING_RANDOM]!;

/** After an opening sweep. `most`: the largest projected gradient met. */
export function recordOpening(problem: DualProblem, most: number, loss: number, random: number): void {
  const { scalars } = problem;
  inOrder(problem.order);
  scalars[GRADIENT_MAX] = most <= 0 ? Infinity : most * shrink;
  scalars[SWEEPS]!++;
  scalars[LOSS] = loss;
  scalars[OPENING_RANDOM] = random;
}

function inOrder(order: Int32Array): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
}

/** Sweeps until `untilSweep` were made in all or the problem is solved to `tolerance` (liblinear's criterion). */
export function descend(data: DualData, problem: DualProblem, untilSweep: number, tolerance: number): void {
  while (!isDone(problem) && sweepsOf(problem) < untilSweep)
    if (sweepsOf(problem) < openingSweeps) openingSweep(data, problem);
    else sweep(data, problem, tolerance);
}

/**
 * A sweep over every row, whatever its gradient. Visited in a new random order each sweep: a fixed one converges far
 * slower, since all rows share the intercept.
 */
function openingSweep(data: DualData, problem: DualProblem): void {
  const { classOf, halfInverseCost, squaredNorm, rows } = data;
  const { offsets, indices, values, columns } = data.matrix;
  const { alpha, w, order, scalars, positive } = problem;
  const scalePositive = 1 / problem.positiveWeight;
  const scaleNegative = 1 / problem.negativeWeight;
  const count = rows.length;
  let most = -Infinity;
  let loss = 0;
  let bias = w[columns]!;
  let random = scalars[OPENING_RANDOM]! | 0;
  for (let s = 0; s < count; s++) {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    const t = s + Math.floor((random >>> 0) * 2 ** -32 * (count - s));
    const i = order[t]!;
    order[t] = order[s]!;
    const row = rows[i]!;
    const from = offsets[row]!;
    const to = offsets[row + 1]!;
    const f = pairedSum(data.matrix, from, to, w, bias);
    const isPositive = classOf[row] === positive;
    const margin = isPositive ? 1 - f : 1 + f;
    if (margin > 0) loss += margin * margin;
    const before = alpha[i]!;
    const diagonal = halfInverseCost[row]! * (isPositive ? scalePositive : scaleNegative);
    const gradient = before * diagonal - margin;
    most = Math.max(most, before === 0 && gradient >= 0 ? 0 : gradient);
    const after = Math.max(before - gradient / (diagonal + squaredNorm[row]!), 0);
    if (after === before) continue;
    alpha[i] = after;
    const change = isPositive ? after - before : before - after;
    bias += change;
    for (let j = from; j < to; j++) w[indices[j]!]! += change * values[j]!;
  }
  w[columns] = bias;
  recordOpening(problem, most, loss / count, random);
}

/** bias + x·w over the entries [from, to). Two sums, so that one addition need not wait for the other. */
function pairedSum({ indices, values }: Csr, from: number, to: number, w: Float64Array, bias: number): number {
  let even = bias;
  let odd = 0;
  let j = from;
  for (; j + 1 < to; j += 2) {
    even += values[j]! * w[indices[j]!]!;
    odd += values[j + 1]! * w[indices[j + 1]!]!;
  }
  if (j < to) even += values[j]! * w[indices[j]!]!;
  return even + odd;
}

function sweep(data: DualData, problem: DualProblem, tolerance: number): void {
  const { classOf, halfInverseCost, squaredNorm, rows } = data;
  const { offsets, indices, values, columns } = data.matrix;
  const { alpha, w, order, scalars, positive } = problem;
  const scalePositive = 1 / problem.positiveWeight;
  const scaleNegative = 1 / problem.negativeWeight;
  const active = scalars[ACTIVE]!;
  const oldMax = scalars[GRADIENT_MAX]!;
  let newMax = -Infinity;
  let newMin = Infinity;
  let loss = 0;
  let kept = 0;
  let bias = w[columns]!;
  let random = scalars[RANDOM]! | 0;
  for (let s = 0; s < active; s++) {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    const t = s + Math.floor((random >>> 0) * 2 ** -32 * (active - s));
    const i = order[t]!;
    order[t] = order[s]!;
    const row = rows[i]!;
    const from = offsets[row]!;
    const to = offsets[row + 1]!;
    const f = pairedSum(data.matrix, from, to, w, bias);
    const isPositive = classOf[row] === positive;
    const margin = isPositive ? 1 - f : 1 + f;
    if (margin > 0) loss += margin * margin;
    const before = alpha[i]!;
    const diagonal = halfInverseCost[row]! * (isPositive ? scalePositive : scaleNegative);
    const gradient = before * diagonal - margin;
    if (before === 0) {
      // Far on the right side of its margin: shrunk, that is, not looked at until the others are solved.
      if (gradient > oldMax) continue;
      if (gradient >= 0) {
        order[kept++] = i;
        if (newMax < 0) newMax = 0;
        if (newMin > 0) newMin = 0;
        continue;
      }
    }
    order[kept++] = i;
    if (gradient > newMax) newMax = gradient;
    if (gradient < newMin) newMin = gradient;
    if (gradient < 1e-12 && gradient > -1e-12) continue;
    let after = before - gradient / (diagonal + squaredNorm[row]!);
    if (after < 0) after = 0;
    alpha[i] = after;
    const change = isPositive ? after - before : before - after;
    bias += change;
    for (let j = from; j < to; j++) w[indices[j]!]! += change * values[j]!;
  }
  w[columns] = bias;
  scalars[RANDOM] = random;
  scalars[SWEEPS]!++;
  scalars[LOSS] = loss / rows.length;
  if (newMax - newMin > tolerance) {
    scalars[ACTIVE] = kept;
    scalars[GRADIENT_MAX] = newMax <= 0 ? Infinity : newMax * shrink;
    return;
  }
  if (active === rows.length) scalars[DONE] = 1;
  // Solved on what is left: look at every row once more before saying so.
  inOrder(order);
  scalars[ACTIVE] = rows.length;
  scalars[GRADIENT_MAX] = Infinity;
}

/** Rebuilds w from alpha, so that no rounding of the updates is left and untouched features are exactly 0. */
export function settle(data: DualData, problem: DualProblem): void {
  const { offsets, indices, values, columns } = data.matrix;
  const { alpha, w } = problem;
  w.fill(0);
  for (let i = 0; i < alpha.length; i++) {
    if (alpha[i] === 0) continue;
    const row = data.rows[i]!;
    const signed = data.classOf[row] === problem.positive ? alpha[i]! : -alpha[i]!;
    w[columns]! += signed;
    for (let j = offsets[row]!; j < offsets[row + 1]!; j++) w[indices[j]!]! += signed * values[j]!;
  }
}

/** f(x) of one row. */
export function decide(matrix: Csr, row: number, w: Float64Array): number {
  let f = w[matrix.columns]!;
  for (let j = matrix.offsets[row]!; j < matrix.offsets[row + 1]!; j++) f += matrix.values[j]! * w[matrix.indices[j]!]!;
  return f;
}

/** Primal and dual value; their difference bounds how far the primal is from its least. */
export function objectives(data: DualData, problem: DualProblem): { primal: number; dual: number } {
  let half = 0;
  for (const value of problem.w) half += 0.5 * value * value;
  let primal = half;
  let dual = -half;
  problem.alpha.forEach((value, i) => {
    const row = data.rows[i]!;
    const isPositive = data.classOf[row] === problem.positive;
    const diagonal = data.halfInverseCost[row]! / (isPositive ? problem.positiveWeight : problem.negativeWeight);
    const margin = 1 - (isPositive ? 1 : -1) * decide(data.matrix, row, problem.w);
    if (margin > 0) primal += (0.5 / diagonal) * margin * margin;
    dual += value - 0.5 * diagonal * value ** 2;
  });
  return { primal, dual };
}
