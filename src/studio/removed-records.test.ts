// Removal in two steps: hidden from every listing at once, back whole by Undo, gone with its bytes when purged.
import { describe, expect, it } from 'vitest';
import { storeProject } from './testing/fakes';
import { findDataset, listVersions, purgeDataset } from '../storage/datasets';
import { hide, unhide } from '../storage/hidden';
import { openStudio } from '../storage/open';
import { purgeHidden } from '../storage/removal';

const pagesOf = async (id: string): Promise<number> =>
  (await openStudio()).count('rowPages', IDBKeyRange.bound([id, 0], [id, Infinity]));

describe('a removed data set', () => {
  it('is hidden, comes back as it was, and goes with its rows when its time is up', async () => {
    const { project, dataset } = await storeProject([
      ['one', 'a'],
      ['two', 'b'],
    ]);
    const before = await findDataset(dataset.id);
    await hide('datasets', dataset, purgeDataset);
    expect(await findDataset(dataset.id)).toBeUndefined();
    expect(await listVersions(project.id)).toEqual([]);
    expect(await pagesOf(dataset.id)).toBe(1);

    expect(await unhide('datasets', dataset.id)).toEqual(before);
    expect((await listVersions(project.id)).map(({ id }) => id)).toEqual([dataset.id]);

    await hide('datasets', dataset, purgeDataset);
    expect(await purgeHidden(Date.now() - 60_000)).not.toBeNull();
    expect(await pagesOf(dataset.id)).toBe(1);
    expect(await purgeHidden(Date.now())).toBeNull();
    expect(await pagesOf(dataset.id)).toBe(0);
    await expect(unhide('datasets', dataset.id)).rejects.toMatchObject({ name: 'NotFoundError' });
  });
});
