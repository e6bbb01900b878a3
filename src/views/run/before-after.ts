// What tuning did to an encoder, from its figures on the same rows before and after. Pure.
import type { EmbeddingMetrics, Metrics } from '../../contract/metrics';
import { primaryFigure } from '../../lib/metrics/figures';
import { formatFixed } from '../../ui/format';
import { metricTitle, type ScalarMetric } from './metric-words';

export const embeddingOf = (metrics: Metrics | null | undefined): EmbeddingMetrics | null =>
  metrics?.kind === 'embedding' ? metrics : null;

const figures = [
  'spearman',
  'pearson',
  'tripletAccuracy',
  'ndcgAt10',
  'recallAt10',
  'mrr',
] as const satisfies ScalarMetric[];

export interface Change {
  name: (typeof figures)[number];
  before: number | null;
  after: number;
  difference: number | null;
}

export function changesOf(metrics: EmbeddingMetrics): Change[] {
  return figures.flatMap((name) => {
    const after = metrics[name];
    if (after === null) return [];
    const before = metrics.before?.[name] ?? null;
    return [{ name, before, after, difference: before === null ? null : after - before }];
  });
}

/** Smaller changes of the first figure are called none. */
const noticeable = 0.0005;

export interface Verdict {
  tone: 'good' | 'bad' | 'plain';
  text: string;
}

/** In one sentence: better, worse or as before, by the figure a version is known by. */
export function verdictOf(metrics: EmbeddingMetrics, base: string): Verdict {
  const primary = primaryFigure(metrics);
  const change = primary && changesOf(metrics).find(({ name }) => name === primary.name);
  if (!primary || !change) return { tone: 'plain', text: 'These rows hold nothing that vectors can be judged by.' };
  const title = metricTitle(primary.name);
  if (change.before === null || change.difference === null)
    return { tone: 'plain', text: `${base} is not here any more, so its figures before tuning are not known.` };
  const [before, after] = [formatFixed(change.before, 4), formatFixed(change.after, 4)];
  if (Math.abs(change.difference) < noticeable)
    return { tone: 'plain', text: `Tuning changed nothing that counts: ${title} was ${before} and is ${after}.` };
  if (change.difference > 0)
    return {
      tone: 'good',
      text: `Tuning made ${base} better on these rows: ${title} rose from ${before} to ${after}.`,
    };
  return {
    tone: 'bad',
    text: `${base} was better before: tuning made it worse on these rows, ${title} fell from ${before} to ${after}. Use the base as it was, or try a smaller rate, fewer epochs or more rows.`,
  };
}
