// The facade's way to a model host: closed unless the setting opens it, to exactly the host that it names.
import { beforeEach, expect, it } from 'vitest';
import type { HubApi, HubListing } from '../contract/hub';
import { changeSettings } from '../storage/settings';
import { createHubBases } from './bases-hub';

const listing: HubListing = {
  host: 'https://models.example',
  repository: 'a/b',
  revision: 'main',
  commit: 'c',
  weights: 'onnx',
  licence: null,
  files: [],
  bytes: 0,
  kept: 0,
};
let asked: unknown[][] = [];
let cancelled: string[] = [];
const hub: HubApi = {
  find(...given) {
    asked.push(given);
    return Promise.resolve(listing);
  },
  download: () => new Promise(() => undefined),
  cancel(jobId) {
    cancelled.push(jobId);
    return Promise.resolve();
  },
};
const bases = createHubBases(hub, (work) => work);
beforeEach(() => {
  asked = [];
  cancelled = [];
});

it('asks nobody while no host is allowed', async () => {
  await changeSettings({ modelHost: '' });
  for (const question of [bases.find('a/b'), bases.download('a/b')])
    await expect(question).rejects.toMatchObject({
      name: 'UnsupportedError',
      message: expect.stringMatching(/No model host is allowed.*Settings/),
    });
  expect(asked).toEqual([]);
});

it('asks the first address of the setting, with the revision and patience that were given', async () => {
  await changeSettings({ modelHost: 'https://models.example https://files.example' });
  await bases.find(' a/b ');
  await bases.find('a/b@v1', { revision: 'v2', timeoutSeconds: 3 });
  expect(asked.map(([, ...rest]) => rest)).toEqual([
    ['https://models.example', 'a/b', {}],
    ['https://models.example', 'a/b@v2', { timeoutSeconds: 3 }],
  ]);
});

it('calls off by signal or by name', async () => {
  await changeSettings({ modelHost: 'https://models.example' });
  const stop = new AbortController();
  void bases.download('a/b', { signal: stop.signal });
  void bases.download('c/d');
  await new Promise((next) => setTimeout(next, 50));
  stop.abort();
  await bases.cancel('c/d');
  await bases.cancel('never/asked');
  expect(new Set(cancelled).size).toBe(2);
  stop.abort();
  cancelled = [];
  // Asked twice at once, both end: none is left without a way to stop it.
  void bases.download('e/f');
  void bases.download('e/f');
  await new Promise((next) => setTimeout(next, 50));
  await bases.cancel('e/f');
  expect(cancelled).toHaveLength(2);
  await expect(bases.find('a/b', { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
});
