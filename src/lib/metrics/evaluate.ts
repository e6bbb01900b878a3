// One pass from probabilities to every figure of an evaluation, with the contract's names. Definitions are in
// the files beside this one; here is only their assembly.
import type { ClassificationMetrics, LabelScore, Misclassified } from '../../contract/metrics';
import type { Scores } from '../../tasks/task';
import { expectedCalibrationError, reliabilityBins } from './calibration';
import { countLabels, macroAverage, microAverage, perLabel, weightedAverage } from './counts';
import { binaryLogLoss, logLoss } from './log-loss';
import { hierarchicalAverages, levelMetrics } from './hierarchical';
import { chooseLabels, hammingLoss, samplesAverage, subsetAccuracy } from './multilabel';

/** Wrong rows kept with an evaluation; the surest come first, since they teach most. The rest are in the frozen split. */
export const misclassifiedKept = 500;
const scoresKept = 5;

/** Rows with their truth. `actual`: label indices; one label a row: an empty list is wrong whatever is answered. */
export interface JudgedRows {
  labels: readonly string[];
  multiLabel: boolean;
  rowIds: readonly string[];
  texts: readonly string[];
  actual: readonly (readonly number[])[];
  /** Labels that form a tree: the parent of each, -1 at the top. */
  parents?: readonly number[] | undefined;
}

export interface EvaluationInput extends JudgedRows {
  scores: Scores;
}

export interface Evaluation {
  metrics: ClassificationMetrics;
  /** Label indices answered for each row. */
  predicted: number[][];
  /** One label: its probability. Several: the highest probability. */
  confidence: number[];
}

/**
 * Judges `scores` against `actual`. One label a row: the answer is the highest score, the first on ties.
 * Several: every label whose score reaches its threshold (chooseLabels). The figures over no rows are 0 and the ones that
 * may be undefined null.
 */
export function evaluateRows(input: EvaluationInput): Evaluation {
  const { labels, multiLabel, actual, scores } = input;
  const { predicted, confidence } = answers(scores, multiLabel);
  const metrics = evaluateAnswers(input, predicted, confidence, (row) => topScores(labels, scores, row));
  if (multiLabel) {
    metrics.loss = finite(binaryLogLoss(scores.values, labels.length, actual));
    metrics.reliability = decisionReliability(scores, actual);
    metrics.ece = finite(expectedCalibrationError(metrics.reliability));
  } else if (actual.every((own) => own.length > 0)) {
    const truth = actual.map((own) => own[0]!);
    metrics.loss = finite(logLoss(scores.values, labels.length, truth));
  }
  return { metrics, predicted, confidence };
}

/**
 * The same figures from answers alone, where the probabilities are no longer at hand: no loss, and for several
 * labels no calibration. `scoresOf`: the top scores of a row, for the wrong rows that are kept.
 */
export function evaluateAnswers(
  judged: JudgedRows,
  predicted: readonly (readonly number[])[],
  confidence: readonly number[],
  scoresOf?: (row: number) => LabelScore[],
): ClassificationMetrics {
  const { labels, multiLabel, actual } = judged;
  const rows = actual.length;
  const right = actual.map((own, row) => sameLabels(own, predicted[row]!));
  const counts = countLabels(actual, predicted, labels.length);
  const each = perLabel(counts);
  const macro = macroAverage(each);
  const weighted = weightedAverage(each);
  const exact = right.reduce((sum, one) => sum + (one ? 1 : 0), 0);
  const reliability = multiLabel ? [] : reliabilityBins(confidence, right);
  const metrics: ClassificationMetrics = {
    rows,
    loss: null,
    accuracy: rows === 0 ? 0 : exact / rows,
    precisionMacro: macro.precision,
    recallMacro: macro.recall,
    f1Macro: macro.f1,
    precisionWeighted: weighted.precision,
    recallWeighted: weighted.recall,
    f1Weighted: weighted.f1,
    f1Micro: microAverage(counts).f1,
    ece: finite(expectedCalibrationError(reliability)),
    perClass: record(labels.map((label, index) => [label, each[index]!])),
    confusion: multiLabel ? {} : sparseConfusion(labels, actual, predicted),
    misclassified: misclassified(judged, predicted, confidence, right, scoresOf),
    reliability,
  };
  if (multiLabel) {
    metrics.hammingLoss = hammingLoss(actual, predicted, labels.length) ?? 0;
    metrics.subsetAccuracy = subsetAccuracy(actual, predicted) ?? 0;
    metrics.f1Samples = samplesAverage(actual, predicted)?.f1 ?? 0;
    if (judged.parents) {
      const hierarchical = hierarchicalAverages(actual, predicted, judged.parents);
      metrics.hierarchicalPrecision = hierarchical.precision;
      metrics.hierarchicalRecall = hierarchical.recall;
      metrics.hierarchicalF1 = hierarchical.f1;
      metrics.levels = levelMetrics(actual, predicted, judged.parents);
    }
  }
  return metrics;
}

