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
  const perOutput = Array.from({ length: outputs }, (_, output) => heldRows(job, held, output));
  const hasBoth = perOutput.map((rows) => rows.isPositive.includes(1) && rows.isPositive.includes(0));
  // A class without a held row of its own borrows what holds for all classes together.
  const pooled = hasBoth.includes(false) ? fitOne(method, joined(perOutput)) : null;
  return perOutput.map((rows, output) => {
    if (pooled && !hasBoth[output]) return pooled;
    if (method === 'isotonic') return fitIsotonic(rows);
    const at = (fit * outputs + output) * 2;
    return { kind: 'sigmoid', a: job.sigmoids[at]!, b: job.sigmoids[at + 1]! };
  });
}

const fitOne = (method: 'sigmoid' | 'isotonic', rows: CalibrationRows): Calibrator =>
  method === 'sigmoid' ? fitSigmoid(rows) : fitIsotonic(rows);

function joined(parts: readonly CalibrationRows[]): CalibrationRows {
  return {
    decisions: Float64Array.from(parts.flatMap((part) => [...part.decisions])),
    isPositive: Uint8Array.from(parts.flatMap((part) => [...part.isPositive])),
    weights: Float64Array.from(parts.flatMap((part) => [...part.weights])),
  };
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
