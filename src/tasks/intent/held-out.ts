// A figure for the curve: how often rows held out of a fold are named rightly by what that fold has learned so far.
import {
  problemsPerFit,
  type LinearFit,
  type LinearJob,
  type LinearRows,
} from '../../../workers/kernels/linear/linear-work';

/** Entries looked at in a step: a few milliseconds. */
const mostWork = 2e6;
const mostRows = 600;

/** Which held rows are looked at: every so manieth of each fold, the same at each step. 0 = none. */
export function sampleEvery(rows: LinearRows, fits: readonly LinearFit[]): number {
  const held = fits.reduce((sum, fit) => sum + fit.held.length, 0);
  if (held === 0) return 0;
  const entries = (rows.matrix.indices.length / Math.max(1, rows.matrix.rows)) * rows.outputs;
  const wanted = Math.min(mostRows, Math.floor(mostWork / Math.max(1, entries)));
  return Math.max(1, Math.ceil(held / Math.max(1, wanted)));
}

/**
 * From the scores that were written while the problems were brought on (linear-work.ts). Null where the group at work
 * does not hold every class of a fit, or nothing is held out.
 */
export function heldOutAccuracy(job: LinearJob): number | null {
  const { rows, fits, group, heldScores } = job;
  const perFit = problemsPerFit(rows);
  if (group.first % perFit !== 0 || job.sampleEvery === 0) return null;
  const firstFit = group.first / perFit;
  const whole = Math.floor(group.problems.length / perFit);
  let seen = 0;
  let right = 0;
  for (const { held } of fits.slice(firstFit, firstFit + whole))
    for (let h = 0; h < held.length; h += job.sampleEvery) {
      seen++;
      if (first(heldScores, held[h]! * rows.outputs, rows.outputs) === rows.classOf[held[h]!]) right++;
    }
  return seen > 0 ? right / seen : null;
}

/** The class with the highest score; one score alone speaks for the second class where it is above 0. */
function first(scores: Float64Array, from: number, outputs: number): number {
  if (outputs === 1) return scores[from]! > 0 ? 1 : 0;
  let best = 0;
  for (let c = 1; c < outputs; c++) if (scores[from + c]! > scores[from + best]!) best = c;
  return best;
}
