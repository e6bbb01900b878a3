// The origins that the user allowed, kept where a service worker can read them without opening the data base (an open
// connection there would hold up the upgrade of a newer tab). The setting is the truth; this is its copy.
import { readModelHost } from '../../scripts/model-host.mjs';

const cacheName = 'trainyard-allowed';
/** No file of ours: an address that only this cache answers. */
const key = './allowed-origins';

/** Keeps the list, or forgets it where it is empty. */
export async function keepOrigins(origins: readonly string[]): Promise<void> {
  if (origins.length === 0) {
    await caches.delete(cacheName);
    return;
  }
  const cache = await caches.open(cacheName);
  await cache.put(key, new Response(origins.join(' ')));
}

/** The list as it was kept; empty where there is none or it is anything but exact origins. */
export async function keptOrigins(): Promise<string[]> {
  if (!(await caches.has(cacheName))) return [];
  const kept = await (await caches.open(cacheName)).match(key);
  return kept ? readModelHost(await kept.text()).origins : [];
}
