// The gate in front of "live": is the candidate about as good as what it replaces, on rows that were held back
// from the live version? It measures and explains; models.ts decides what to do with the answer.
import type { FrozenSplit, GateDecision, Model, Split } from '../contract/records';
import { countLabels, macroAverage, perLabel } from '../lib/metrics/counts';
import { classification, figureOf, primaryFigure } from '../lib/metrics/figures';
import { labelIndices } from '../lib/metrics/named-answers';
import { findDataset } from '../storage/datasets';
import { findFrozenSplit } from '../storage/frozen-splits';
import { readLabelledRows } from '../storage/labelled-rows';
import type { StudioContext } from './context';

/** How much macro-F1 a new version may lose against the live one. */
export const allowedLoss = 0.05;

export interface GateAnswer {
  passes: boolean;
  decision: GateDecision;
}

const rule = `Macro-F1 at most ${allowedLoss} below the live version's, both on the test rows of the live version's run with their labels as frozen then.`;

/** The answer for the first version of a project: there is nothing to be worse than. */
export function firstDeployment(candidate: Model): GateAnswer {
  const own = primaryFigure(candidate.metrics.test ?? candidate.metrics.validation);
  return {
    passes: true,
    decision: {
      rule: 'The first version always passes.',
      live: null,
      candidate: own?.value ?? null,
      ...(own ? { figure: own.name } : {}),
      difference: null,
      reason: `No version is live yet, so ${candidate.name} passes without a comparison.`,
    },
  };
}

/** A version without labels is judged by the figure it is known by; what both were measured on must be the same rows. */
function judgeFigures(candidate: Model, live: Model): GateAnswer {
  const split = live.metrics.test ? 'test' : 'validation';
  const before = primaryFigure(live.metrics[split]);
  const name = before?.name ?? '';
  const after = figureOf(candidate.metrics[split], name);
  if (candidate.task !== live.task || candidate.datasetHash !== live.datasetHash || !before || after === null)
    return refusedUnmeasured(
      `${candidate.name} and ${live.name} were not judged on the same rows, so their figures cannot be compared.`,
    );
  const difference = after - before.value;
  const passes = difference >= -allowedLoss - 1e-12;
  return {
    passes,
    decision: {
      rule: `${figureNames[name] ?? name} at most ${allowedLoss} below the live version's, both on the same ${split} rows.`,
      figure: name,
      live: before.value,
      candidate: after,
      difference,
      reason: `${candidate.name} has ${after.toFixed(3)} where ${live.name}, which is live, has ${before.value.toFixed(3)}: ${passes ? 'it passes' : 'it loses too much'}.`,
      rows: live.metrics[split]?.rows ?? 0,
      split,
    },
  };
}

const figureNames: Readonly<Record<string, string>> = {
  spearman: 'Spearman',
  ndcgAt10: 'nDCG at 10',
  tripletAccuracy: 'Triplet accuracy',
  hitRateAt10: 'Hit rate at 10',
};

/** Scores both versions on the same rows. A comparison that cannot be made does not pass, and says why. */
export async function judgeAtGate(context: StudioContext, candidate: Model, live: Model): Promise<GateAnswer> {
  const labelled = [candidate, live].every(({ metrics }) => classification(metrics.test ?? metrics.validation));
  if (!labelled) return judgeFigures(candidate, live);
  const rows = live.runId === null ? null : await heldBackRows(live.runId);
  if (!rows)
    return refusedUnmeasured(
      `The rows that ${live.name} was tested on are no longer here (its run was removed or kept none), so the two cannot be compared.`,
    );
  const truth = rows.frozen;
  const [liveAnswers, candidateAnswers] = [
    truth.predicted ?? labelIndices(await answersOf(context, live, truth), truth.labels),
    labelIndices((await answersKept(candidate, truth)) ?? (await answersOf(context, candidate, truth)), truth.labels),
  ];
  const before = figures(truth, liveAnswers);
  const after = figures(truth, candidateAnswers);
  const difference = after.f1Macro - before.f1Macro;
  const passes = difference >= -allowedLoss - 1e-12;
  const notes = [
    rows.split === 'validation'
      ? `The run of ${live.name} has no test rows, so its validation rows were used; they chose its best step and flatter it.`
      : '',
    unknownLabels(candidate, truth),
    await overlapWarning(candidate, live, truth),
  ].filter((note) => note !== '');
  return {
    passes,
    decision: {
      rule,
      live: before.f1Macro,
      candidate: after.f1Macro,
      difference,
      reason: [verdict(candidate, live, before.f1Macro, after.f1Macro, rows, passes), ...notes].join(' '),
      rows: truth.rowIds.length,
      split: rows.split,
      ...worstClass(truth.labels, before.f1, after.f1, before.support),
    },
  };
}

export function refusedUnmeasured(reason: string): GateAnswer {
  const advice = 'Deploy it with a reason of your own to put it live all the same.';
  return {
    passes: false,
    decision: { rule, live: null, candidate: null, difference: null, reason: `${reason} ${advice}` },
  };
}

interface HeldBack {
  split: Split;
  frozen: FrozenSplit;
}

/** Test rows of a run, else its validation rows; null where it has neither. */
export async function heldBackRows(runId: string): Promise<HeldBack | null> {
  for (const split of ['test', 'validation'] as const) {
    const frozen = await findFrozenSplit(runId, split);
    if (frozen && frozen.rowIds.length > 0) return { split, frozen };
  }
  return null;
}

