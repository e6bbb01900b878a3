// After the last sweep: calibrators from the held rows of each fold, then one temperature over all held rows.
import {
  fitIsotonic,
  fitSigmoid,
  type CalibrationRows,
  type Calibrator,
} from '../../../workers/kernels/linear/calibration';
import { heldRows, type LinearJob } from '../../../workers/kernels/linear/linear-work';
import { fitTemperature } from '../../../workers/kernels/linear/temperature';
import type { FitPlan } from './fits';
import { memberProbabilities } from './model';

type Job = Omit<LinearJob, 'group'>;

/** Calibrators of the plan's members, [members * outputs], and the temperature (1 where none is wanted). */
export function calibrate(
  job: Job,
  plan: FitPlan,
  wantsTemperature: boolean,
): { calibrators: Calibrator[]; temperature: number } {
  const { calibration } = plan;
  const calibrators =
    calibration === 'none' ? [] : plan.members.flatMap((fit) => calibratorsOf(job, plan, fit, calibration));
  if (!wantsTemperature || !plan.heldOut) return { calibrators, temperature: 1 };
  return { calibrators, temperature: temperatureOf(job, plan, calibrators) };
}

function calibratorsOf(job: Job, plan: FitPlan, fit: number, method: 'sigmoid' | 'isotonic'): Calibrator[] {
  const { held } = plan.fits[fit]!;
  const { outputs } = job.rows;
  const hasBoth = outputsWithBoth(job, held);
  // A class without a held row of its own borrows what holds for all classes together.
  const pooled = hasBoth.includes(0) ? fitOne(method, joined(job, held)) : null;
  return Array.from(hasBoth, (both, output) => {
    if (pooled && !both) return pooled;
    if (method === 'isotonic') return fitIsotonic(heldRows(job, held, output));
    const at = (fit * outputs + output) * 2;
    return { kind: 'sigmoid', a: job.sigmoids[at]!, b: job.sigmoids[at + 1]! };
  });
}

/** 1 for each output that has held rows of its class and of others. */
function outputsWithBoth({ rows }: Job, held: Int32Array): Uint8Array {
  const counts = new Int32Array(rows.classes);
  for (const row of held) counts[rows.classOf[row]!]!++;
  return Uint8Array.from({ length: rows.outputs }, (_, output) => {
    const own = counts[rows.outputs === 1 ? 1 : output]!;
    return own > 0 && own < held.length ? 1 : 0;
  });
}

const fitOne = (method: 'sigmoid' | 'isotonic', rows: CalibrationRows): Calibrator =>
  method === 'sigmoid' ? fitSigmoid(rows) : fitIsotonic(rows);

/** The held rows of every output, one after the other. */
function joined(job: Job, held: Int32Array): CalibrationRows {
  const size = job.rows.outputs * held.length;
  const all = {
    decisions: new Float64Array(size),
    isPositive: new Uint8Array(size),
    weights: new Float64Array(size),
  };
  for (let output = 0; output < job.rows.outputs; output++) {
    const part = heldRows(job, held, output);
    all.decisions.set(part.decisions, output * held.length);
    all.isPositive.set(part.isPositive, output * held.length);
    all.weights.set(part.weights, output * held.length);
  }
  return all;
}

/** Each held row is scored by the fold that had not seen it. */
function temperatureOf(job: Job, plan: FitPlan, calibrators: readonly Calibrator[]): number {
  const { rows, heldScores } = job;
  const { outputs, classes } = rows;
  const folds = plan.fits.filter((fit) => fit.held.length > 0);
  const count = folds.reduce((sum, fit) => sum + fit.held.length, 0);
  const scores = new Float64Array(count * classes);
  const classOf = new Int32Array(count);
  const weights = new Float64Array(count);
  const out = new Float64Array(classes);
  let at = 0;
  folds.forEach((fit, fold) => {
    const own = calibrators.slice(fold * outputs, (fold + 1) * outputs);
    const parts = { outputs, calibration: plan.calibration, calibrators: own };
    for (const row of fit.held) {
      memberProbabilities(parts, heldScores.subarray(row * outputs, (row + 1) * outputs), 0, out);
      scores.set(out, at * classes);
      classOf[at] = rows.classOf[row]!;
      weights[at++] = rows.weights[row]!;
    }
  });
  return fitTemperature(scores, classes, classOf, weights);
}
