// The table of runs: its columns, how each is written, sorted and filtered. Pure.
import type { Run } from '../../contract/records';
import { figureOf } from '../../lib/metrics/figures';
import { formatBytes, formatDuration, formatFixed, formatWhen, none } from '../../ui/format';
import { judged, statusWords } from '../run/run-words';

export interface RunColumn {
  key: string;
  title: string;
  numeric: boolean;
  /** Shown unless chosen otherwise. */
  usual: boolean;
  text: (run: Run) => string;
  value: (run: Run) => number | string;
}

type Figure = 'f1Macro' | 'accuracy' | 'ece' | 'loss' | 'spearman' | 'tripletAccuracy' | 'ndcgAt10' | 'hitRateAt10';
const figure = (name: Figure) => (run: Run) => figureOf(judged(run)?.metrics, name);
function metricColumn(name: Figure, title: string, usual: boolean): RunColumn {
  const read = figure(name);
  return {
    key: name,
    title,
    numeric: true,
    usual,
    text: (run) => formatFixed(read(run)),
    value: (run) => read(run) ?? -Infinity,
  };
}

export const runColumns: readonly RunColumn[] = [
  {
    key: 'number',
    title: 'Run',
    numeric: true,
    usual: true,
    text: (run) => String(run.number),
    value: (run) => run.number,
  },
  {
    key: 'status',
    title: 'State',
    numeric: false,
    usual: true,
    text: (run) => statusWords[run.status],
    value: (run) => statusWords[run.status],
  },
  { key: 'task', title: 'Task', numeric: false, usual: true, text: (run) => run.task, value: (run) => run.task },
  metricColumn('f1Macro', 'Macro-F1', true),
  metricColumn('accuracy', 'Accuracy', true),
  metricColumn('ece', 'Calibration', true),
  metricColumn('spearman', 'Spearman', true),
  metricColumn('tripletAccuracy', 'Triplets right', true),
  metricColumn('hitRateAt10', 'Hit rate at 10', true),
  metricColumn('ndcgAt10', 'nDCG at 10', true),
  metricColumn('loss', 'Loss', false),
  {
    key: 'split',
    title: 'Judged on',
    numeric: false,
    usual: false,
    text: (run) => judged(run)?.split ?? none,
    value: (run) => judged(run)?.split ?? '',
  },
  {
    key: 'started',
    title: 'Started',
    numeric: true,
    usual: true,
    text: (run) => formatWhen(run.startedAt),
    value: (run) => run.startedAt ?? run.queuedAt,
  },
  {
    key: 'seconds',
    title: 'Time',
    numeric: true,
    usual: true,
    text: (run) => (run.seconds > 0 ? formatDuration(run.seconds) : none),
    value: (run) => run.seconds,
  },
  {
    key: 'size',
    title: 'Size',
    numeric: true,
    usual: true,
    text: (run) => (run.sizeBytes > 0 ? formatBytes(run.sizeBytes) : none),
    value: (run) => run.sizeBytes,
  },
  {
    key: 'seed',
    title: 'Seed',
    numeric: true,
    usual: false,
    text: (run) => String(run.seed),
    value: (run) => run.seed,
  },
  {
    key: 'preset',
    title: 'Preset',
    numeric: false,
    usual: false,
    text: (run) => run.recipe.extends ?? none,
    value: (run) => run.recipe.extends ?? '',
  },
  {
    key: 'backend',
    title: 'Trained on',
    numeric: false,
    usual: false,
    text: (run) => run.backend ?? none,
    value: (run) => run.backend ?? '',
  },
  {
    key: 'changed',
    title: 'Changed settings',
    numeric: false,
    usual: false,
    text: (run) => run.changed.join(', ') || none,
    value: (run) => run.changed.length,
  },
];

const ofLabels = ['f1Macro', 'accuracy', 'ece'];
const ofOthers = ['spearman', 'tripletAccuracy', 'hitRateAt10', 'ndcgAt10'];

/** Usual ones, but figures only where some run has them; those of labels also before any run has figures. */
export function usualColumns(runs: readonly Run[]): RunColumn[] {
  const has = (key: string): boolean => runs.some((run) => figureOf(judged(run)?.metrics, key) !== null);
  const others = ofOthers.some(has);
  return runColumns.filter(
    ({ key, usual }) =>
      usual && (!ofOthers.includes(key) || has(key)) && (!ofLabels.includes(key) || !others || has(key)),
  );
}

/** Runs that match every word of the filter (name, number, state, task, settings), in the order asked for. */
export function arrangeRuns(
  runs: readonly Run[],
  options: { filter: string; sort: string; descending: boolean },
): Run[] {
  const words = options.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = runs.filter((run) => {
    const text = [run.name, `run ${run.number}`, statusWords[run.status], run.task, run.recipe.extends, ...run.changed]
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const column = runColumns.find((known) => known.key === options.sort);
  const value = (run: Run): number | string => (column ? column.value(run) : run.name.toLowerCase());
  return kept.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y));
    return (options.descending ? -order : order) || b.number - a.number;
  });
}

/** The column's best value among the runs, where there is a best; null otherwise. */
export function bestOf(column: RunColumn, runs: readonly Run[]): number | null {
  const higher = column.key === 'f1Macro' || column.key === 'accuracy' || ofOthers.includes(column.key);
  if (!higher && column.key !== 'ece' && column.key !== 'loss') return null;
  const values = runs
    .map((run) => column.value(run))
    .filter((v): v is number => typeof v === 'number' && Number.isFinite(v));
  if (values.length < 2) return null;
  return higher ? Math.max(...values) : Math.min(...values);
}
