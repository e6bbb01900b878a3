// What may be asked of a model: checked before a worker is bothered, so that a wrong call is named at once.
import { DatasetError, LimitError, NotEnoughSamplesError, RecipeError } from '../contract/errors';
import type { Dataset, Model, Split } from '../contract/records';
import { findFrozenSplit } from '../storage/frozen-splits';
import { readLabelledRows } from '../storage/labelled-rows';

const inputLimit = 100_000;
const lengthLimit = 200_000;
const rowLimit = 500_000;
const splits: readonly string[] = ['train', 'validation', 'test'];

/** Texts to predict: a list of strings within limits. DatasetError or LimitError naming the first that is not. */
export function checkedInputs(inputs: unknown): string[] {
  if (!Array.isArray(inputs))
    throw new DatasetError('The inputs of a prediction are a list of texts, such as ["where is my parcel"].');
  if (inputs.length > inputLimit)
    throw new LimitError(
      `${inputs.length.toLocaleString('en-GB')} texts are too many for one call; give at most ${inputLimit.toLocaleString('en-GB')} at a time.`,
    );
  return inputs.map((input: unknown, index) => checkedText(input, `Input ${index + 1}`));
}

function checkedText(text: unknown, what: string): string {
  if (typeof text !== 'string')
    throw new DatasetError(`${what} is ${text === null ? 'null' : `a ${typeof text}`}, not a text.`);
  if (text.length > lengthLimit)
    throw new LimitError(
      `${what} has ${text.length.toLocaleString('en-GB')} characters; at most ${lengthLimit.toLocaleString('en-GB')} are read. Cut it into pieces.`,
    );
  return text;
}

export function checkedTopK(topK: unknown): number {
  if (topK === undefined) return 5;
  if (typeof topK !== 'number' || !Number.isInteger(topK) || topK < 1)
    throw new RecipeError(`topK must be a whole number from 1, not ${String(topK)}.`);
  return topK;
}

/** Rows to judge a model on. `actual` are label names. */
export interface RowsToJudge {
  rowIds: string[];
  texts: string[];
  actual: string[][];
}

/** Rows given by hand, each with a text and a label or labels. */
export function rowsGiven(rows: unknown): RowsToJudge {
  if (!Array.isArray(rows)) throw new DatasetError('rows must be a list such as [{ text: "…", label: "refund" }].');
  if (rows.length === 0) throw new NotEnoughSamplesError('There is no row to judge the model on; give at least one.');
  const result: RowsToJudge = { rowIds: [], texts: [], actual: [] };
  rows.forEach((row: unknown, index) => {
    const what = `Row ${index + 1}`;
    if (typeof row !== 'object' || row === null)
      throw new DatasetError(`${what} is not an object with text and label.`);
    const { text, label, labels } = row as { text?: unknown; label?: unknown; labels?: unknown };
    const names: unknown = labels ?? (label === undefined ? undefined : [label]);
    if (!Array.isArray(names) || !names.every((name): name is string => typeof name === 'string'))
      throw new DatasetError(`${what} needs a label (text) or labels (a list of texts).`);
    result.rowIds.push(`given.${index}`);
    result.texts.push(checkedText(text, `The text of row ${index + 1}`));
    result.actual.push(names);
  });
  return result;
}

/**
 * The labelled rows of a data set, of one split where named: the rows that carry it, or, where no row carries
 * any, the rows that `model`'s run on this data set held as that split. Labels are those in force now.
 */
export async function rowsOfDataset(dataset: Dataset, split: Split | undefined, model: Model): Promise<RowsToJudge> {
  if (split !== undefined && !splits.includes(split))
    throw new DatasetError(`A split is train, validation or test, not "${String(split)}".`);
  const drawn =
    split !== undefined && model.runId !== null && model.datasetId === dataset.id
      ? await findFrozenSplit(model.runId, split)
      : null;
  const wanted = drawn ? new Set(drawn.rowIds) : null;
  const result: RowsToJudge = { rowIds: [], texts: [], actual: [] };
  let unlabelled = 0;
  for await (const rows of readLabelledRows(dataset))
    for (const row of rows) {
      if (wanted ? !wanted.has(row.rowId) : split !== undefined && row.split !== split) continue;
      if (row.origin === null) {
        unlabelled++;
        continue;
      }
      result.rowIds.push(row.rowId);
      result.texts.push(row.text);
      result.actual.push(row.labels);
      if (result.rowIds.length > rowLimit)
        throw new LimitError(
          `More than ${rowLimit.toLocaleString('en-GB')} rows are too many to judge a model on at once. Name a split, or make a smaller data set.`,
        );
    }
  if (result.rowIds.length === 0) throw new NotEnoughSamplesError(noRows(dataset, split, unlabelled));
  return result;
}

function noRows(dataset: Dataset, split: Split | undefined, unlabelled: number): string {
  const where = split === undefined ? `"${dataset.name}"` : `the ${split} rows of "${dataset.name}"`;
  if (unlabelled > 0)
    return `None of the ${unlabelled.toLocaleString('en-GB')} rows in ${where} has a label, so there is nothing to judge against. Label some first.`;
  if (split !== undefined)
    return `No row of "${dataset.name}" belongs to the ${split} split. Split the data set first, or leave the split out to use all rows.`;
  return `${where} has no rows.`;
}
