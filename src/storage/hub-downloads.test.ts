// Parts of a download: kept in order, counted with the bytes, gone with their file or download and nothing else.
import { beforeEach, expect, it } from 'vitest';
import type { HubListing } from '../contract/hub';
import {
  appendPart,
  beginDownload,
  discardFile,
  finishFile,
  getDownload,
  getPart,
  listDownloads,
  removeDownload,
} from './hub-downloads';
import { closeStudio, openStudio } from './open';

const listing = (repository: string, commit: string): HubListing => ({
  host: 'https://models.example',
  repository,
  revision: 'main',
  commit,
  weights: 'safetensors',
  licence: null,
  files: [],
  bytes: 10,
  kept: 0,
});
const part = (...bytes: number[]) => Uint8Array.from(bytes);
const partCount = async () => (await openStudio()).count('hubParts');

beforeEach(async () => {
  for (const { id } of await listDownloads()) await removeDownload(id);
});

it('keeps parts across a reload, in order, with the bytes they hold', async () => {
  const id = await beginDownload(listing('a/b', 'c1'), 5);
  await appendPart(id, 'w', part(1, 2), '"x"');
  await appendPart(id, 'w', part(3), '"x"');
  await appendPart(id, 'v', part(9), null);
  await closeStudio();
  const kept = await getDownload(await beginDownload(listing('a/b', 'c1')));
  expect(kept?.files).toContainEqual({ path: 'w', bytes: 3, parts: 2, etag: '"x"', sha256: null });
  expect([...(await getPart(id, 'w', 0)), ...(await getPart(id, 'w', 1))]).toEqual([1, 2, 3]);
  await finishFile(id, 'w', 'ab');
  expect((await getDownload(id))?.files.find(({ path }) => path === 'w')?.sha256).toBe('ab');
});

it('discards one file, one download, or older ones of the same repository, and nothing else', async () => {
  const old = await beginDownload(listing('a/b', 'c1'));
  await appendPart(old, 'w', part(1), null);
  const other = await beginDownload(listing('a/bc', 'c1'));
  await appendPart(other, 'w', part(1), null);
  await appendPart(other, 'w2', part(1), null);
  const next = await beginDownload(listing('a/b', 'c2'));
  expect((await listDownloads()).map(({ id }) => id).sort()).toEqual([other, next].sort());
  expect(await partCount()).toBe(2);
  await discardFile(other, 'w');
  expect(await partCount()).toBe(1);
  expect((await getDownload(other))?.files.map(({ path }) => path)).toEqual(['w2']);
  await removeDownload(other);
  expect(await partCount()).toBe(0);
  await expect(appendPart(other, 'w', part(1), null)).rejects.toMatchObject({ name: 'NotFoundError' });
  expect(await partCount()).toBe(0);
});
