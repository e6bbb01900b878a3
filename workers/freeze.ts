// The rows of a run, taken once at its start: texts, labels in force, splits and weights. What comes later
// (a relabelled row, a new version) does not reach a run that has begun; a resumed one reads what was frozen.
import { DatasetError, NotEnoughSamplesError } from '../src/contract/errors';
import type { Dataset, FrozenSplit, Project, Recipe, Run, Split } from '../src/contract/records';
import { hashOfPages, sha256 } from '../src/lib/hash';
import { splitRows } from '../src/lib/splits';
import { parentIndices, taxonomyOf, type Taxonomy } from '../src/lib/taxonomy';
import { findFrozenSplit, putFrozenSplits } from '../src/storage/frozen-splits';
import { readLabelledRows, type LabelledRow } from '../src/storage/labelled-rows';
import type { ReadRows, TaskData, TaskRows, TaskSpec } from '../src/tasks/task';

const parts: readonly Split[] = ['train', 'validation', 'test'];

/** One record a split. */
export async function storeRows(run: Run, data: TaskData): Promise<void> {
  await putFrozenSplits(parts.map((part) => frozenRecord(run.id, part, data)));
}

/**
 * Reads, checks and splits. DatasetError names what is missing, NotEnoughSamplesError how many rows. `most`: only about so
 * many labelled rows, from the start of the data set.
 */
export async function readRows(
  recipe: Recipe,
  spec: TaskSpec,
  dataset: Dataset,
  project: Project,
  most = Infinity,
): Promise<ReadRows<TaskData>> {
  const { config, seed } = recipe;
  checkMapping(spec, dataset);
  const found = await labelledRows(dataset, most);
  const multiLabel = severalLabels(config['multiLabel'], dataset, found);
  // "None applies" is an answer where labels are a set; where one must be chosen the row says nothing.
  const rows = multiLabel ? found : found.filter((row) => row.labels.length > 0);
  checkCounts(rows, spec, config, dataset);
  const tree = multiLabel && config['taxonomy'] === 'auto' ? treeOf(rows, dataset) : null;
  const notes: string[] = [];
  if (tree) {
    const given = new Set(rows.flatMap((row) => row.labels)).size;
    for (const row of rows) row.labels = tree.withAncestors(row.labels);
    const above = new Set(rows.flatMap((row) => row.labels)).size - given;
    notes.push(`Labels form a tree: rows have what stands above their labels, too${above ? ` (${above} more)` : ''}.`);
  }
  const labels = labelOrder(rows, project);
  if (labels.length < 2)
    throw new DatasetError(
      `"${dataset.name}" has only one label ("${labels[0] ?? ''}"). A classifier needs at least two: label some rows differently, or map another column as the label.`,
    );
  const index = new Map(labels.map((label, i) => [label, i]));
  const targets = rows.map((row) => {
    const found = row.labels.map((label) => index.get(label)!).sort((a, b) => a - b);
    return multiLabel ? found : found.slice(0, 1);
  });
  const { split, notes: ofSplit } = splitsOf(rows, targets, labels, config, seed);
  notes.push(...ofSplit);
  const certain = multiLabel ? certaintyOf(rows) : null;
  if (certain && certain.odd > 0)
    notes.push(`${certain.odd} rows have a confidence outside 0 to 1: their labels are taken as certain.`);
  const correctedWeight = typeof config['correctedWeight'] === 'number' ? config['correctedWeight'] : 2;
  const data: TaskData = {
    labels,
    multiLabel,
    ...(tree ? { parents: parentIndices(labels, tree) } : {}),
    splits: {
      train: take('train', rows, targets, split, correctedWeight, certain?.values),
      validation: take('validation', rows, targets, split, correctedWeight),
      test: take('test', rows, targets, split, correctedWeight),
    },
  };
  return { data, notes };
}

