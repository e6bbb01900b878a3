// Reading rows: a window, a filter, an order, ids of all that match. Pages are read as needed and a few kept; the
// places of the last filter are kept until a label or data set changes.
import type { RowsQuery, RowsResult, Where } from '../../src/contract/data';
import { DatasetError } from '../../src/contract/errors';
import type { Cell, Dataset } from '../../src/contract/records';
import { textOf } from '../../src/lib/mapping-cells';
import { compareCells, compileWhere } from '../../src/lib/where';
import { onChange } from '../../src/storage/changes';
import { getDataset } from '../../src/storage/datasets';
import { openStudio } from '../../src/storage/open';
import { pageStarts, readPage, readPages, type StoredPage } from '../../src/storage/row-pages';
import { RowView } from './row-view';

const pagesKept = 12;
const selectionsKept = 4;
const mostRows = 10_000;

const pages = new Map<string, Promise<StoredPage>>();
const selections = new Map<string, Promise<Uint32Array>>();
const watchedStores = new Set(['labels', 'labelBlocks', 'edits', 'datasets']);
onChange((change) => {
  if (change.stores.some((store) => watchedStores.has(store))) selections.clear();
});

/** Keeps the newest `limit` entries of a map; a failed promise is not kept. */
function remember<T>(map: Map<string, Promise<T>>, key: string, limit: number, make: () => Promise<T>): Promise<T> {
  const known = map.get(key);
  if (known) {
    map.delete(key);
    map.set(key, known);
    return known;
  }
  const made = make();
  map.set(key, made);
  made.catch(() => map.delete(key));
  for (const oldest of map.keys()) {
    if (map.size <= limit) break;
    map.delete(oldest);
  }
  return made;
}

/** The page that holds a row, by bisection over the first rows. */
export function pageOfRow(starts: readonly number[], row: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

export async function queryRows(datasetId: string, query: RowsQuery): Promise<RowsResult> {
  const dataset = await getDataset(datasetId);
  const offset = whole('offset', query.offset, Number.MAX_SAFE_INTEGER);
  const limit = whole('limit', query.limit, mostRows);
  const filtered = query.where !== undefined && Object.keys(query.where).length > 0;
  if (!filtered && query.sort === undefined) {
    const end = Math.min(offset + limit, dataset.rows);
    const places = Array.from({ length: Math.max(0, end - offset) }, (_, index) => offset + index);
    return { total: dataset.rows, rows: await rowsAt(dataset, places) };
  }
  const selection = await select(dataset, query.where, query.sort);
  return { total: selection.length, rows: await rowsAt(dataset, selection.subarray(offset, offset + limit)) };
}

function whole(name: string, value: number, most: number): number {
  if (!Number.isInteger(value) || value < 0)
    throw new DatasetError(`rows: ${name} must be a whole number from 0, not ${String(value)}.`);
  return Math.min(value, most);
}

async function rowsAt(dataset: Dataset, places: ArrayLike<number>): Promise<RowsResult['rows']> {
  const starts = await pageStarts(dataset);
  const views = new Map<number, Promise<RowView>>();
  const viewOf = (page: number): Promise<RowView> => {
    let view = views.get(page);
    if (!view) {
      const stored = remember(pages, `${dataset.id}/${String(page)}`, pagesKept, () => readPage(dataset.id, page));
      view = stored.then((item) => RowView.of(dataset, item.view));
      views.set(page, view);
    }
    return view;
  };
  return Promise.all(
    Array.from(places, async (place) => {
      const page = pageOfRow(starts, place);
      return (await viewOf(page)).row(place - starts[page]!);
    }),
  );
}

/**
 * Places of the rows that match, in order. News of a label may arrive after the question that follows it, so where
 * the history stands is part of what a selection is remembered by.
 */
async function select(dataset: Dataset, where: Where | undefined, sort: string | undefined): Promise<Uint32Array> {
  const key = JSON.stringify([dataset.id, where ?? null, sort ?? null, await historyStand(dataset.projectId)]);
  return remember(selections, key, selectionsKept, () => scan(dataset, where, sort));
}

/** The newest act and the newest that is done: every act, undo and redo changes one of the two as it commits. */
async function historyStand(projectId: string): Promise<[newest: number, done: number]> {
  const { store } = (await openStudio()).transaction('edits');
  let cursor = await store.index('project').openCursor(projectId, 'prev');
  const newest = cursor?.primaryKey ?? 0;
  while (cursor && cursor.value.undone) cursor = await cursor.continue();
  return [newest, cursor?.primaryKey ?? 0];
}

async function scan(dataset: Dataset, where: Where | undefined, sort: string | undefined): Promise<Uint32Array> {
  const matches = compileWhere(where);
  const places: number[] = [];
  const keys: Cell[] = [];
  const sortColumn = sort?.replace(/^-/, '');
  for await (const { firstRow, view: page } of readPages(dataset)) {
    const view = await RowView.of(dataset, page);
    for (let row = 0; row < view.rows; row++) {
      if (!matches((column) => (column === '*' ? anyText(view, row) : view.cell(row, column)))) continue;
      places.push(firstRow + row);
      if (sortColumn !== undefined) keys.push(view.cell(row, sortColumn));
    }
  }
  if (sortColumn === undefined) return Uint32Array.from(places);
  const sign = sort?.startsWith('-') ? -1 : 1;
  const order = places.map((_, index) => index);
  order.sort((a, b) => byKey(keys[a] ?? null, keys[b] ?? null, sign) || a - b);
  return Uint32Array.from(order, (index) => places[index]!);
}

/** Missing values last, whichever way it is sorted. */
function byKey(a: Cell, b: Cell, sign: number): number {
  const [left, right] = [textOf(a) === '', textOf(b) === ''];
  if (left || right) return left === right ? 0 : left ? 1 : -1;
  return sign * compareCells(a, b);
}

/** The pseudo column `*`: all cells of a row, for a search that does not know where. */
function anyText(view: RowView, row: number): string {
  return view.dataset.columns.map((column) => textOf(view.cell(row, column))).join('\n');
}

export async function queryRowIds(datasetId: string, where: Where | undefined): Promise<string[]> {
  const dataset = await getDataset(datasetId);
  const matches = compileWhere(where);
  const ids: string[] = [];
  for await (const { view: page } of readPages(dataset)) {
    const view = await RowView.of(dataset, page);
    for (let row = 0; row < view.rows; row++)
      if (matches((column) => (column === '*' ? anyText(view, row) : view.cell(row, column))))
        ids.push(view.rowId(row));
  }
  return ids;
}
