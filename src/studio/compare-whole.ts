// Comparing runs that put no labels on texts: by the figures each was judged with at its end. Only figures of the same rows
// say anything, so that is checked and said.
import type { Run } from '../contract/records';
import type { RunComparison } from '../contract/studio';
import { figureOf, primaryFigure } from '../lib/metrics/figures';
import { recipeDiff } from '../lib/recipe-diff';

/** The first run is the baseline. Each run's own figures are in `figures`. */
export function compareWhole(runs: readonly Run[]): RunComparison {
  const [first] = runs;
  const split = runs.every((run) => run.metrics.test) ? 'test' : 'validation';
  const same = runs.every((run) => run.datasetHash === first?.datasetHash && run.task === first.task);
  const name = runs.map((run) => primaryFigure(run.metrics[split])?.name).find((found) => found !== undefined) ?? '';
  const base = figureOf(first?.metrics[split], name);
  const advice = same
    ? runs.slice(1).flatMap((run) => {
        const own = figureOf(run.metrics[split], name);
        if (own === null || base === null) return [`${run.name} has no such figure (it is ${run.status}).`];
        const gain = own - base;
        const word = gain > 0 ? 'above' : 'below';
        return gain === 0
          ? [`${run.name} is where ${first?.name ?? ''} is.`]
          : [`${run.name} is ${Math.abs(gain).toFixed(3)} ${word} ${first?.name ?? ''}, on the same rows.`];
      })
    : ['These runs were not judged on the same rows, so their figures cannot be held against each other.'];
  if (split === 'validation')
    advice.push('Validation rows also chose the best step of a run, so they flatter it a little.');
  return {
    baseline: first?.id ?? '',
    split,
    rows: first?.metrics[split]?.rows ?? 0,
    runs: runs.map((run) => ({
      ...{ runId: run.id, modelId: run.modelId, metrics: null, figures: run.metrics[split] },
      ...{ difference: null, mcnemar: null, perClassDelta: {} },
    })),
    configDiff: recipeDiff(runs.map((run) => run.recipe)),
    answers: [],
    advice,
  };
}
