// A trained intent model: from a text to probabilities. Built by the trainer or from stored weights (weights.ts);
// the exported scripts do the same sums (export/).
import {
  calibrated,
  normaliseRow,
  sigmoid,
  softmaxRow,
  type Calibrator,
} from '../../../workers/kernels/linear/calibration';
import { temperRow } from '../../../workers/kernels/linear/temperature';
import { emptyRow, type SparseRow } from '../../../workers/kernels/linear/tfidf';
import type { Scores } from '../task';
import type { TextFeatures } from './text-features';

/** Coefficients by feature: one text's features lie close together, whatever the number of classes. */
export interface Coefficients {
  /** [features + 1] */
  offsets: Int32Array;
  /** Column (member * outputs + output) of each coefficient. */
  columns: Uint16Array;
  values: Float32Array;
  /** [members * outputs] */
  intercepts: Float64Array;
}

export interface IntentParts {
  features: TextFeatures;
  coefficients: Coefficients;
  /** Classifiers averaged, and scores each gives: one a class, or one where there are two classes. */
  members: number;
  outputs: number;
  /** The label each class stands for: indices into the labels of the model. */
  classes: number[];
  calibration: 'sigmoid' | 'isotonic' | 'none';
  /** [members * outputs]; empty without calibration. */
  calibrators: Calibrator[];
  temperature: number;
}

export class IntentModel {
  private readonly row: SparseRow = emptyRow();
  private readonly decisions: Float64Array;
  private readonly memberScores: Float64Array;
  private readonly classScores: Float64Array;

  constructor(
    readonly parts: IntentParts,
    readonly labels: readonly string[],
  ) {
    this.decisions = new Float64Array(parts.members * parts.outputs);
    this.memberScores = new Float64Array(parts.classes.length);
    this.classScores = new Float64Array(parts.classes.length);
  }

  /** Probabilities of one text into `out` from `at`, in the order of `labels`; labels never seen in training get 0. */
  score(text: string, out: Float64Array, at: number): void {
    const { parts, decisions, memberScores, classScores } = this;
    parts.features.row(text, this.row);
    decide(parts.coefficients, this.row, decisions);
    classScores.fill(0);
    for (let member = 0; member < parts.members; member++) {
      memberProbabilities(parts, decisions, member, memberScores);
      for (let c = 0; c < memberScores.length; c++) classScores[c]! += memberScores[c]! / parts.members;
    }
    temperRow(classScores, 0, classScores.length, parts.temperature);
    out.fill(0, at, at + this.labels.length);
    for (let c = 0; c < classScores.length; c++) out[at + parts.classes[c]!] = classScores[c]!;
  }

  scoreAll(texts: readonly string[]): Scores {
    const labels = this.labels.length;
    const values = new Float64Array(texts.length * labels);
    texts.forEach((text, row) => this.score(text, values, row * labels));
    return { rows: texts.length, labels, values };
  }
}

/** Raw scores of every member and output. */
function decide(coefficients: Coefficients, row: SparseRow, decisions: Float64Array): void {
  const { offsets, columns, values, intercepts } = coefficients;
  decisions.set(intercepts);
  for (let i = 0; i < row.length; i++) {
    const feature = row.indices[i]!;
    const value = row.values[i]!;
    const to = offsets[feature + 1]!;
    for (let j = offsets[feature]!; j < to; j++) decisions[columns[j]!]! += value * values[j]!;
  }
}

/** What one member thinks, before averaging and temperature: a row that sums to one. */
export function memberProbabilities(
  parts: Pick<IntentParts, 'outputs' | 'calibration' | 'calibrators'>,
  decisions: Float64Array,
  member: number,
  out: Float64Array,
): void {
  const { outputs, calibration, calibrators } = parts;
  const from = member * outputs;
  if (outputs === 1) {
    const calibrator = calibrators[from];
    const second = calibrator ? calibrated(calibrator, decisions[from]!) : sigmoid(decisions[from]!);
    out[0] = 1 - second;
    out[1] = second;
    return;
  }
  for (let c = 0; c < outputs; c++) {
    const calibrator = calibrators[from + c];
    out[c] = calibrator ? calibrated(calibrator, decisions[from + c]!) : decisions[from + c]!;
  }
  if (calibration === 'none') softmaxRow(out, 0, outputs);
  else normaliseRow(out, 0, outputs);
}
