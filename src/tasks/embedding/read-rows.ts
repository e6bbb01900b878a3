// From the rows of a data set to examples: which columns make them, texts, scores, classes, splits. What a run keeps of them
// is in rows.ts.
import { DatasetError, NotEnoughSamplesError } from '../../contract/errors';
import type { Cell, Dataset, FrozenSplit, Project, Recipe, Split } from '../../contract/records';
import { rowIdOf } from '../../lib/ids';
import { numberOf, splitOf, textOf } from '../../lib/mapping-cells';
import { readLabelledRows } from '../../storage/labelled-rows';
import { readPages } from '../../storage/row-pages';
import { splitsOf } from '../../../workers/freeze';
import type { ReadRows, TaskSpec } from '../task';
import { formNames, splitNames, type EmbeddingData, type EmbeddingRows, type RowForm } from './data';

/** A row of the data set as far as this task reads it; one or more examples. */
export interface SourceRow {
  rowId: string;
  split: Split | null;
  group?: string;
  first: string;
  /** Positives or the second sentence. */
  second: string[];
  third: string[];
  score: number | null;
  label: string | null;
}

/** What the columns make of the rows; null where there is no text at all. */
export function formOf({ mapping }: Dataset, labelled: boolean): RowForm | null {
  const pair =
    (mapping.anchor !== undefined && mapping.positive !== undefined) ||
    (mapping.sentence1 !== undefined && mapping.sentence2 !== undefined);
  if (pair && mapping.score !== undefined) return 'scored-pairs';
  if (pair) return mapping.negative === undefined ? 'pairs' : 'triplets';
  if (mapping.text === undefined) return null;
  return labelled ? 'labelled' : 'texts';
}

const textsIn = (cell: Cell | undefined): string[] =>
  (Array.isArray(cell) ? cell : [cell]).map(textOf).filter((text) => text.trim() !== '');

async function* pairRows(dataset: Dataset): AsyncGenerator<SourceRow[]> {
  const { mapping } = dataset;
  const [one, two] =
    mapping.anchor !== undefined && mapping.positive !== undefined
      ? [mapping.anchor, mapping.positive]
      : [mapping.sentence1, mapping.sentence2];
  for await (const { view } of readPages(dataset)) {
    const cellsOf = (name: string | undefined): readonly Cell[] => (name === undefined ? [] : view.column(name));
    const [first, second, third] = [cellsOf(one), cellsOf(two), cellsOf(mapping.negative)];
    const [scores, splits, groups] = [cellsOf(mapping.score), cellsOf(mapping.split), cellsOf(mapping.group)];
    yield Array.from({ length: view.rows }, (_, i): SourceRow => {
      const group = textOf(groups[i]);
      return {
        rowId: rowIdOf(dataset.rootId, view.ordinal(i)),
        split: view.split(i) ?? splitOf(splits[i]),
        ...(group === '' ? {} : { group }),
        first: textsIn(first[i])[0] ?? '',
        second: textsIn(second[i]),
        third: textsIn(third[i]),
        score: numberOf(scores[i]),
        label: null,
      };
    });
  }
}

async function* textRows(dataset: Dataset): AsyncGenerator<SourceRow[]> {
  for await (const page of readLabelledRows(dataset))
    yield page.map(({ rowId, split, group, text, labels }) => ({
      ...{ rowId, split, first: text, second: [], third: [], score: null },
      ...(group === undefined ? {} : { group }),
      label: labels.length === 0 ? null : [...labels].sort().join(' + '),
    }));
}

/** All rows in order, page by page. */
export const sourceRows = (dataset: Dataset, form: RowForm): AsyncGenerator<SourceRow[]> =>
  form === 'labelled' || form === 'texts' ? textRows(dataset) : pairRows(dataset);

/** Whether the row holds all that its form needs. */
function isWhole(row: SourceRow, form: RowForm): boolean {
  if (row.first.trim() === '') return false;
  if (form === 'texts') return true;
  if (form === 'labelled') return row.label !== null;
  return row.second.length > 0 && (form !== 'scored-pairs' || row.score !== null);
}

