// Logistic regression: softmax over the classes, or one sigmoid where there are two, with an L2 penalty on the
// coefficients and none on the intercepts, as scikit-learn's LogisticRegression. Solved by lbfgs.ts.
import type { Csr } from './csr';
import { sigmoid } from './calibration';
import { minimise, type Minimised } from './lbfgs';

export interface LogisticData {
  matrix: Csr;
  classOf: Int32Array;
  /** Class weight * sample weight of each row of the matrix. */
  rowWeight: Float64Array;
  /** Rows trained on. */
  rows: Int32Array;
  /** Columns of w: the number of classes, or 1 where there are two. */
  outputs: number;
  /** Inverse strength of the penalty. */
  C: number;
}

/**
 * Goes on from `w` ([features + 1, outputs], the intercepts last). The objective is scikit-learn's, divided by the
 * sum of the row weights: mean loss + |w|^2 / (2 C sum).
 */
export function improveLogistic(data: LogisticData, w: Float64Array, iterations: number, tolerance: number): Minimised {
  let total = 0;
  for (const row of data.rows) total += data.rowWeight[row]!;
  const memory = Math.max(3, Math.min(10, Math.floor(largestMemory / (w.length * 16))));
  return minimise(w, (at, gradient) => evaluate(data, at, gradient, total), { iterations, tolerance, memory });
}
/** Bytes the remembered steps of one fit may take. */
const largestMemory = 400e6;

function evaluate(data: LogisticData, w: Float64Array, gradient: Float64Array, total: number): number {
  const { matrix, classOf, rowWeight, rows, outputs, C } = data;
  const { offsets, indices, values, columns } = matrix;
  const penalised = columns * outputs;
  const strength = 1 / (C * total);
  let penalty = 0;
  for (let i = 0; i < penalised; i++) {
    const value = w[i]!;
    penalty += value * value;
    gradient[i] = strength * value;
  }
  gradient.fill(0, penalised);
  const residual = new Float64Array(outputs);
  let loss = 0;
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    const from = offsets[row]!;
    const to = offsets[row + 1]!;
    for (let c = 0; c < outputs; c++) residual[c] = w[penalised + c]!;
    for (let j = from; j < to; j++) {
      const at = indices[j]! * outputs;
      const value = values[j]!;
      for (let c = 0; c < outputs; c++) residual[c]! += value * w[at + c]!;
    }
    const weight = rowWeight[row]! / total;
    loss += weight * toResidual(residual, classOf[row]!);
    for (let c = 0; c < outputs; c++) {
      residual[c]! *= weight;
      gradient[penalised + c]! += residual[c]!;
    }
    for (let j = from; j < to; j++) {
      const at = indices[j]! * outputs;
      const value = values[j]!;
      for (let c = 0; c < outputs; c++) gradient[at + c]! += value * residual[c]!;
    }
  }
  return loss + 0.5 * strength * penalty;
}

/** Scores of one row become p - y, in place; returns its loss. */
function toResidual(scores: Float64Array, actual: number): number {
  if (scores.length === 1) {
    const z = actual === 1 ? scores[0]! : -scores[0]!;
    const wrong = sigmoid(-z);
    scores[0] = actual === 1 ? -wrong : wrong;
    return z > 0 ? Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z)) - z;
  }
  let most = -Infinity;
  for (let c = 0; c < scores.length; c++) most = Math.max(most, scores[c]!);
  const own = scores[actual]!;
  let sum = 0;
  for (let c = 0; c < scores.length; c++) sum += scores[c] = Math.exp(scores[c]! - most);
  for (let c = 0; c < scores.length; c++) scores[c]! /= sum;
  scores[actual]! -= 1;
  return Math.log(sum) + most - own;
}
