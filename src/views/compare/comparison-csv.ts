// A comparison as a file: the figures of each run, then every row with what each run said.
import type { Run } from '../../contract/records';
import type { RunComparison } from '../../contract/studio';
import { chartTableToCsv, type ChartTable } from '../../ui/charts/table';

export function figuresTable(comparison: RunComparison, runs: readonly Run[]): ChartTable {
  return {
    columns: [
      'run',
      'name',
      'f1Macro',
      'gain',
      'low',
      'high',
      'clear',
      'accuracy',
      'ece',
      'seconds',
      'bytes',
      'mcnemarP',
    ],
    rows: comparison.runs.map((compared) => {
      const run = runs.find((known) => known.id === compared.runId);
      const difference = compared.difference;
      return [
        run?.number ?? null,
        run?.name ?? compared.runId,
        compared.metrics?.f1Macro ?? null,
        difference?.f1Macro ?? null,
        difference?.low ?? null,
        difference?.high ?? null,
        difference ? String(difference.clear) : null,
        compared.metrics?.accuracy ?? null,
        compared.metrics?.ece ?? null,
        run?.seconds ?? null,
        run?.sizeBytes ?? null,
        compared.mcnemar?.pValue ?? null,
      ];
    }),
  };
}

export function answersTable(comparison: RunComparison, runs: readonly Run[]): ChartTable {
  const names = comparison.runs.map(
    (compared) => runs.find((run) => run.id === compared.runId)?.name ?? compared.runId,
  );
  return {
    columns: ['rowId', 'text', 'actual', ...names.flatMap((name) => [`${name} said`, `${name} confidence`])],
    rows: comparison.answers.map((row) => [
      row.rowId,
      row.text,
      row.actual.join('|'),
      ...row.predicted.flatMap((labels, i): (string | number)[] => [labels.join('|'), row.confidence[i] ?? 0]),
    ]),
  };
}

export function csvBlob(table: ChartTable): Blob {
  return new Blob([chartTableToCsv(table)], { type: 'text/csv' });
}
