// A version as a file, with the labels in force: CSV (no cell starts a formula), JSONL, JSON, Label Studio tasks.
// Page by page into a Blob, so that a million rows never stand in memory at once.
import { UnsupportedError } from '../../src/contract/errors';
import type { Cell, Dataset } from '../../src/contract/records';
import { csvLine } from '../../src/formats/csv-write';
import { getDataset } from '../../src/storage/datasets';
import { labelColumn } from '../../src/storage/labelled-rows';
import { readPages } from '../../src/storage/row-pages';
import { textOf } from '../../src/lib/mapping-cells';
import { fileName } from './columns';
import { reportInForce } from './stats';
import { RowView } from './row-view';

const charsPerPart = 4 * 1024 ** 2;

interface Column {
  title: string;
  read(view: RowView, row: number): Cell;
}
interface Writer {
  type: string;
  before: string;
  between: string;
  after: string;
  row(view: RowView, row: number): string;
}

export async function exportDataset(datasetId: string, format: string): Promise<Blob> {
  const dataset = await getDataset(datasetId);
  const writer = await writerFor(format, dataset);
  const parts: Blob[] = [];
  let text = writer.before;
  let first = true;
  for await (const { view: page } of readPages(dataset)) {
    const view = await RowView.of(dataset, page);
    for (let row = 0; row < view.rows; row++) {
      text += (first ? '' : writer.between) + writer.row(view, row);
      first = false;
      if (text.length > charsPerPart) {
        parts.push(new Blob([text]));
        text = '';
      }
    }
  }
  return new Blob([...parts, text + writer.after], { type: writer.type });
}

async function writerFor(format: string, dataset: Dataset): Promise<Writer> {
  const columns = await columnsOf(dataset);
  const record = (view: RowView, row: number): string =>
    JSON.stringify(Object.fromEntries(columns.map((column) => [column.title, column.read(view, row)])));
  switch (format) {
    case 'csv':
      return {
        type: 'text/csv;charset=utf-8',
        before: csvLine(columns.map((column) => column.title)),
        between: '',
        after: '',
        row: (view, row) => csvLine(columns.map((column) => column.read(view, row))),
      };
    case 'jsonl':
      return { type: 'application/x-ndjson', before: '', between: '\n', after: '\n', row: record };
    case 'json':
      return { type: 'application/json', before: '[\n', between: ',\n', after: '\n]\n', row: record };
    case 'label-studio':
      return { type: 'application/json', before: '[\n', between: ',\n', after: '\n]\n', row: labelStudioTask };
    default:
      throw new UnsupportedError(
        `Data sets are not written as "${format}" yet. Choose csv, jsonl, json or label-studio.`,
      );
  }
}

/** The file's columns under their own names; split and label are added where they came from here. */
async function columnsOf(dataset: Dataset): Promise<Column[]> {
  const columns: Column[] = dataset.columns.map((name) => ({
    title: fileName(name),
    read: (view, row) => view.cell(row, name),
  }));
  const titles = new Set(columns.map((column) => column.title));
  const { mapping } = dataset;
  const { stats } = await reportInForce(dataset.id);
  if (labelColumn(mapping).name === undefined && stats.labelled > 0 && !titles.has('label'))
    columns.push({ title: 'label', read: (view, row) => view.cell(row, 'label') });
  if (mapping.split === undefined && Object.keys(stats.splits).length > 0 && !titles.has('split'))
    columns.push({ title: 'split', read: (view, row) => view.split(row) });
  return columns;
}

function labelStudioTask(view: RowView, row: number): string {
  const { mapping, columns } = view.dataset;
  const text = mapping.text === undefined ? '' : textOf(view.cell(row, mapping.text));
  const rest = columns.filter((name) => name !== mapping.text && name !== labelColumn(mapping).name);
  const { labels, origin } = view.labels(row);
  const result = [{ from_name: 'label', to_name: 'text', type: 'choices', value: { choices: labels } }];
  return JSON.stringify({
    id: view.page.ordinal(row) + 1,
    data: { ...Object.fromEntries(rest.map((name) => [fileName(name), view.cell(row, name)])), text },
    annotations: origin === null ? [] : [{ result }],
  });
}
