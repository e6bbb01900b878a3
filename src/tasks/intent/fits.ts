// Which trainings a recipe means: folds whose held rows calibrate, and whether one more is made on all rows.
import { makeInt32 } from '../../../workers/kernels/linear/csr';
import { balancedWeights } from '../../../workers/kernels/linear/class-weights';
import type { LinearFit } from '../../../workers/kernels/linear/linear-work';
import { stratifiedKFold } from '../../lib/splits';
import type { IntentConfig } from './spec';

export interface FitPlan {
  fits: LinearFit[];
  /** The fits whose answers are averaged in the model. */
  members: number[];
  calibration: IntentConfig['calibration'];
  /** Whether rows are held out at all; without them there is neither calibration nor temperature. */
  heldOut: boolean;
  /** What was decided on the way, in the user's words. */
  notes: string[];
}

/**
 * `classOf`: class of each training row, every class present. As scikit-learn's CalibratedClassifierCV: one
 * classifier a fold, trained on the other folds. Where a class has fewer rows than folds, there are fewer folds;
 * a class with one row is learned from in every fold and held out in none.
 * `shared`: lists of rows lie in shared memory.
 */
export function planFits(
  classOf: Int32Array,
  weights: Float64Array,
  names: readonly string[],
  config: Pick<IntentConfig, 'calibration' | 'calibrationFolds' | 'classWeight' | 'temperature'>,
  shared: boolean,
): FitPlan {
  const counts = new Int32Array(names.length);
  for (const own of classOf) counts[own]!++;
  const single = names.filter((_, c) => counts[c] === 1);
  const least = counts.reduce((fewest, count) => (count > 1 ? Math.min(fewest, count) : fewest), Infinity);
  const folds = Math.min(config.calibrationFolds, least);
  const all = Int32Array.from(classOf, (_, row) => row);
  const fit = (rows: Int32Array, held: Int32Array): LinearFit => ({
    rows: placed(rows, shared),
    held: placed(held, shared),
    classWeights:
      config.classWeight === 'balanced'
        ? balancedWeights(classOf, rows, weights, names.length)
        : new Float64Array(names.length).fill(1),
  });
  const whole = (): LinearFit => fit(all, new Int32Array(0));
  const notes: string[] = [];
  if (config.calibration === 'none' && !config.temperature)
    return { fits: [whole()], members: [0], calibration: 'none', heldOut: false, notes };
  if (least === Infinity) {
    notes.push('Every label has only one row, so nothing could be held out: confidence is not calibrated.');
    return { fits: [whole()], members: [0], calibration: 'none', heldOut: false, notes };
  }
  if (folds < config.calibrationFolds) {
    const smallest = names.filter((_, c) => counts[c] === folds);
    notes.push(
      `${folds} calibration folds instead of ${config.calibrationFolds}: ${listed(smallest)} ${smallest.length === 1 ? 'has' : 'have'} only ${folds} training rows.`,
    );
  }
  if (single.length > 0)
    notes.push(
      `${listed(single)} ${single.length === 1 ? 'has' : 'have'} a single training row: it is learned from, but how sure to be of it is taken from the other labels. Label a few more.`,
    );
  const fits = stratifiedKFold([...classOf], folds).map((part) => {
    const isHeld = new Uint8Array(classOf.length);
    for (const row of part) isHeld[row] = counts[classOf[row]!] === 1 ? 0 : 1;
    return fit(
      all.filter((row) => isHeld[row] === 0),
      all.filter((row) => isHeld[row] === 1),
    );
  });
  const members = config.calibration === 'none' ? [fits.length] : fits.map((_, i) => i);
  if (config.calibration === 'none') fits.push(whole());
  return { fits, members, calibration: config.calibration, heldOut: true, notes };
}

function placed(rows: Int32Array, shared: boolean): Int32Array {
  const copy = makeInt32(rows.length, shared);
  copy.set(rows);
  return copy;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `"${name}"`);
  if (names.length > 3) shown.push(`${names.length - 3} more`);
  return shown.join(', ');
}