/** What the scores answer, row by row. */
export function answers(scores: Scores, multiLabel: boolean): { predicted: number[][]; confidence: number[] } {
  const { rows, labels, values } = scores;
  const predicted: number[][] = [];
  const confidence: number[] = [];
  for (let row = 0; row < rows; row++) {
    const base = row * labels;
    let best = 0;
    for (let label = 1; label < labels; label++) if (values[base + label]! > values[base + best]!) best = label;
    predicted.push(multiLabel ? chooseLabels(scores, row) : labels === 0 ? [] : [best]);
    const top = labels === 0 ? 0 : values[base + best]!;
    confidence.push(Number.isFinite(top) ? top : 0);
  }
  return { predicted, confidence };
}

/** Several labels: every decision is a row of its own, its probability the confidence that the label holds. */
function decisionReliability(
  scores: Scores,
  actual: readonly (readonly number[])[],
): ClassificationMetrics['reliability'] {
  const holds = new Uint8Array(scores.rows * scores.labels);
  actual.forEach((own, row) => {
    for (const label of own) holds[row * scores.labels + label] = 1;
  });
  return reliabilityBins(scores.values, holds);
}

function misclassified(
  judged: JudgedRows,
  predicted: readonly (readonly number[])[],
  confidence: readonly number[],
  right: readonly boolean[],
  scoresOf: ((row: number) => LabelScore[]) | undefined,
): Misclassified[] {
  const wrong = right.flatMap((one, row) => (one ? [] : [row]));
  wrong.sort((a, b) => confidence[b]! - confidence[a]! || a - b);
  const names = (list: readonly number[]): string[] => list.map((label) => judged.labels[label]!);
  return wrong.slice(0, misclassifiedKept).map((row) => {
    const answer = names(predicted[row]!);
    const sure = confidence[row]!;
    return {
      rowId: judged.rowIds[row]!,
      text: judged.texts[row]!,
      actual: names(judged.actual[row]!),
      predicted: answer,
      confidence: sure,
      scores: scoresOf ? scoresOf(row) : answer.slice(0, 1).map((label) => ({ label, score: sure })),
    };
  });
}

/** The highest scores of a row, for the wrong rows that are kept. */
export function topScores(labels: readonly string[], scores: Scores, row: number): LabelScore[] {
  const base = row * scores.labels;
  return labels
    .map((label, index) => ({ label, score: scores.values[base + index]! }))
    .sort((a, b) => b.score - a.score)
    .slice(0, scoresKept);
}

function sparseConfusion(
  labels: readonly string[],
  actual: readonly (readonly number[])[],
  predicted: readonly (readonly number[])[],
): ClassificationMetrics['confusion'] {
  const rows = new Map<string, Map<string, number>>();
  actual.forEach((own, row) => {
    const truth = own[0];
    const answer = predicted[row]![0];
    if (truth === undefined || answer === undefined) return;
    const line = rows.get(labels[truth]!) ?? new Map<string, number>();
    rows.set(labels[truth]!, line);
    line.set(labels[answer]!, (line.get(labels[answer]!) ?? 0) + 1);
  });
  return record([...rows].map(([label, line]) => [label, record([...line])]));
}

/** Labels come from files and one may be called `__proto__`: own properties only, whatever the name. */
export function record<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(entries);
}

function sameLabels(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((label) => b.includes(label));
}

function finite(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : value;
}