/** DatasetError names what is missing, NotEnoughSamplesError how many rows. `most`: only about so many rows. */
export async function readEmbeddingRows(
  recipe: Recipe,
  spec: TaskSpec,
  dataset: Dataset,
  _project: Project,
  most = Infinity,
): Promise<ReadRows<EmbeddingData>> {
  const { config, seed } = recipe;
  const labelled = dataset.mapping.label !== undefined || dataset.mapping.labels !== undefined;
  let form = formOf(dataset, true);
  if (form === null)
    throw new DatasetError(
      `${spec.title} needs a column of texts (text), of pairs (anchor and positive, or sentence1 and sentence2, with or without score) or of triplets, and "${dataset.name}" has none mapped. Its columns are ${dataset.columns.join(', ')}: choose some under Data, Columns.`,
    );
  const all: SourceRow[] = [];
  for await (const page of sourceRows(dataset, form)) {
    for (const row of page) all.push(row);
    if (all.length >= most) break;
  }
  // Labels may also have been given here, row by row.
  if (form === 'labelled' && !labelled && all.every(({ label }) => label === null)) form = 'texts';
  const alsoUnlabelled = config['loss'] === 'simcse' || config['loss'] === 'distillation';
  const kept = all.filter((row) => isWhole(row, form === 'labelled' && alsoUnlabelled ? 'texts' : form));
  if (kept.length < Math.min(spec.minSamples, most))
    throw new NotEnoughSamplesError(
      `${spec.title} needs at least ${spec.minSamples} rows that are whole (${formNames[form]}), and "${dataset.name}" has ${kept.length}. Add rows, or map other columns under Data.`,
    );
  const labels = [...new Set(kept.flatMap(({ label }) => (label === null ? [] : [label])))].sort();
  if (form === 'labelled' && labels.length < 2 && !alsoUnlabelled)
    throw new DatasetError(
      `"${dataset.name}" has only one label ("${labels[0] ?? ''}"), so nothing can be told apart. Label some rows differently, or choose the loss SimCSE, which needs none.`,
    );
  const scores = form === 'scored-pairs' ? scaleOf(kept) : null;
  const targets = kept.map(({ label }) => (label === null ? [] : [labels.indexOf(label)]));
  const { split, notes } = splitsOf(kept, targets, labels, config, seed);
  const left = all.length - kept.length;
  if (left > 0) notes.push(`${left} rows are not whole (${formNames[form]}) and were left out.`);
  if (scores && (scores.low !== 0 || scores.high !== 1))
    notes.push(`Scores from ${scores.low} to ${scores.high} are read as 0 to 1.`);
  notes.push(`The rows are ${formNames[form]}.`);
  const data: EmbeddingData = {
    ...{ form, labels, scores },
    splits: {
      train: examplesOf(
        kept.filter((_, i) => split[i] === 'train'),
        { form, labels, scores },
      ),
      validation: examplesOf(
        kept.filter((_, i) => split[i] === 'validation'),
        { form, labels, scores },
      ),
      test: examplesOf(
        kept.filter((_, i) => split[i] === 'test'),
        { form, labels, scores },
      ),
    },
  };
  return { data, notes };
}

/** 0 to 1 where they are that already; else from the lowest (0 where none is negative) to the highest. */
function scaleOf(rows: readonly SourceRow[]): { low: number; high: number } {
  let [low, high] = [0, 0];
  for (const { score } of rows) {
    low = Math.min(low, score ?? 0);
    high = Math.max(high, score ?? 0);
  }
  if (low === 0 && high <= 1) return { low: 0, high: 1 };
  // Cosines from -1 to 1 keep their zero.
  if (low >= -1 && high <= 1) return { low: -1, high: 1 };
  return { low, high };
}

/** Rows of one split as examples: each positive is one, with the negative at its place, or the last. */
export function examplesOf(
  rows: readonly SourceRow[],
  { form, labels, scores }: Pick<EmbeddingData, 'form' | 'labels' | 'scores'>,
): EmbeddingRows {
  const made: Omit<EmbeddingRows, 'values'> = { rowIds: [], first: [], second: [], third: [] };
  const values: number[] = [];
  const place = new Map(labels.map((label, i) => [label, i]));
  for (const row of rows) {
    const count = form === 'labelled' || form === 'texts' ? 1 : row.second.length;
    for (let i = 0; i < count; i++) {
      made.rowIds.push(row.rowId);
      made.first.push(row.first);
      if (form === 'labelled') values.push(row.label === null ? -1 : (place.get(row.label) ?? -1));
      if (form === 'labelled' || form === 'texts') continue;
      made.second.push(row.second[i]!);
      if (form === 'triplets') made.third.push(row.third[Math.min(i, row.third.length - 1)] ?? '');
      if (form === 'scored-pairs' && scores)
        values.push(((row.score ?? scores.low) - scores.low) / Math.max(1e-12, scores.high - scores.low));
    }
  }
  return { ...made, values: Float64Array.from(values) };
}

/** The same examples again from what a run kept: row ids, and of labelled texts the labels of then. */
export async function rereadRows(
  dataset: Dataset,
  frozen: Record<Split, FrozenSplit>,
  kind: Pick<EmbeddingData, 'form' | 'labels' | 'scores'>,
): Promise<EmbeddingData> {
  const wanted = new Map<string, SourceRow | null>();
  for (const split of splitNames) for (const id of frozen[split].rowIds) wanted.set(id, null);
  for await (const page of sourceRows(dataset, kind.form))
    for (const row of page) if (wanted.has(row.rowId)) wanted.set(row.rowId, row);
  const missing = [...wanted.values()].filter((row) => row === null).length;
  if (missing > 0)
    throw new DatasetError(
      `${missing} of the ${wanted.size} rows of this run are not in "${dataset.name}" any more, so it cannot go on exactly. Start a new run.`,
    );
  const of = (split: Split): EmbeddingRows => {
    const { rowIds, actual, labels } = frozen[split];
    const rows: SourceRow[] = [];
    rowIds.forEach((id, i) => {
      const row = wanted.get(id);
      // Examples of one row stand side by side, and all come from the row itself.
      if (!row || rowIds[i - 1] === id) return;
      const target = actual[i]?.[0];
      rows.push(
        kind.form === 'labelled' ? { ...row, label: target === undefined ? null : (labels[target] ?? null) } : row,
      );
    });
    return examplesOf(rows, kind);
  };
  return { ...kind, splits: { train: of('train'), validation: of('validation'), test: of('test') } };
}
