// F1 of every label at one evaluation as a short text, two characters a label, so that a run's events can hold all of them.

const base = 36;
/** Of more labels nobody reads curves one by one. */
export const mostCurves = 1000;

/** Values 0 to 1 in thousandths, in order. */
export function packShares(values: readonly number[]): string {
  const digits = (value: number): string =>
    Math.round(1000 * Math.min(1, Math.max(0, value)))
      .toString(base)
      .padStart(2, '0');
  return values.map(digits).join('');
}

/** The values again, to a thousandth; empty where the text is none of packShares. */
export function unpackShares(text: string): number[] {
  if (!/^(?:[0-9a-z]{2})*$/.test(text)) return [];
  return Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), base) / 1000);
}
