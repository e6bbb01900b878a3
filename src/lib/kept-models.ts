// Models that ship with the app, kept for offline use by the service worker: after its start, since they are as large as all
// the rest and the first visit must not wait for them. What the program itself is made of is precached by Workbox.

export interface ShippedFile {
  /** Relative to the service worker's own address. */
  url: string;
  /** Hash of the content. */
  revision: string | null;
}

const cacheName = 'trainyard-models';

/** True for files that are kept by `keepModels`. */
export const isModelFile = ({ url }: ShippedFile): boolean => url.startsWith('models/');

/** Where a file of this revision lies in the cache. */
function keyOf({ url, revision }: ShippedFile, base: string): string {
  const key = new URL(url, base);
  if (revision !== null) key.searchParams.set('revision', revision);
  return key.href;
}

/** Answers for shipped models, and what keeps all of them. `base` is the service worker's address. */
export function modelKeeper(files: readonly ShippedFile[], base: string) {
  const keys = new Map(files.map((file) => [new URL(file.url, base).href, keyOf(file, base)]));
  let all: Promise<boolean> | null = null;

  /** A file from the cache, or from the network, and then it is kept. A full disk keeps nothing, and it works all the same. */
  async function answer(address: string): Promise<Response> {
    const key = keys.get(address);
    if (key === undefined) return fetch(address);
    const cache = await caches.open(cacheName);
    const kept = await cache.match(key, { ignoreVary: true });
    if (kept) return kept;
    const fresh = await fetch(address, { cache: 'no-cache' });
    if (fresh.status === 200) await cache.put(key, fresh.clone()).catch(() => undefined);
    return fresh;
  }

  async function keep(): Promise<boolean> {
    const cache = await caches.open(cacheName);
    const wanted = new Set(keys.values());
    for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url, { ignoreVary: true });
    for (const address of keys.keys()) {
      const { body } = await answer(address);
      // Nobody reads this one. Not waited for: a copy that is still read elsewhere would hold it up.
      void body?.cancel().catch(() => undefined);
    }
    const kept = new Set((await cache.keys()).map(({ url }) => url));
    return [...wanted].every((key) => kept.has(key));
  }

  return {
    has: ({ href }: URL): boolean => keys.has(href),
    answer,
    /** Keeps every file, once a service worker's life; false where some could not be kept, and the next call tries again. */
    keepAll(): Promise<boolean> {
      all ??= keep()
        .catch(() => false)
        .then((kept) => {
          if (!kept) all = null;
          return kept;
        });
      return all;
    },
  };
}
