// What several models' answers to the same rows say: figures of each, and its difference to the first with an
// interval and a test. Which rows those are is decided in compare-rows.ts.
import type { ClassificationMetrics } from '../contract/metrics';
import type { ComparedRun, RunComparison } from '../contract/studio';
import { evaluateAnswers, record } from '../lib/metrics/evaluate';
import { labelIndices } from '../lib/metrics/named-answers';
import { defaultResamples, PairedBootstrap } from '../lib/statistics/bootstrap';
import { mcnemarP } from '../lib/statistics/mcnemar';
import { inPortions } from './portions';

/** One model's answers to the rows, as label names. */
export interface Contender {
  runId: string;
  modelId: string | null;
  /** For sentences: "Run 3", "v2". */
  name: string;
  labels: readonly string[];
  /** Null where the run has no answers to these rows. */
  answers: { predicted: string[][]; confidence: number[] } | null;
  /** Figures over exactly these rows with this truth, where they are at hand: they hold the loss too. */
  measured: ClassificationMetrics | null;
}

export interface SharedRows {
  rowIds: readonly string[];
  texts: readonly string[];
  actual: readonly (readonly string[])[];
  multiLabel: boolean;
}

/** Compares all with the first. Seeded: the same rows and answers give the same intervals. */
export async function compareContenders(
  rows: SharedRows,
  contenders: readonly Contender[],
): Promise<Pick<RunComparison, 'runs' | 'answers'>> {
  const answered = contenders.filter((one) => one.answers !== null);
  const labels = [...new Set([...answered.flatMap((one) => one.labels), ...rows.actual.flat()])];
  const judged = { ...rows, labels, actual: labelIndices(rows.actual, labels) };
  const predicted = new Map(answered.map((one) => [one, labelIndices(one.answers?.predicted ?? [], labels)]));
  const first = contenders[0];
  const base = first ? predicted.get(first) : undefined;
  const bootstrap =
    base && judged.rowIds.length > 0
      ? new PairedBootstrap(judged.actual, [...predicted.values()], labels.length, 0)
      : null;
  if (bootstrap)
    await inPortions(
      () => bootstrap.done >= defaultResamples,
      () => bootstrap.run(Math.min(10, defaultResamples - bootstrap.done)),
    );
  const metrics = contenders.map((one) => {
    const own = predicted.get(one);
    if (!own || !one.answers) return null;
    const known = new Set(one.labels);
    if (one.measured && known.size === labels.length) return one.measured;
    return evaluateAnswers(judged, own, one.answers.confidence);
  });
  const runs = contenders.map((one, index): ComparedRun => {
    const own = predicted.get(one);
    const figures = metrics[index] ?? null;
    const against = index > 0 && own && base ? { own, base } : null;
    const place = answered.indexOf(one);
    const interval = against && bootstrap ? bootstrap.difference('f1Macro', place, 0) : null;
    return {
      runId: one.runId,
      modelId: one.modelId,
      metrics: figures,
      difference: interval && {
        f1Macro: interval.observed,
        low: interval.low,
        high: interval.high,
        clear: interval.low > 0 || interval.high < 0,
      },
      mcnemar: against && disagreement(judged.actual, against.own, against.base),
      perClassDelta: index > 0 ? classDeltas(labels, figures, metrics[0] ?? null) : {},
    };
  });
  const answers = judged.rowIds.map((rowId, row) => ({
    rowId,
    text: judged.texts[row]!,
    actual: [...rows.actual[row]!],
    predicted: contenders.map((one) => one.answers?.predicted[row] ?? []),
    confidence: contenders.map((one) => one.answers?.confidence[row] ?? 0),
  }));
  return { runs, answers };
}

function disagreement(
  actual: readonly (readonly number[])[],
  own: readonly (readonly number[])[],
  base: readonly (readonly number[])[],
): { onlyThis: number; onlyBaseline: number; pValue: number } {
  let onlyThis = 0;
  let onlyBaseline = 0;
  actual.forEach((truth, row) => {
    const here = sameSet(truth, own[row]!);
    const there = sameSet(truth, base[row]!);
    if (here && !there) onlyThis++;
    if (there && !here) onlyBaseline++;
  });
  return { onlyThis, onlyBaseline, pValue: mcnemarP(onlyThis, onlyBaseline) };
}

function sameSet(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((label) => b.includes(label));
}

/** F1 of each class minus the baseline's, for the classes that occur. */
function classDeltas(
  labels: readonly string[],
  own: ClassificationMetrics | null,
  base: ClassificationMetrics | null,
): Record<string, number> {
  if (!own || !base) return {};
  const of = (metrics: ClassificationMetrics, label: string): { f1: number; support: number } =>
    Object.hasOwn(metrics.perClass, label) ? metrics.perClass[label]! : { f1: 0, support: 0 };
  return record(
    labels
      .filter((label) => of(own, label).support > 0)
      .map((label): [string, number] => [label, of(own, label).f1 - of(base, label).f1]),
  );
}