/**
 * What the candidate's own run answered to these rows when it was evaluated: the usual case of one data set and
 * seed, where the model need not be loaded. Null unless every row is there with the same text.
 */
async function answersKept(candidate: Model, frozen: FrozenSplit): Promise<string[][] | null> {
  const own = candidate.runId === null ? null : await findFrozenSplit(candidate.runId, frozen.split);
  if (!own?.predicted) return null;
  const place = new Map(own.rowIds.map((rowId, row) => [rowId, row]));
  const answers: string[][] = [];
  for (const [row, rowId] of frozen.rowIds.entries()) {
    const at = place.get(rowId);
    const predicted = at === undefined ? undefined : own.predicted[at];
    if (at === undefined || !predicted || own.texts[at] !== frozen.texts[row]) return null;
    answers.push(predicted.map((label) => own.labels[label]!));
  }
  return answers;
}

async function answersOf(context: StudioContext, model: Model, frozen: FrozenSplit): Promise<string[][]> {
  const { rowIds, texts, labels } = frozen;
  const actual = frozen.actual.map((row) => row.map((label) => labels[label]!));
  return (await context.trainer.evaluate(model.id, { rowIds, texts, actual })).predicted;
}

function figures(frozen: FrozenSplit, predicted: number[][]): { f1Macro: number; f1: number[]; support: number[] } {
  const each = perLabel(countLabels(frozen.actual, predicted, frozen.labels.length));
  return {
    f1Macro: macroAverage(each).f1,
    f1: each.map((label) => label.f1),
    support: each.map((label) => label.support),
  };
}

function verdict(
  candidate: Model,
  live: Model,
  before: number,
  after: number,
  rows: HeldBack,
  passes: boolean,
): string {
  const difference = after - before;
  // Three decimals say enough, except at the edge, where they would contradict the verdict.
  const digits = Math.abs(difference + allowedLoss) < 0.0005 ? 5 : 3;
  const change =
    Math.abs(difference) < 0.5 * 10 ** -digits
      ? 'no difference'
      : `${Math.abs(difference).toFixed(digits)} ${difference > 0 ? 'higher' : 'lower'}`;
  const figures = `macro-F1 ${after.toFixed(digits)} against ${before.toFixed(digits)} of the live ${live.name} on the ${rows.frozen.rowIds.length.toLocaleString('en-GB')} ${rows.split} rows of its run, ${change}`;
  return passes
    ? `${candidate.name} passes: ${figures}; up to ${allowedLoss} lower is allowed.`
    : `${candidate.name} does not pass: ${figures}, and at most ${allowedLoss} lower is allowed. Deploy it with a reason of your own to put it live all the same.`;
}

function unknownLabels(candidate: Model, frozen: FrozenSplit): string {
  const known = new Set(candidate.labels);
  const used = new Set(frozen.actual.flat());
  const unknown = frozen.labels.filter((label, index) => used.has(index) && !known.has(label));
  if (unknown.length === 0) return '';
  const what = unknown.length === 1 ? '1 label' : `${unknown.length} labels`;
  return `${candidate.name} does not know ${what} of these rows (${unknown.slice(0, 5).join(', ')}${unknown.length > 5 ? ' …' : ''}); those rows count as wrong.`;
}

/** Rows that the candidate learned from tell little about it: named, since its figure may flatter it. */
async function overlapWarning(candidate: Model, live: Model, frozen: FrozenSplit): Promise<string> {
  const seen = await seenInTraining(candidate, live, frozen);
  if (seen === 0) return '';
  const share = seen === frozen.rowIds.length ? 'All of these rows' : `${seen.toLocaleString('en-GB')} of these rows`;
  return `${share} were also in the data ${candidate.name} was trained on, so its figure may flatter it.`;
}

async function seenInTraining(candidate: Model, live: Model, frozen: FrozenSplit): Promise<number> {
  if (candidate.runId === null) return 0;
  const trained = await findFrozenSplit(candidate.runId, 'train');
  if (!trained) return 0;
  const ids = new Set(trained.rowIds);
  const byId = frozen.rowIds.filter((rowId) => ids.has(rowId)).length;
  if (byId > 0 || candidate.datasetId === live.datasetId) return byId;
  // Another file may hold the same texts under other row ids.
  const dataset = await findDataset(candidate.datasetId);
  if (!dataset) return byId;
  const wanted = new Set(frozen.texts);
  const met = new Set<string>();
  for await (const rows of readLabelledRows(dataset))
    for (const row of rows) if (wanted.has(row.text) && ids.has(row.rowId)) met.add(row.text);
  return frozen.texts.filter((text) => met.has(text)).length;
}

function worstClass(
  labels: readonly string[],
  before: readonly number[],
  after: readonly number[],
  support: readonly number[],
): Pick<GateDecision, 'worstClass'> {
  let worst = -1;
  labels.forEach((_, label) => {
    if (support[label] === 0) return;
    if (worst < 0 || after[label]! - before[label]! < after[worst]! - before[worst]!) worst = label;
  });
  if (worst < 0) return {};
  return { worstClass: { label: labels[worst]!, live: before[worst]!, candidate: after[worst]! } };
}
