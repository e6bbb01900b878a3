// Folds for cross-validation, each as the list of its test rows: the same rows as scikit-learn's classes of
// the same name without shuffling. Whoever wants another draw shuffles the rows first.

/** Consecutive folds; the first `rows % folds` have one row more. */
export function kFold(rows: number, folds: number): number[][] {
  checkFolds(rows, folds, 'rows');
  const result: number[][] = [];
  let start = 0;
  for (let fold = 0; fold < folds; fold++) {
    const size = Math.floor(rows / folds) + (fold < rows % folds ? 1 : 0);
    result.push(Array.from({ length: size }, (_, index) => start + index));
    start += size;
  }
  return result;
}

/**
 * Folds with each class spread evenly, exactly StratifiedKFold's: classes are numbered by first appearance,
 * the sorted classes are dealt round robin to find how many of each a fold takes, and each class fills the
 * folds in row order. A class with fewer rows than folds is missing from some.
 */
export function stratifiedKFold(y: readonly number[], folds: number): number[][] {
  checkFolds(y.length, folds, 'rows');
  const codes = encode(y);
  const classes = codes.reduce((most, code) => Math.max(most, code + 1), 0);
  const sorted = Int32Array.from(codes).sort();
  const take = Array.from({ length: folds }, () => new Array<number>(classes).fill(0));
  sorted.forEach((code, index) => take[index % folds]![code]!++);
  const current = new Array<number>(classes).fill(0);
  const result: number[][] = Array.from({ length: folds }, () => []);
  codes.forEach((code, row) => {
    while (take[current[code]!]![code] === 0) current[code]!++;
    const fold = current[code]!;
    take[fold]![code]!--;
    result[fold]!.push(row);
  });
  return result;
}

/** No group in two folds; the largest group first, each to the smallest fold. Exactly GroupKFold's. */
export function groupKFold(groups: readonly (string | number)[], folds: number): number[][] {
  const names = [...new Set(groups)].sort(byValue);
  checkFolds(names.length, folds, 'groups');
  const code = new Map(names.map((name, index) => [name, index]));
  const codes = groups.map((group) => code.get(group)!);
  const sizes = new Array<number>(names.length).fill(0);
  for (const group of codes) sizes[group]!++;
  // numpy's argsort ascending, reversed: among equals the later group comes first.
  const order = names.map((_, index) => index).sort((a, b) => sizes[b]! - sizes[a]! || b - a);
  const filled = new Array<number>(folds).fill(0);
  const foldOf = new Array<number>(names.length).fill(0);
  for (const group of order) {
    const fold = filled.indexOf(Math.min(...filled));
    filled[fold]! += sizes[group]!;
    foldOf[group] = fold;
  }
  return collect(codes, foldOf, folds);
}

/**
 * No group in two folds, and each class spread as evenly as whole groups allow. Greedy as
 * StratifiedGroupKFold: groups with the most uneven classes first, each to the fold where the spread of class
 * shares over folds stays smallest, then to the one with fewest rows.
 */
export function stratifiedGroupKFold(
  y: readonly number[],
  groups: readonly (string | number)[],
  folds: number,
): number[][] {
  const classOf = encode(y);
  const classes = classOf.reduce((most, code) => Math.max(most, code + 1), 0);
  const names = [...new Set(groups)].sort(byValue);
  checkFolds(names.length, folds, 'groups');
  const code = new Map(names.map((name, index) => [name, index]));
  const codes = groups.map((group) => code.get(group)!);
  const counts = names.map(() => new Array<number>(classes).fill(0));
  const totals = new Array<number>(classes).fill(0);
  codes.forEach((group, row) => {
    counts[group]![classOf[row]!]!++;
    totals[classOf[row]!]!++;
  });
  const spread = counts.map((row) => deviation(row));
  const order = names.map((_, index) => index).sort((a, b) => spread[b]! - spread[a]! || a - b);
  const held = Array.from({ length: folds }, () => new Array<number>(classes).fill(0));
  const foldOf = new Array<number>(names.length).fill(0);
  for (const group of order) {
    let best = 0;
    let bestScore = Infinity;
    let bestRows = Infinity;
    for (let fold = 0; fold < folds; fold++) {
      let score = 0;
      for (let label = 0; label < classes; label++) {
        const shares = held.map(
          (row, index) => (row[label]! + (index === fold ? counts[group]![label]! : 0)) / totals[label]!,
        );
        score += deviation(shares) / classes;
      }
      const rows = held[fold]!.reduce((sum, count) => sum + count, 0);
      if (score < bestScore - 1e-12 || (Math.abs(score - bestScore) <= 1e-12 && rows < bestRows)) {
        best = fold;
        bestScore = score;
        bestRows = rows;
      }
    }
    foldOf[group] = best;
    counts[group]!.forEach((count, label) => (held[best]![label]! += count));
  }
  return collect(codes, foldOf, folds);
}

function checkFolds(available: number, folds: number, what: string): void {
  if (!Number.isInteger(folds) || folds < 2) throw new RangeError(`Folds must be a whole number from 2, not ${folds}.`);
  if (available < folds) throw new RangeError(`${folds} folds need at least ${folds} ${what}; there are ${available}.`);
}

/** Class numbers by first appearance. */
function encode(y: readonly number[]): number[] {
  const code = new Map<number, number>();
  return y.map((label) => {
    const known = code.get(label);
    if (known !== undefined) return known;
    code.set(label, code.size);
    return code.size - 1;
  });
}

/** Population standard deviation. */
function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function collect(codes: readonly number[], foldOf: readonly number[], folds: number): number[][] {
  const result: number[][] = Array.from({ length: folds }, () => []);
  codes.forEach((group, row) => result[foldOf[group]!]!.push(row));
  return result;
}

function byValue(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const left = String(a);
  const right = String(b);
  return left < right ? -1 : left > right ? 1 : 0;
}
