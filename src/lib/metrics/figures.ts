// Figures of an evaluation by name, whatever its task: for lists, tables and gates that compare one number.
import type { ClassificationMetrics, Metrics } from '../../contract/metrics';

/** The evaluation where labels were put on texts; null for every other task, or where there is none. */
export function classification(metrics: Metrics | null | undefined): ClassificationMetrics | null {
  return metrics && isClassification(metrics) ? metrics : null;
}

function isClassification(metrics: Metrics): metrics is ClassificationMetrics {
  return metrics.kind === undefined || metrics.kind === 'classification';
}

/** One number of an evaluation by its name in the contract; null where the task has no such figure. */
export function figureOf(metrics: Metrics | null | undefined, name: string): number | null {
  const value: unknown = metrics ? Reflect.get(metrics, name) : null;
  return typeof value === 'number' ? value : null;
}

/** The figure that a version is known by: the first its task has. */
export function primaryFigure(metrics: Metrics | null | undefined): { name: string; value: number } | null {
  for (const name of ['f1Macro', 'spearman', 'ndcgAt10', 'tripletAccuracy', 'hitRateAt10']) {
    const value = figureOf(metrics, name);
    if (value !== null) return { name, value };
  }
  return null;
}
