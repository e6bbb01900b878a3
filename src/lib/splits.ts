// Which rows train, which choose (validation) and which judge (test). Seeded and stratified; rows that came
// with a split keep it. Folds for cross-validation are in splits-folds.ts.
import type { Split } from '../contract/records';
import { Rng } from './rng';
import { placeGroups } from './splits-groups';
import { iterativeStratification } from './splits-iterative';
import { allocate, threeWaySizes } from './splits-stratified';

export { groupKFold, kFold, stratifiedGroupKFold, stratifiedKFold } from './splits-folds';

export interface SplitRequest {
  /** Label indices of each row; a row may have none. */
  targets: readonly (readonly number[])[];
  /** Number of labels. */
  labels: number;
  /** The split a row came with, else null. */
  fixed: readonly (Split | null)[];
  /** Shares of the rows without a split; need not sum to 1. */
  fractions: { train: number; validation: number; test: number };
  seed: number;
  /** Rows of one group stay together; an empty name is no group. */
  groups?: readonly string[] | undefined;
  /** Names of the labels, for the warnings. */
  names?: readonly string[] | undefined;
}

/** The stream of the seed that splits draw from, so that training draws are not moved by it. */
const stream = 0x5b11;
const order: readonly Split[] = ['train', 'validation', 'test'];

/**
 * Gives every row its split. One label a row: exact shares per class by largest remainder; several labels:
 * iterative stratification; groups: whole groups, greedily. Every class with free rows keeps at least one in
 * train; a class too small for a split is missing there and named in a warning. The same input gives the same
 * answer.
 */
export function splitRows(request: SplitRequest): { split: Split[]; warnings: string[] } {
  const { targets, fixed, fractions, seed } = request;
  const rng = new Rng(seed, stream);
  const split = targets.map((_, row): Split => fixed[row] ?? 'train');
  const warnings: string[] = [];
  const free: number[] = [];
  targets.forEach((_, row) => {
    if (!fixed[row]) free.push(row);
  });
  let units: number[][];
  if (request.groups) units = splitGroups(request, free, split, rng, warnings);
  else {
    units = free.map((row) => [row]);
    if (free.every((row) => targets[row]!.length <= 1)) splitClasses(request, free, split, rng);
    else splitSeveral(request, free, split, rng);
  }
  keepInTrain(request, units, split);
  warnings.push(...missingFrom(request, split));
  if (free.length === 0 && targets.length > 0)
    for (const part of order)
      if (fractions[part] > 0 && !split.includes(part))
        warnings.push(`No ${part} rows: every row came with a split, and none with ${part}.`);
  return { split, warnings };
}

/** One label a row: parts as scikit-learn sizes them, classes shared by largest remainder; rows without one too. */
function splitClasses(request: SplitRequest, free: number[], split: Split[], rng: Rng): void {
  const byClass: number[][] = Array.from({ length: request.labels + 1 }, () => []);
  for (const row of free) byClass[request.targets[row]![0] ?? request.labels]!.push(row);
  for (const rows of byClass) rng.shuffle(rows);
  const sizes = threeWaySizes(free.length, request.fractions);
  const counts = byClass.map((rows) => rows.length);
  const train = allocate(counts, sizes.train, rng);
  const rest = counts.map((count, label) => count - train[label]!);
  const validation = allocate(rest, sizes.validation, rng);
  byClass.forEach((rows, label) => {
    const first = train[label]!;
    const second = first + validation[label]!;
    rows.forEach((row, index) => {
      split[row] = index < first ? 'train' : index < second ? 'validation' : 'test';
    });
  });
}

function splitSeveral(request: SplitRequest, free: number[], split: Split[], rng: Rng): void {
  const rows = rng.shuffle([...free]);
  const sizes = threeWaySizes(rows.length, request.fractions);
  const parts = iterativeStratification(
    rows.map((row) => request.targets[row]!),
    request.labels,
    order.map((part) => sizes[part]),
  );
  rows.forEach((row, index) => {
    split[row] = order[parts[index]!]!;
  });
}

/** Whole groups; free rows of a group that has rows with a split go where those are. Returns the groups placed. */
function splitGroups(request: SplitRequest, free: number[], split: Split[], rng: Rng, warnings: string[]): number[][] {
  const names = request.groups ?? [];
  const given = new Map<string, Split>();
  const torn = new Set<string>();
  request.fixed.forEach((part, row) => {
    const name = names[row];
    if (!part || !name) return;
    const known = given.get(name);
    if (known === undefined) given.set(name, part);
    else if (known !== part) torn.add(name);
  });
  if (torn.size > 0)
    warnings.push(
      `${torn.size} ${torn.size === 1 ? 'group came' : 'groups came'} with rows in more than one split (${someNames([...torn])}). They keep it, so the figures may flatter the model.`,
    );
  const members = new Map<string, number[]>();
  const open: number[][] = [];
  for (const row of free) {
    const name = names[row] ?? '';
    const follow = name ? given.get(name) : undefined;
    if (follow) split[row] = follow;
    else if (!name) open.push([row]);
    else {
      const known = members.get(name);
      if (known) known.push(row);
      else {
        const list = [row];
        members.set(name, list);
        open.push(list);
      }
    }
  }
  rng.shuffle(open);
  const rows = open.reduce((sum, group) => sum + group.length, 0);
  const sizes = threeWaySizes(rows, request.fractions);
  const placed = placeGroups(
    open,
    request.targets,
    request.labels,
    order.map((part) => sizes[part]),
  );
  open.forEach((group, index) => {
    for (const row of group) split[row] = order[placed[index]!]!;
  });
  return open;
}

/** A class whose free rows all fell outside train could never be learned: one row, or its group, comes back. */
function keepInTrain(request: SplitRequest, units: readonly number[][], split: Split[]): void {
  if (!(request.fractions.train > 0)) return;
  const inTrain = new Array<boolean>(request.labels).fill(false);
  request.targets.forEach((labels, row) => {
    if (split[row] === 'train') for (const label of labels) inTrain[label] = true;
  });
  for (const unit of units) {
    const labels = unit.flatMap((row) => [...request.targets[row]!]);
    if (!labels.some((label) => !inTrain[label])) continue;
    for (const row of unit) split[row] = 'train';
    for (const label of labels) inTrain[label] = true;
  }
}

/** One warning a split that some labels are missing from. */
function missingFrom(request: SplitRequest, split: readonly Split[]): string[] {
  const rows = new Array<number>(request.labels).fill(0);
  const held = order.map(() => new Array<number>(request.labels).fill(0));
  request.targets.forEach((labels, row) => {
    const part = order.indexOf(split[row]!);
    for (const label of labels) {
      rows[label]!++;
      held[part]![label]!++;
    }
  });
  const warnings: string[] = [];
  order.forEach((part, index) => {
    if (!split.includes(part)) return;
    const missing = rows.flatMap((count, label) => (count > 0 && held[index]![label] === 0 ? [label] : []));
    if (missing.length === 0) return;
    const named = missing.map((label) => `${request.names?.[label] ?? `label ${label + 1}`} (${rows[label]})`);
    const what = missing.length === 1 ? '1 label has' : `${missing.length} labels have`;
    const reason = part === 'train' ? 'so it cannot be learned' : 'too small to divide';
    warnings.push(`${what} no ${part} rows, ${reason}: ${someNames(named)}.`);
  });
  return warnings;
}

function someNames(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`;
}
