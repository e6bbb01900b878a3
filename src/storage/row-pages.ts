// Rows in pages. A page is written once by the data worker and never changed; reading one never loads another.
// Which rows a version has is said by its data set record, committed last: pages without one are orphans.
import type { Dataset } from '../contract/records';
import { NotFoundError } from '../contract/errors';
import { openStudio } from './open';
import { PageView } from './row-page-codec';
import { write } from './transact';

const pagesOf = (datasetId: string): IDBKeyRange => IDBKeyRange.bound([datasetId, 0], [datasetId, Infinity]);

export interface StoredPage {
  page: number;
  firstRow: number;
  view: PageView;
}

/** Writes pages in one transaction; resolves when committed. */
export async function putPages(
  datasetId: string,
  pages: { page: number; firstRow: number; rows: number; bytes: Uint8Array }[],
): Promise<void> {
  await write(
    ['rowPages'],
    async (tx) => {
      const store = tx.objectStore('rowPages');
      await Promise.all(pages.map((page) => store.put({ datasetId, ...page })));
    },
    { quiet: true },
  );
}

export async function readPage(datasetId: string, page: number): Promise<StoredPage> {
  const stored = await (await openStudio()).get('rowPages', [datasetId, page]);
  if (!stored)
    throw new NotFoundError(
      `Page ${String(page + 1)} of data set ${datasetId} is not in this browser. It may have been removed.`,
    );
  return { page, firstRow: stored.firstRow, view: new PageView(stored.bytes) };
}

export async function countPages(datasetId: string): Promise<number> {
  return (await openStudio()).count('rowPages', pagesOf(datasetId));
}

/** First row of every page, in order. Kept in the record; older records are walked once. */
export async function pageStarts(dataset: Dataset): Promise<readonly number[]> {
  if (dataset.pageStarts) return dataset.pageStarts;
  const starts: number[] = [];
  const tx = (await openStudio()).transaction('rowPages');
  for await (const cursor of tx.store.iterate(pagesOf(dataset.id))) starts.push(cursor.value.firstRow);
  return starts;
}

/** All pages in order; the next is fetched while the caller works on this one. */
export async function* readPages(dataset: Dataset): AsyncGenerator<StoredPage> {
  const count = await countPages(dataset.id);
  if (count === 0) return;
  let next = readPage(dataset.id, 0);
  for (let page = 0; page < count; page++) {
    const current = await next;
    if (page + 1 < count) {
      next = readPage(dataset.id, page + 1);
      next.catch(() => undefined);
    }
    yield current;
  }
}

export async function removePages(datasetId: string): Promise<void> {
  await write(['rowPages'], (tx) => tx.objectStore('rowPages').delete(pagesOf(datasetId)), { quiet: true });
}

/** Ids that have pages but no data set record: what a killed import left behind, or one that is still running. */
export async function orphanedPageOwners(): Promise<string[]> {
  const db = await openStudio();
  const tx = db.transaction(['rowPages', 'datasets']);
  const orphans: string[] = [];
  let cursor = await tx.objectStore('rowPages').openKeyCursor();
  while (cursor) {
    const [datasetId] = cursor.key;
    if ((await tx.objectStore('datasets').count(datasetId)) === 0) orphans.push(datasetId);
    cursor = await tx.objectStore('rowPages').openKeyCursor(IDBKeyRange.lowerBound([datasetId, Infinity], true));
  }
  return orphans;
}
