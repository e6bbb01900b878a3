// Iterative stratification for rows with several labels (Sechidis, Tsoumakas, Vlahavas 2011). Deterministic:
// whoever wants another draw shuffles the rows first. Single labels are stratified exactly in splits.ts.

/**
 * Gives every row to one of `sizes.length` parts so that each label's rows are shared like the sizes.
 * `targets`: label indices of each row. Returns the part of each row. The rarest label that is left goes
 * first, to the part that still wants most of it, then to the one that wants most rows, then to the first.
 */
export function iterativeStratification(
  targets: readonly (readonly number[])[],
  labels: number,
  sizes: number[],
): number[] {
  const rows = targets.length;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const wanted = [...sizes];
  const rowsOf: number[][] = Array.from({ length: labels }, () => []);
  targets.forEach((row, index) => {
    for (const label of row) rowsOf[label]!.push(index);
  });
  const left = rowsOf.map((list) => list.length);
  const need = sizes.map((size) => left.map((count) => (total === 0 ? 0 : (count * size) / total)));
  const part = new Array<number>(rows).fill(-1);

  const give = (row: number, label: number | null): void => {
    let best = 0;
    for (let p = 1; p < sizes.length; p++) {
      const byNeed = label === null ? 0 : compare(need[p]![label]!, need[best]![label]!);
      if (byNeed > 0 || (byNeed === 0 && compare(wanted[p]!, wanted[best]!) > 0)) best = p;
    }
    part[row] = best;
    wanted[best]!--;
    for (const own of targets[row]!) {
      need[best]![own]!--;
      left[own]!--;
    }
  };

  for (;;) {
    let rarest = -1;
    for (let label = 0; label < labels; label++)
      if (left[label]! > 0 && (rarest < 0 || left[label]! < left[rarest]!)) rarest = label;
    if (rarest < 0) break;
    for (const row of rowsOf[rarest]!) if (part[row] === -1) give(row, rarest);
  }
  for (let row = 0; row < rows; row++) if (part[row] === -1) give(row, null);
  return part;
}

/** Sums of thirds differ in the last bits where they are equal on paper. */
function compare(a: number, b: number): number {
  const difference = a - b;
  return Math.abs(difference) < 1e-9 ? 0 : difference;
}
