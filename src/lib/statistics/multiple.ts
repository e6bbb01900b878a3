// Many tests at once: p values adjusted so that the whole family keeps its promise. Same order as given.

export function bonferroni(p: readonly number[]): number[] {
  return p.map((value) => Math.min(1, value * p.length));
}

/** Holm's step-down: any false alarm at most alpha, never less powerful than Bonferroni. */
export function holm(p: readonly number[]): number[] {
  const order = ascending(p);
  const adjusted = new Array<number>(p.length).fill(1);
  let least = 0;
  order.forEach((index, rank) => {
    least = Math.max(least, Math.min(1, p[index]! * (p.length - rank)));
    adjusted[index] = least;
  });
  return adjusted;
}

/** Benjamini and Hochberg's: the share of false alarms among the alarms. */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const order = ascending(p);
  const adjusted = new Array<number>(p.length).fill(1);
  let most = 1;
  for (let rank = order.length - 1; rank >= 0; rank--) {
    const index = order[rank]!;
    most = Math.min(most, (p[index]! * p.length) / (rank + 1));
    adjusted[index] = most;
  }
  return adjusted;
}

function ascending(p: readonly number[]): number[] {
  return p.map((_, index) => index).sort((a, b) => p[a]! - p[b]!);
}
