// What a change means row by row, before anything is written: which rows stay, their splits, edited cells.
import type { DatasetChange } from '../../src/contract/data';
import { DatasetError } from '../../src/contract/errors';
import type { Cell, Dataset, Mapping, ReportEntry, Split } from '../../src/contract/records';
import { TextTable } from '../../src/lib/hash-table';
import { parseRowId } from '../../src/lib/ids';
import { textOf } from '../../src/lib/mapping-cells';
import { splitRows } from '../../src/lib/splits';
import { readLabelledRows } from '../../src/storage/labelled-rows';
import { splitCode } from '../../src/storage/row-page-codec';
import { readPages } from '../../src/storage/row-pages';
import { storedName } from './columns';
import type { Job } from './job';

export interface RowChanges {
  origin: string;
  kept: number;
  /** By place in the parent: 0 leaves the row out. Absent keeps all. */
  keep?: Uint8Array;
  /** By place in the parent: split codes. Absent keeps what is. */
  splits?: Uint8Array;
  /** By ordinal, then column. */
  edits?: ReadonlyMap<number, ReadonlyMap<string, Cell>>;
  mapping?: Mapping;
  warnings: ReportEntry[];
}

export async function planChange(parent: Dataset, change: DatasetChange, job: Job): Promise<RowChanges> {
  switch (change.kind) {
    case 'split':
      return planSplit(parent, change, job);
    case 'clean':
      return planClean(parent, change, job);
    case 'remove': {
      const ordinals = ordinalsOf(parent, change.rowIds);
      const keep = await byOrdinal(parent, (ordinal) => (ordinals.has(ordinal) ? 0 : 1));
      const kept = count(keep);
      return { origin: `Removed ${rowsWord(parent.rows - kept)}`, kept, keep, warnings: [] };
    }
    case 'assign-split':
      return planAssign(parent, change.rowIds, change.split);
    case 'edit':
      return planEdit(parent, change.cells);
    case 'mapping':
      return planMapping(parent, change.mapping);
    default:
      return change satisfies never;
  }
}

function rowsWord(rows: number): string {
  return `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`;
}
function count(keep: Uint8Array): number {
  return keep.reduce((sum, value) => sum + value, 0);
}

/** Ordinals of row ids; throws where one is not of this data set. */
function ordinalsOf(parent: Dataset, rowIds: readonly string[]): Set<number> {
  return new Set(rowIds.map((rowId) => ordinalOf(parent, rowId)));
}

function ordinalOf(parent: Dataset, rowId: string): number {
  const parsed = parseRowId(rowId);
  if (parsed?.rootId !== parent.rootId)
    throw new DatasetError(
      `Row ${rowId} is not one of ${parent.name}. Nothing was changed; take row ids from datasets.rows.`,
    );
  return parsed.ordinal;
}

async function byOrdinal(parent: Dataset, value: (ordinal: number) => number): Promise<Uint8Array> {
  const values = new Uint8Array(parent.rows);
  for await (const { firstRow, view } of readPages(parent))
    for (let row = 0; row < view.rows; row++) values[firstRow + row] = value(view.ordinal(row));
  return values;
}

async function planSplit(
  parent: Dataset,
  change: Extract<DatasetChange, { kind: 'split' }>,
  job: Job,
): Promise<RowChanges> {
  const { train, validation, test } = change.fractions;
  const shares = [train, validation, test];
  if (shares.some((share) => !(share >= 0)) || shares.reduce((a, b) => a + b, 0) > 1 + 1e-9 || train === 0)
    throw new DatasetError(
      'The shares of train, validation and test must be from 0 to 1, sum to at most 1, and leave rows to train.',
    );
  const targets: number[][] = [];
  const groups: string[] = [];
  const ids = new Map<string, number>();
  const group = change.group === undefined ? undefined : storedName(change.group, new Set());
  if (group !== undefined && !parent.columns.includes(group))
    throw new DatasetError(`There is no column "${group}" to group by. The columns are ${parent.columns.join(', ')}.`);
  const grouped: Dataset = group === undefined ? parent : { ...parent, mapping: { ...parent.mapping, group } };
  for await (const rows of readLabelledRows(grouped)) {
    for (const row of rows) {
      targets.push(change.stratify ? row.labels.map((label) => idOf(ids, label)) : [0]);
      if (group !== undefined) groups.push(row.group ?? '');
    }
    await job.step('checking', parent.name);
  }
  const result = splitRows({
    targets,
    labels: Math.max(1, ids.size),
    fixed: new Array<Split | null>(targets.length).fill(null),
    fractions: change.fractions,
    seed: change.seed,
    ...(group === undefined ? {} : { groups }),
    ...(change.stratify ? { names: [...ids.keys()] } : {}),
  });
  return {
    origin: `Split ${shares.map((share) => `${String(Math.round(share * 100))} %`).join(' / ')} with seed ${String(change.seed)}`,
    kept: parent.rows,
    splits: Uint8Array.from(result.split, splitCode),
    warnings: result.warnings.map((message) => ({ code: 'split', message, count: 1 })),
  };
}

