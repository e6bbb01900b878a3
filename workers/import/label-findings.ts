// What a report says about labels, found again with the labels in force: texts labelled in two ways, and classes that
// are small, alike or in one split only. Reads every page, so only for versions of moderate size (see stats.ts).
import type { Dataset, LabelState, Mapping, ReportEntry } from '../../src/contract/records';
import { DatasetAnalysis } from '../../src/lib/dataset-report';
import { PageReader } from '../../src/lib/dataset-report-page';
import { labelColumn } from '../../src/storage/labelled-rows';
import { splitCode } from '../../src/storage/row-page-codec';
import { readPages } from '../../src/storage/row-pages';
import { RowView } from './row-view';

const conflict = 'conflicting-labels';
const absent = 'empty-class';
const ofClasses: ReadonlySet<string> = new Set(['small-class', absent, 'similar-labels', 'one-split-label']);

/** @param overlay all labels given to rows of this family, by ordinal */
export async function labelFindings(
  dataset: Dataset,
  overlay: ReadonlyMap<number, LabelState>,
): Promise<{ conflicting: number; warnings: ReportEntry[] }> {
  const { several } = labelColumn(dataset.mapping);
  const text = dataset.mapping.text;
  const mapping: Mapping = { ...(text !== undefined && { text: 'text' }), [several ? 'labels' : 'label']: 'label' };
  const analysis = new DatasetAnalysis(mapping);
  const reader = new PageReader(mapping);
  for await (const { view: page } of readPages(dataset)) {
    const view = new RowView(dataset, page, overlay);
    const rows = Array.from({ length: view.rows }, (_, row) => row);
    const labels = rows.map((row) => {
      const given = view.labels(row).labels;
      return several ? given : (given[0] ?? null);
    });
    const texts = text === undefined ? [] : [page.column(text)];
    analysis.add(
      reader.look({
        columns: [...texts.map(() => 'text'), 'label'],
        cells: [...texts, labels],
        rows: view.rows,
        dictionaries: [...texts.map(() => null), null],
        splits: Uint8Array.from(rows, (row) => splitCode(view.split(row))),
        first: 1,
        numbers: rows.map((row) => page.ordinal(row) + 1),
      }),
    );
  }
  const imported = dataset.report.warnings;
  // The labels a file declares are known from its report alone, where not all may be listed.
  const declared = imported.find((entry) => entry.code === absent);
  const allListed = declared?.values?.length === declared?.count;
  const { stats, warnings } = analysis.finish(allListed ? declared?.values : []);
  const stays = (entry: ReportEntry): boolean =>
    entry.code !== conflict && (!ofClasses.has(entry.code) || (entry.code === absent && !allListed));
  const kept = imported.filter(stays);
  return {
    conflicting: stats.conflicting,
    warnings: [
      ...kept.filter((entry) => entry.code === 'leak'),
      ...warnings.filter((entry) => entry.code === conflict),
      ...kept.filter((entry) => entry.code !== 'leak'),
      ...warnings.filter((entry) => ofClasses.has(entry.code)),
    ],
  };
}
