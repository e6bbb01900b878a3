// What the rows of a run tell a head that is fitted on all of them at once.
import type { StepInputs } from '../../../../workers/ml/step-context';
import type { TaskData } from '../../task';
import type { ClassifierConfig } from '../spec';
import { positiveWeights, targetInputs } from '../targets';

/** `total`: sum of the rows' weights, as scikit-learn's penalty counts them. */
export function headInputs(
  { labels, multiLabel, splits: { train } }: Pick<TaskData, 'labels' | 'multiLabel' | 'splits'>,
  { labelSmoothing, posWeight }: Pick<ClassifierConfig, 'labelSmoothing' | 'posWeight'>,
): { inputs: StepInputs; total: number } {
  const rows = Int32Array.from(train.rowIds, (_, i) => i);
  const total = train.weights.reduce((sum, weight) => sum + weight, 0);
  const settings = { labels: labels.length, multiLabel, labelSmoothing, posWeight };
  const positives = positiveWeights(train, labels.length, posWeight);
  return { inputs: targetInputs(train, rows, rows.length, total, settings, positives), total };
}
