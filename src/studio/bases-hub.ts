// The part of studio.bases that asks a model host. It asks nobody unless the setting names a host, and then only that one.
import { readModelHost } from '../../scripts/model-host.mjs';
import { AbortError, FormatError, UnsupportedError } from '../contract/errors';
import type { HubApi, HubOptions } from '../contract/hub';
import type { HubBases } from '../contract/studio';
import { newId } from '../lib/ids';
import { listDownloads, removeDownload } from '../storage/hub-downloads';
import { getSettings } from '../storage/settings';

/** `hold` keeps updates away while a download goes on. */
export function createHubBases(hub: HubApi, hold: <T>(work: Promise<T>) => Promise<T>): HubBases {
  /** Jobs with the repository as it was typed, so that all of one name can be called off by it. */
  const going = new Map<string, string>();

  async function ask<T>(
    name: string,
    { revision, timeoutSeconds, retries, signal }: Parameters<HubBases['find']>[1] & object,
    question: (jobId: string, host: string, name: string, options: HubOptions) => Promise<T>,
  ): Promise<T> {
    const host = await allowedHost();
    if (typeof name !== 'string')
      throw new FormatError('A model is named by text: owner/name, or owner/name@revision.');
    const full = revision === undefined ? name.trim() : `${name.trim().split('@')[0]}@${revision}`;
    if (signal?.aborted) throw new AbortError();
    const jobId = newId('job');
    const cancel = (): void => void hub.cancel(jobId).catch(() => undefined);
    signal?.addEventListener('abort', cancel, { once: true });
    going.set(jobId, name.trim());
    try {
      return await question(jobId, host, full, {
        ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
        ...(retries === undefined ? {} : { retries }),
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
      going.delete(jobId);
    }
  }

  return {
    find: (name, options = {}) => ask(name, options, (...given) => hub.find(...given)),
    download: (name, options = {}) =>
      hold(ask(name, options, (...given) => hub.download(...given, options.onProgress ?? (() => undefined)))),
    async cancel(name) {
      const called = String(name).trim();
      await Promise.all([...going].map(([jobId, of]) => (of === called ? hub.cancel(jobId) : undefined)));
    },
    downloads: listDownloads,
    removeDownload: (id) => removeDownload(String(id)),
  };
}

async function allowedHost(): Promise<string> {
  const [host] = readModelHost((await getSettings()).modelHost).origins;
  if (host === undefined)
    throw new UnsupportedError(
      'No model host is allowed, so nothing is asked of any. Name one in Settings, Model host; or download the folder elsewhere and drop it here.',
    );
  return host;
}
