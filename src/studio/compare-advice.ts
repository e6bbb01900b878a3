// What a comparison means, in sentences: who is better, by how much, and when it cannot be told.
import type { ComparedRun } from '../contract/studio';

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

/** With fewer rows, resampling them says little about rows that were never seen. */
const fewForIntervals = 50;

/** One sentence for each run after the first, the clearest gain first. */
export function verdicts(runs: readonly ComparedRun[], names: readonly string[], rows: number): string[] {
  const base = names[0] ?? 'the baseline';
  const judged = runs.flatMap((run, index) =>
    run.difference ? [{ name: names[index] ?? run.runId, difference: run.difference, mcnemar: run.mcnemar }] : [],
  );
  judged.sort((a, b) => b.difference.f1Macro - a.difference.f1Macro);
  const sentences = judged.map(({ name, difference }) => {
    const { f1Macro, low, high, clear } = difference;
    const figures = `macro-F1 ${signed(f1Macro)}, 95 % interval ${signed(low)} to ${signed(high)}`;
    if (clear) return `${name} is clearly ${f1Macro > 0 ? 'better' : 'worse'} than ${base}: ${figures}.`;
    return `${name} against ${base} is too close to call: ${figures}. ${moreRows(f1Macro, low, high, rows)}`;
  });
  if (judged.length > 0 && rows < fewForIntervals)
    sentences.push(`With only ${rows} rows the intervals are rough; more test rows would make them mean more.`);
  if (judged.length > 2 && judged.some((one) => one.difference.clear))
    sentences.push(
      `${judged.length} versions were compared with ${base} at once; with so many, one that is only just clear may be so by chance.`,
    );
  return sentences;
}

/** The interval narrows with the root of the rows: how many would make a difference of this size clear. */
export function rowsNeeded(difference: number, low: number, high: number, rows: number): number {
  const half = (high - low) / 2;
  return difference === 0 ? Infinity : Math.ceil(rows * (half / Math.abs(difference)) ** 2);
}

function moreRows(difference: number, low: number, high: number, rows: number): string {
  if (low === 0 && high === 0) return 'They answer these rows alike.';
  const needed = rowsNeeded(difference, low, high, rows);
  if (needed > rows * 25)
    return 'The difference is so small that no reasonable number of rows would settle it: choose by speed, size or calibration.';
  return `A difference of this size would need about ${round(Math.max(needed, rows + 1)).toLocaleString('en-GB')} rows to be clear (there are ${rows.toLocaleString('en-GB')}): label more test rows, or train both with a few more seeds and see whether it stays.`;
}

/** Two significant digits: more would pretend to know. */
function round(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / step) * step;
}