/** What an earlier sitting froze; null before the first. Train texts come from the data set's version. */
export async function thawRows(run: Run, dataset: Dataset): Promise<TaskData | null> {
  const found = await Promise.all(parts.map((part) => findFrozenSplit(run.id, part)));
  const [train, validation, test] = found;
  if (!train || !validation || !test) return null;
  const wanted = new Map(train.rowIds.map((id, i) => [id, i]));
  const texts: string[] = new Array<string>(train.rowIds.length);
  let missing = wanted.size;
  for await (const page of readLabelledRows(dataset))
    for (const row of page) {
      const at = wanted.get(row.rowId);
      if (at === undefined) continue;
      texts[at] = row.text;
      missing--;
    }
  if (missing > 0)
    throw new DatasetError(
      `${missing} of the ${texts.length} training rows of this run are not in "${dataset.name}" any more, so it cannot go on exactly. Start a new run.`,
    );
  return {
    labels: train.labels,
    multiLabel: train.multiLabel ?? false,
    ...(train.parents ? { parents: train.parents } : {}),
    splits: { train: taskRows({ ...train, texts }), validation: taskRows(validation), test: taskRows(test) },
  };
}

const rowsPerDigest = 10_000;

/** SHA-256 over the rows as the run sees them, weights too (they change the model), in stretches, so that a million rows fit. */
export async function hashRows(data: TaskData): Promise<string> {
  const digests: Uint8Array[] = [];
  for (const part of parts) {
    const { rowIds, texts, targets, weights, certainty } = data.splits[part];
    for (let from = 0; from < rowIds.length; from += rowsPerDigest) {
      const to = Math.min(rowIds.length, from + rowsPerDigest);
      const lines: string[] = [];
      for (let i = from; i < to; i++) {
        const line = [rowIds[i], texts[i], targets[i], part, weights[i]];
        lines.push(JSON.stringify(certainty ? [...line, certainty[i]] : line));
      }
      digests.push(await sha256(new TextEncoder().encode(lines.join('\n'))));
    }
  }
  return hashOfPages([data.labels, data.multiLabel, ...(data.parents ? [data.parents] : [])], digests);
}

function checkMapping(spec: TaskSpec, dataset: Dataset): void {
  for (const oneOf of spec.columns.required) {
    const isLabel = oneOf.some((column) => column === 'label' || column === 'labels');
    // Labels may also have been given here, row by row, so a missing label column alone refuses nothing.
    if (isLabel || oneOf.some((column) => dataset.mapping[column] !== undefined)) continue;
    throw new DatasetError(
      `${spec.title} needs a column mapped as ${oneOf.join(' or ')}, and "${dataset.name}" has none. Its columns are ${dataset.columns.join(', ')}: choose one under Data, Columns.`,
    );
  }
}

async function labelledRows(dataset: Dataset, most: number): Promise<LabelledRow[]> {
  const rows: LabelledRow[] = [];
  for await (const page of readLabelledRows(dataset)) {
    for (const row of page) if (row.origin !== null && row.text.trim() !== '') rows.push(row);
    if (rows.length >= most) break;
  }
  return rows;
}

function checkCounts(rows: LabelledRow[], spec: TaskSpec, config: Record<string, unknown>, dataset: Dataset): void {
  const asked = config['minSamples'];
  const least = typeof asked === 'number' ? asked : spec.minSamples;
  if (rows.length >= least) return;
  const hasColumn = dataset.mapping.label !== undefined || dataset.mapping.labels !== undefined;
  if (rows.length === 0 && !hasColumn)
    throw new DatasetError(
      `"${dataset.name}" has no column mapped as label and no row labelled here. Map a column under Data, or label at least ${least} rows under Label.`,
    );
  throw new NotEnoughSamplesError(
    `${spec.title} needs at least ${least} labelled rows and "${dataset.name}" has ${rows.length}: ${least - rows.length} more are needed. Label some, or lower the smallest number of samples.`,
  );
}

function severalLabels(choice: unknown, dataset: Dataset, rows: LabelledRow[]): boolean {
  if (choice === 'true' || choice === true) return true;
  if (choice === 'false' || choice === false) return false;
  return dataset.multiLabel || rows.some((row) => row.labels.length > 1);
}

/** The project's order for labels it knows, then the others by code point: the same rows, the same order. */
function labelOrder(rows: LabelledRow[], project: Project): string[] {
  const present = new Set(rows.flatMap((row) => row.labels));
  const known = project.labels.filter((label) => present.has(label));
  const knownSet = new Set(known);
  const others = [...present].filter((label) => !knownSet.has(label)).sort((a, b) => (a < b ? -1 : 1));
  return [...known, ...others];
}

