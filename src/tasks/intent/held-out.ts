// A figure for the curve: how often rows held out of a fold are named rightly by what that fold has learned so far.
import { decide } from '../../../workers/kernels/linear/dual-descent';
import { problemsPerFit, scoreLogistic, type LinearJob } from '../../../workers/kernels/linear/linear-work';

/** Entries looked at: a few milliseconds. */
const mostWork = 2e6;
const mostRows = 600;

/**
 * Over an evenly spaced part of the held rows, the same at each step. Null where the group at work does not hold
 * every class of a fit, or nothing is held out.
 */
export function heldOutAccuracy(job: LinearJob): number | null {
  const { rows, fits, group } = job;
  const perFit = problemsPerFit(rows);
  if (group.first % perFit !== 0) return null;
  const entries = (rows.matrix.indices.length / Math.max(1, rows.matrix.rows)) * rows.outputs;
  const wanted = Math.min(mostRows, Math.floor(mostWork / Math.max(1, entries)));
  const whole = Math.floor(group.problems.length / perFit);
  const firstFit = group.first / perFit;
  const heldInAll = fits.slice(firstFit, firstFit + whole).reduce((sum, fit) => sum + fit.held.length, 0);
  const every = Math.max(1, Math.ceil(heldInAll / Math.max(1, wanted)));
  const scores = new Float64Array(rows.outputs);
  let seen = 0;
  let right = 0;
  for (let i = 0; i < whole; i++) {
    const problems = group.problems.slice(i * perFit, (i + 1) * perFit);
    const { held } = fits[problems[0]!.fit]!;
    for (let h = 0; h < held.length; h += every) {
      const row = held[h]!;
      for (const problem of problems) {
        if (problem.kind === 'logistic') scoreLogistic(rows, row, problem.w, scores, 0);
        else scores[problem.output] = decide(rows.matrix, row, problem.dual.w);
      }
      seen++;
      if (first(scores) === rows.classOf[row]) right++;
    }
  }
  return seen > 0 ? right / seen : null;
}

/** The class with the highest score; one score alone speaks for the second class where it is above 0. */
function first(scores: Float64Array): number {
  if (scores.length === 1) return scores[0]! > 0 ? 1 : 0;
  let best = 0;
  for (let c = 1; c < scores.length; c++) if (scores[c]! > scores[best]!) best = c;
  return best;
}
