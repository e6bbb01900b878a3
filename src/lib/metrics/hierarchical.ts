// Figures over a tree of labels: F1 of each level, and hierarchical precision, recall and F1 (Kiritchenko et al. 2005;
// Silla & Freitas 2011, hP, hR, hF): both sets of a row are first closed upwards, so a near miss counts for its branch.
import type { LevelMetrics } from '../../contract/metrics';
import { closedUpwards, levelsOf } from '../taxonomy';
import { countLabels, fScore, macroAverage, microAverage, perLabel, type Averages } from './counts';

type Rows = readonly (readonly number[])[];

/** One entry a level, the top first. Macro figures are the plain mean over all labels of the level. */
export function levelMetrics(actual: Rows, predicted: Rows, parents: readonly number[]): LevelMetrics[] {
  const closed = (rows: Rows): number[][] => rows.map((own) => closedUpwards(own, parents));
  const counts = countLabels(closed(actual), closed(predicted), parents.length);
  const levels = levelsOf(parents);
  const deepest = levels.reduce((most, level) => Math.max(most, level), 0);
  return Array.from({ length: deepest }, (_, above) => {
    const own = levels.flatMap((level, label) => (level === above + 1 ? [label] : []));
    const pick = (values: Float64Array): Float64Array => Float64Array.from(own, (label) => values[label]!);
    const ofLevel = {
      truePositive: pick(counts.truePositive),
      predicted: pick(counts.predicted),
      support: pick(counts.support),
    };
    const micro = microAverage(ofLevel);
    const macro = macroAverage(perLabel(ofLevel));
    return {
      level: above + 1,
      labels: own.length,
      support: ofLevel.support.reduce((sum, one) => sum + one, 0),
      precisionMicro: micro.precision,
      recallMicro: micro.recall,
      f1Micro: micro.f1,
      f1Macro: macro.f1,
    };
  });
}

/** hP = Σ|both| / Σ|answered|, hR = Σ|both| / Σ|true|, over sets with all ancestors; 0 where undefined. */
export function hierarchicalAverages(actual: Rows, predicted: Rows, parents: readonly number[]): Averages {
  let [both, answered, held] = [0, 0, 0];
  actual.forEach((own, row) => {
    const truth = new Set(closedUpwards(own, parents));
    const answer = closedUpwards(predicted[row]!, parents);
    for (const label of answer) if (truth.has(label)) both++;
    answered += answer.length;
    held += truth.size;
  });
  return {
    precision: answered === 0 ? 0 : both / answered,
    recall: held === 0 ? 0 : both / held,
    f1: fScore(both, answered, held),
  };
}
