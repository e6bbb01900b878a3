// What is worth knowing before a run: rows each split will have, and findings of the data with the act that helps. Pure.
import type { Dataset, DatasetStats, MappedColumn, Split } from '../../contract/records';
import type { TaskSpec } from '../../tasks/task';

/** Whether rows must have labels to count. */
export const readsLabels = ({ columns }: TaskSpec): boolean =>
  columns.required.some((group) => group.includes('label') || group.includes('labels'));

/** Rows that the task can train and judge by. */
export const usableRows = (spec: TaskSpec, stats: DatasetStats): number =>
  readsLabels(spec) ? stats.labelled : stats.rowsKept;

/** What the task misses in the data, in words: "label or labels". Labels given here do as well as a column of them. */
export function missingColumns(spec: TaskSpec, dataset: Dataset, stats: DatasetStats | null): string[] {
  const given = (column: MappedColumn): boolean =>
    dataset.mapping[column] !== undefined ||
    ((column === 'label' || column === 'labels') && (stats?.labelled ?? 0) > 0);
  return spec.columns.required.flatMap((group) => (group.some(given) ? [] : [group.join(' or ')]));
}

/**
 * Rows of each split: those that come with one keep it, the others are dealt by the shares. `exact` is false where
 * shares had to be dealt, for small classes stay in train.
 */
export function plannedSplits(
  stats: DatasetStats,
  shares: unknown,
  usable: number = stats.labelled,
): { rows: Record<Split, number>; exact: boolean; unused: number } {
  const fixed = {
    train: stats.splits.train ?? 0,
    validation: stats.splits.validation ?? 0,
    test: stats.splits.test ?? 0,
  };
  const given = fixed.train + fixed.validation + fixed.test;
  const rest = Math.max(0, usable - Math.min(given, usable));
  const share = (name: Split): number => {
    if (typeof shares !== 'object' || shares === null) return 0;
    const value: unknown = Reflect.get(shares, name);
    return typeof value === 'number' ? value : 0;
  };
  const validation = Math.round(rest * share('validation'));
  const test = Math.round(rest * share('test'));
  const train = Math.min(rest - validation - test, Math.round(rest * share('train')));
  return {
    rows: { train: fixed.train + train, validation: fixed.validation + validation, test: fixed.test + test },
    exact: rest === 0,
    unused: rest - train - validation - test,
  };
}

export interface Finding {
  chip: string;
  text: string;
  tone: 'plain' | 'warn';
  /** Query of the Data screen that shows the rows. */
  show?: Record<string, string>;
}

/** The few findings that change how a score is to be read. */
export function findings(
  dataset: Dataset,
  stats: DatasetStats,
  fewest: number,
  testRows: number,
  labels = true,
): Finding[] {
  const list: Finding[] = [];
  if (testRows === 0 && (stats.labelled > 0 || !labels))
    list.push({
      chip: 'no test rows',
      text: 'the run is judged on its validation rows, which also choose the best step and so flatter a little.',
      tone: 'plain',
    });
  const classes = Object.entries(stats.classes).sort((a, b) => a[1] - b[1]);
  const smallest = classes[0];
  if (labels && stats.unlabelled > 0)
    list.push({
      chip: `${stats.unlabelled.toLocaleString('en-GB')} unlabelled`,
      text: 'are left out; they wait in the label queue.',
      tone: 'plain',
    });
  if (labels && smallest) {
    const [label, rows] = smallest;
    const few = classes.filter(([, count]) => count < 5).length;
    list.push({
      chip: few ? `${few} ${few === 1 ? 'class' : 'classes'} below 5 rows` : 'smallest class',
      text: few
        ? `the smallest is ${label} with ${rows}; such a class stays in train and cannot be judged.`
        : `${label}, ${rows} rows`,
      tone: few ? 'warn' : 'plain',
    });
    if (classes.length === 1)
      list.push({ chip: 'one class', text: `every row is ${label}: there is nothing to tell apart.`, tone: 'warn' });
  }
  if (labels && stats.labelled > 0 && stats.labelled < fewest)
    list.push({ chip: 'few rows', text: `${stats.labelled} labelled, ${fewest} are needed.`, tone: 'warn' });
  for (const entry of [...dataset.report.errors, ...dataset.report.warnings]) {
    if (['smallest-class', 'unlabelled'].includes(entry.code)) continue;
    list.push({
      chip: `${entry.count.toLocaleString('en-GB')} ${entry.code.replaceAll('-', ' ')}`,
      text: entry.message,
      tone: 'warn',
    });
  }
  return list.slice(0, 7);
}