function idOf(ids: Map<string, number>, label: string): number {
  let id = ids.get(label);
  if (id === undefined) ids.set(label, (id = ids.size));
  return id;
}

async function planClean(
  parent: Dataset,
  change: Extract<DatasetChange, { kind: 'clean' }>,
  job: Job,
): Promise<RowChanges> {
  const keep = new Uint8Array(parent.rows).fill(1);
  const conflicting = change.conflicting ? await conflictingTexts(parent) : null;
  const seen = new TextTable();
  const gone = { empty: 0, long: 0, conflicting: 0, duplicates: 0 };
  let place = 0;
  for await (const rows of readLabelledRows(parent)) {
    for (const row of rows) {
      const text = row.text.trim();
      const reason = ((): keyof typeof gone | null => {
        if (text === '') return change.empty ? 'empty' : null;
        if (change.maxLength !== undefined && row.text.length > change.maxLength) return 'long';
        const clash = conflicting ? conflicting.flags[conflicting.slot(text)] === 1 : false;
        if (clash) return 'conflicting';
        if (!change.duplicates) return null;
        seen.slot(text);
        return seen.known ? 'duplicates' : null;
      })();
      if (reason) {
        keep[place] = 0;
        gone[reason]++;
      }
      place++;
    }
    await job.step('checking', parent.name);
  }
  const words = { empty: 'empty', long: 'too long', conflicting: 'with conflicting labels', duplicates: 'duplicate' };
  const parts = (Object.keys(gone) as (keyof typeof gone)[])
    .filter((key) => gone[key] > 0)
    .map((key) => `${String(gone[key])} ${words[key]}`);
  return {
    origin: parts.length > 0 ? `Cleaned: removed ${parts.join(', ')}` : 'Cleaned: nothing to remove',
    kept: count(keep),
    keep,
    warnings: [],
  };
}

/** Texts that stand with different labels: flag 1 in the table. */
async function conflictingTexts(parent: Dataset): Promise<TextTable> {
  const table = new TextTable();
  const ids = new Map<string, number>();
  for await (const rows of readLabelledRows(parent))
    for (const row of rows) {
      const text = row.text.trim();
      if (text === '' || row.origin === null) continue;
      const id = idOf(ids, JSON.stringify([...row.labels].sort()));
      const slot = table.slot(text);
      if (!table.known) table.labels[slot] = id;
      else if (table.labels[slot] !== id) table.flags[slot] = 1;
    }
  return table;
}

async function planAssign(parent: Dataset, rowIds: readonly string[], split: Split | null): Promise<RowChanges> {
  const ordinals = ordinalsOf(parent, rowIds);
  const code = splitCode(split);
  const splits = new Uint8Array(parent.rows);
  for await (const { firstRow, view } of readPages(parent))
    for (let row = 0; row < view.rows; row++)
      splits[firstRow + row] = ordinals.has(view.ordinal(row)) ? code : splitCode(view.split(row));
  const column = parent.mapping.split;
  const changes: RowChanges = {
    origin: `Moved ${rowsWord(ordinals.size)} ${split ? `to ${split}` : 'out of any split'}`,
    kept: parent.rows,
    splits,
    warnings: [],
  };
  // Without a split of its own a row would fall back to the mapped column: that cell is emptied too.
  if (split === null && column !== undefined)
    changes.edits = new Map([...ordinals].map((ordinal) => [ordinal, new Map<string, Cell>([[column, null]])]));
  return changes;
}

function planEdit(parent: Dataset, cells: readonly { rowId: string; column: string; value: Cell }[]): RowChanges {
  const edits = new Map<number, Map<string, Cell>>();
  for (const { rowId, column, value } of cells) {
    if (!parent.columns.includes(column))
      throw new DatasetError(
        `There is no column "${column}". The columns are ${parent.columns.join(', ')}. Nothing was changed.`,
      );
    const ordinal = ordinalOf(parent, rowId);
    const row = edits.get(ordinal) ?? new Map<string, Cell>();
    row.set(column, value);
    edits.set(ordinal, row);
  }
  return { origin: `Edited ${rowsWord(edits.size)}`, kept: parent.rows, edits, warnings: [] };
}

function planMapping(parent: Dataset, told: Mapping): RowChanges {
  const mapping: Mapping = Object.fromEntries(
    Object.entries(told).map(([role, name]) => {
      const stored = parent.columns.includes(name) ? name : `${name} (file)`;
      if (!parent.columns.includes(stored))
        throw new DatasetError(
          `There is no column "${textOf(name)}" to map to ${role}. The columns are ${parent.columns.join(', ')}.`,
        );
      return [role, stored];
    }),
  );
  return { origin: 'Mapped columns anew', kept: parent.rows, mapping, warnings: [] };
}
