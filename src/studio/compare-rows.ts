// Which rows runs can fairly be compared on: rows that every one of them held back, with the labels that the
// first froze. Where there are too few, all models are asked about the first one's rows.
import type { ClassificationMetrics } from '../contract/metrics';
import type { FrozenSplit, Run, Split } from '../contract/records';
import { classification } from '../lib/metrics/figures';
import { findFrozenSplit } from '../storage/frozen-splits';
import type { SharedRows } from './compare-figures';

/** With fewer common rows than this, every model is asked about the first run's rows instead. */
export const fewestCommonRows = 20;

/** A row as one run held it back. */
export interface HeldRow {
  text: string;
  actual: string[];
  predicted: string[];
  confidence: number;
}

export interface HeldRows {
  run: Run;
  split: Split | 'none';
  labels: readonly string[];
  rows: Map<string, HeldRow>;
}

/** The answered rows of one split of a run; null where there are none. */
export async function heldRows(run: Run, split: Split): Promise<HeldRows | null> {
  const frozen = await findFrozenSplit(run.id, split);
  return frozen?.predicted && frozen.rowIds.length > 0
    ? { run, split, labels: frozen.labels, rows: byId(frozen) }
    : null;
}

function byId(frozen: FrozenSplit): Map<string, HeldRow> {
  const names = (list: readonly number[] | undefined): string[] => (list ?? []).map((label) => frozen.labels[label]!);
  return new Map(
    frozen.rowIds.map((rowId, row) => [
      rowId,
      {
        text: frozen.texts[row] ?? '',
        actual: names(frozen.actual[row]),
        predicted: names(frozen.predicted?.[row]),
        confidence: frozen.confidence?.[row] ?? 0,
      },
    ]),
  );
}

/** Rows that all hold with the same text, in the order of the first; a row edited in between is left out. */
function commonRowIds(held: readonly HeldRows[]): Pick<CommonRows, 'rowIds' | 'edited'> {
  const [first, ...others] = held;
  if (!first) return { rowIds: [], edited: 0 };
  const shared = [...first.rows].filter(([rowId]) => others.every((other) => other.rows.has(rowId)));
  const same = shared.filter(([rowId, { text }]) => others.every((other) => other.rows.get(rowId)?.text === text));
  return { rowIds: same.map(([rowId]) => rowId), edited: shared.length - same.length };
}

export interface CommonRows {
  split: Split | 'none';
  rowIds: string[];
  /** Rows all held back but with other texts: edited between the runs, so not compared. */
  edited: number;
  held: HeldRows[];
}

/**
 * The rows that all runs held back: their test rows, else their validation rows, else either of the two. The
 * largest of these that has at least `fewestCommonRows`, in that order of preference; else the largest.
 */
export async function rowsInCommon(runs: readonly Run[]): Promise<CommonRows> {
  const tests = await Promise.all(runs.map((run) => heldRows(run, 'test')));
  const validations = await Promise.all(runs.map((run) => heldRows(run, 'validation')));
  const either = runs.map((run, index) => merged(run, tests[index] ?? null, validations[index] ?? null));
  let best: CommonRows = { split: 'none', rowIds: [], edited: 0, held: [] };
  for (const [split, list] of [
    ['test', tests],
    ['validation', validations],
    ['none', either],
  ] as const) {
    const held = list.filter((one) => one !== null);
    if (held.length < runs.length) continue;
    const rows = commonRowIds(held);
    if (rows.rowIds.length >= fewestCommonRows) return { split, ...rows, held };
    if (rows.rowIds.length > best.rowIds.length) best = { split, ...rows, held };
  }
  return best;
}

function merged(run: Run, test: HeldRows | null, validation: HeldRows | null): HeldRows | null {
  const some = test ?? validation;
  if (!some) return null;
  return {
    run,
    split: 'none',
    labels: some.labels,
    rows: new Map([...(validation?.rows ?? []), ...(test?.rows ?? [])]),
  };
}

/** The rows with the first one's labels, and how many rows another run froze with other labels. */
export function sharedRows(common: CommonRows, multiLabel: boolean): { rows: SharedRows; relabelled: number } {
  const [first, ...others] = common.held;
  const own = common.rowIds.map((rowId) => first!.rows.get(rowId)!);
  const relabelled = common.rowIds.filter((rowId, row) =>
    others.some((other) => !sameNames(other.rows.get(rowId)!.actual, own[row]!.actual)),
  ).length;
  return {
    rows: {
      rowIds: common.rowIds,
      texts: own.map((row) => row.text),
      actual: own.map((row) => row.actual),
      multiLabel,
    },
    relabelled,
  };
}

/** The run's own figures, where they are over exactly these rows with this truth. */
export function measuredOn(held: HeldRows, rows: SharedRows): ClassificationMetrics | null {
  if (held.split === 'none' || held.split === 'train' || held.rows.size !== rows.rowIds.length) return null;
  const sameTruth = rows.rowIds.every((rowId, row) => sameNames(held.rows.get(rowId)!.actual, rows.actual[row]!));
  return sameTruth ? classification(held.run.metrics[held.split]) : null;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
