// From decisions to probabilities: Platt's sigmoid and isotonic regression, one class against the rest, exactly as
// scikit-learn's CalibratedClassifierCV fits them. Temperature, which works on whole rows, is in temperature.ts.

export interface Sigmoid {
  kind: 'sigmoid';
  /** p = 1 / (1 + exp(a f + b)) */
  a: number;
  b: number;
}
export interface Isotonic {
  kind: 'isotonic';
  /** Rising thresholds; linear between them, flat outside. */
  x: Float64Array;
  y: Float64Array;
}
export type Calibrator = Sigmoid | Isotonic;

/** Decisions with what was true (1 = this class) and how much each row counts. */
export interface CalibrationRows {
  decisions: Float64Array;
  isPositive: Uint8Array;
  weights: Float64Array;
}

export function calibrated(calibrator: Calibrator, decision: number): number {
  if (calibrator.kind === 'isotonic') return interpolate(calibrator, decision);
  return sigmoid(-(calibrator.a * decision + calibrator.b));
}

/** 1 / (1 + exp(-z)) without overflow. */
export function sigmoid(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

/** Decisions this large are scaled before the fit, as scikit-learn does; the answer is in the original scale. */
const largeDecision = 30;

/**
 * Platt's targets (weighted counts where weights are given), Newton's method with backtracking (Lin, Lin and Weng
 * 2007). The optimum is unique, so it is the one scikit-learn's solver finds, to about 1e-6.
 */
export function fitSigmoid(rows: CalibrationRows): Sigmoid {
  const { decisions, isPositive, weights } = rows;
  let positive = 0;
  let negative = 0;
  let largest = 0;
  for (let i = 0; i < decisions.length; i++) {
    if (isPositive[i]) positive += weights[i]!;
    else negative += weights[i]!;
    largest = Math.max(largest, Math.abs(decisions[i]!));
  }
  const scale = largest >= largeDecision ? 1 / largest : 1;
  const high = (positive + 1) / (positive + 2);
  const low = 1 / (negative + 2);
  let here = newSigmoidPoint(0, Math.log((negative + 1) / (positive + 1)));
  let there = newSigmoidPoint(0, 0);
  lookAt(here, rows, scale, high, low);
  for (let round = 0; round < 100; round++) {
    const { gradientA, gradientB, aa, ab, bb } = here;
    if (Math.abs(gradientA) < 1e-9 && Math.abs(gradientB) < 1e-9) break;
    const determinant = aa * bb - ab * ab;
    const stepA = -(bb * gradientA - ab * gradientB) / determinant;
    const stepB = -(aa * gradientB - ab * gradientA) / determinant;
    const slope = gradientA * stepA + gradientB * stepB;
    let length = 1;
    while (length > 1e-10) {
      there.a = here.a + length * stepA;
      there.b = here.b + length * stepB;
      lookAt(there, rows, scale, high, low);
      if (there.value < here.value + 1e-4 * length * slope) break;
      length /= 2;
    }
    if (length <= 1e-10) break;
    const gain = here.value - there.value;
    [here, there] = [there, here];
    if (gain <= 1e-14 * Math.abs(here.value)) break;
  }
  return { kind: 'sigmoid', a: here.a * scale, b: here.b };
}

/** The loss at (a, b) with its first and second derivatives. */
interface SigmoidPoint {
  a: number;
  b: number;
  value: number;
  gradientA: number;
  gradientB: number;
  aa: number;
  ab: number;
  bb: number;
}
const newSigmoidPoint = (a: number, b: number): SigmoidPoint => ({
  ...{ a, b, value: 0 },
  ...{ gradientA: 0, gradientB: 0, aa: 0, ab: 0, bb: 0 },
});

/** Logarithms are added up as one of a product, which stays below this. */
const largeProduct = 1e290;

/** Fills all but a and b, in one pass with one exponential a row: most trials are taken, so nothing is wasted. */
function lookAt(point: SigmoidPoint, rows: CalibrationRows, scale: number, high: number, low: number): void {
  const { decisions, isPositive, weights } = rows;
  const { a, b } = point;
  let value = 0;
  let product = 1;
  let gradientA = 0;
  let gradientB = 0;
  // Added to the diagonal so that equal decisions still give a solvable system.
  let aa = 1e-12;
  let bb = 1e-12;
  let ab = 0;
  for (let i = 0; i < decisions.length; i++) {
    const f = decisions[i]! * scale;
    const weight = weights[i]!;
    const target = isPositive[i] ? high : low;
    const z = a * f + b;
    const e = Math.exp(-Math.abs(z));
    const larger = 1 / (1 + e);
    const p = z >= 0 ? e * larger : larger;
    value += weight * (z >= 0 ? target * z : (target - 1) * z);
    if (weight === 1) {
      product *= 1 + e;
      if (product > largeProduct) {
        value += Math.log(product);
        product = 1;
      }
    } else value += weight * Math.log1p(e);
    const residual = weight * (target - p);
    const curvature = weight * p * (1 - p);
    gradientA += f * residual;
    gradientB += residual;
    aa += f * f * curvature;
    ab += f * curvature;
    bb += curvature;
  }
  point.value = value + Math.log(product);
  point.gradientA = gradientA;
  point.gradientB = gradientB;
  point.aa = aa;
  point.ab = ab;
  point.bb = bb;
}

/** Pool adjacent violators on probabilities; equal decisions are averaged by weight first. */
export function fitIsotonic(rows: CalibrationRows): Isotonic {
  const { decisions, isPositive, weights } = rows;
  const order = Array.from(decisions, (_, i) => i)
    .filter((i) => weights[i]! > 0)
    .sort((i, j) => decisions[i]! - decisions[j]!);
  const x: number[] = [];
  const mean: number[] = [];
  const weight: number[] = [];
  for (const i of order) {
    const last = x.length - 1;
    if (last >= 0 && decisions[i]! - x[last]! < 1e-15) {
      const total = weight[last]! + weights[i]!;
      mean[last] = (mean[last]! * weight[last]! + isPositive[i]! * weights[i]!) / total;
      weight[last] = total;
    } else {
      x.push(decisions[i]!);
      mean.push(isPositive[i]!);
      weight.push(weights[i]!);
    }
  }
  const y = poolAdjacent(mean, weight);
  const keep = x.map((_, i) => i === 0 || i === x.length - 1 || y[i] !== y[i - 1] || y[i] !== y[i + 1]);
  return {
    kind: 'isotonic',
    x: Float64Array.from(x.filter((_, i) => keep[i])),
    y: Float64Array.from(y.filter((_, i) => keep[i])),
  };
}

function poolAdjacent(mean: readonly number[], weight: readonly number[]): number[] {
  const blocks: { mean: number; weight: number; size: number }[] = [];
  mean.forEach((value, i) => {
    let block = { mean: value, weight: weight[i]!, size: 1 };
    for (let before = blocks.at(-1); before && before.mean >= block.mean; before = blocks.at(-1)) {
      const total = before.weight + block.weight;
      block = {
        mean: (before.mean * before.weight + block.mean * block.weight) / total,
        weight: total,
        size: before.size + block.size,
      };
      blocks.pop();
    }
    blocks.push(block);
  });
  return blocks.flatMap((block) => new Array<number>(block.size).fill(block.mean));
}

function interpolate({ x, y }: Isotonic, at: number): number {
  const last = x.length - 1;
  if (last < 0) return 0;
  if (at <= x[0]!) return y[0]!;
  if (at >= x[last]!) return y[last]!;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= at) low = middle;
    else high = middle;
  }
  return y[low]! + ((y[high]! - y[low]!) * (at - x[low]!)) / (x[high]! - x[low]!);
}

/**
 * One row of per-class probabilities made to sum to one, in place: all zero becomes uniform. With one problem
 * (two classes) the second class has what was calibrated and the first the rest.
 */
export function normaliseRow(values: Float64Array, from: number, classes: number): void {
  let sum = 0;
  for (let c = from; c < from + classes; c++) sum += values[c]!;
  for (let c = from; c < from + classes; c++) values[c] = sum > 0 ? values[c]! / sum : 1 / classes;
}

/** Softmax of one row, in place. */
export function softmaxRow(values: Float64Array, from: number, classes: number): void {
  let most = -Infinity;
  for (let c = from; c < from + classes; c++) most = Math.max(most, values[c]!);
  for (let c = from; c < from + classes; c++) values[c] = Math.exp(values[c]! - most);
  normaliseRow(values, from, classes);
}