interface Splits {
  split: Split[];
  notes: string[];
}

/**
 * Rows keep the split they came with. Where rows came marked for training and none for validation, the
 * recipe's share of validation is taken out of the training rows (never out of test rows): a run that cannot
 * be judged helps nobody. Where every row is marked train, the mark tells nothing and the recipe splits all.
 */
export function splitsOf(
  rows: readonly Pick<LabelledRow, 'split' | 'group'>[],
  targets: number[][],
  labels: string[],
  config: Record<string, unknown>,
  seed: number,
): Splits {
  const fractions = { ...sharesOf(config['split']) };
  const notes: string[] = [];
  const has = (part: Split): boolean => rows.some((row) => row.split === part);
  let fixed: (Split | null)[] = rows.map((row) => row.split);
  if (has('train') && !has('validation') && fractions.validation + fractions.test > 0) {
    fixed = fixed.map((part) => (part === 'train' ? null : part));
    if (has('test')) {
      fractions.test = 0;
      notes.push('No row is marked for validation: that share was taken out of the training rows.');
    } else notes.push('Every row with a split is marked train: validation and test rows were taken out of them.');
  }
  const groups = rows.some((row) => row.group !== undefined) ? rows.map((row) => row.group ?? '') : undefined;
  const { split, warnings } = splitRows({
    targets,
    labels: labels.length,
    fixed,
    fractions,
    seed,
    groups,
    names: labels,
  });
  return { split, notes: [...notes, ...warnings] };
}

function sharesOf(value: unknown): Record<Split, number> {
  const shares = { train: 0.8, validation: 0.2, test: 0 };
  if (typeof value === 'object' && value !== null)
    for (const part of parts) {
      const share = (value as Partial<Record<Split, unknown>>)[part];
      shares[part] = typeof share === 'number' ? share : 0;
    }
  return shares;
}

/** The tree that the file declares or the labels show; null where they stand side by side. */
function treeOf(rows: LabelledRow[], dataset: Dataset): Taxonomy | null {
  return taxonomyOf([...new Set(rows.flatMap((row) => row.labels))], dataset.taxonomy);
}

/** How sure the file is of each row's labels; null where it is always, or says nothing. */
function certaintyOf(rows: LabelledRow[]): { values: number[]; odd: number } | null {
  let odd = 0;
  const values = rows.map(({ confidence }) => {
    if (confidence === undefined) return 1;
    if (confidence >= 0 && confidence <= 1) return confidence;
    odd++;
    return 1;
  });
  return odd > 0 || values.some((value) => value !== 1) ? { values, odd } : null;
}

function take(
  part: Split,
  rows: LabelledRow[],
  targets: number[][],
  split: Split[],
  weight: number,
  certainty?: number[],
): TaskRows {
  const chosen = rows.map((_, i) => i).filter((i) => split[i] === part);
  return {
    rowIds: chosen.map((i) => rows[i]!.rowId),
    texts: chosen.map((i) => rows[i]!.text),
    targets: chosen.map((i) => targets[i]!),
    weights: Float64Array.from(chosen, (i) => (rows[i]!.origin === 'correction' ? weight : 1)),
    ...(certainty ? { certainty: Float64Array.from(chosen, (i) => certainty[i]!) } : {}),
  };
}

function frozenRecord(runId: string, split: Split, data: TaskData): FrozenSplit {
  const rows = data.splits[split];
  return {
    runId,
    split,
    rowIds: rows.rowIds,
    actual: rows.targets,
    labels: data.labels,
    texts: split === 'train' ? [] : rows.texts,
    multiLabel: data.multiLabel,
    ...(rows.weights.some((weight) => weight !== 1) ? { weights: [...rows.weights] } : {}),
    ...(rows.certainty ? { certainty: [...rows.certainty] } : {}),
    ...(data.parents ? { parents: data.parents } : {}),
  };
}

function taskRows(frozen: FrozenSplit): TaskRows {
  return {
    rowIds: frozen.rowIds,
    texts: frozen.texts,
    targets: frozen.actual,
    weights: frozen.weights ? Float64Array.from(frozen.weights) : new Float64Array(frozen.rowIds.length).fill(1),
    ...(frozen.certainty ? { certainty: Float64Array.from(frozen.certainty) } : {}),
  };
}
