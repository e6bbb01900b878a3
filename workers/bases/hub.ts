// Bases from a model host: look what a repository holds, fetch it in parts that survive a cut, check it as any dropped
// folder is checked, and only then let it be seen. How the host is asked is in hub-answers.ts.
import type { Base } from '../../src/contract/bases';
import { DatasetError, FormatError, LimitError, StorageError, UnsupportedError } from '../../src/contract/errors';
import type { HubListing, HubOptions, HubProgress } from '../../src/contract/hub';
import { readHubName } from '../../src/lib/hub-name';
import { listBases } from '../../src/storage/bases';
import { beginDownload, removeDownload } from '../../src/storage/hub-downloads';
import { addBase } from './add-base';
import type { HostAsk } from './hub-answers';
import { downloadFiles, usualPatience, type HubPatience } from './hub-download';
import { isCommit } from './hub-files';
import { refuseUnreadable } from './hub-first-look';
import { listRepository } from './hub-list';
import { createMeter } from './hub-meter';
import { downloadedFiles, storedParts, withKept } from './hub-store';

export interface HubWork {
  /** Origin of the model host, as the setting allows it. */
  host: string;
  name: string;
  options: HubOptions;
  signal: AbortSignal;
  fetch: typeof fetch;
  stoppedByPolicy: HostAsk['stoppedByPolicy'];
}

/** What would be fetched, and how much of it is here. Errors as of `askHost`. */
export async function findOnHub(work: HubWork): Promise<HubListing> {
  const { host, name, signal, fetch, stoppedByPolicy } = work;
  const { answerMs } = patienceOf(work.options);
  return withKept(await listRepository(readHubName(name, host), { host, signal, answerMs, fetch, stoppedByPolicy }));
}

/** Fetches, checks and adds. The same state of a repository that was added before is given as it is. */
export async function downloadFromHub(work: HubWork, onProgress: (progress: HubProgress) => void): Promise<Base> {
  const listing = await findOnHub(work);
  const { host, repository, revision, commit } = listing;
  const known = (await listBases()).find(
    ({ source }) =>
      // A branch of a host that names no commit may have moved on.
      isCommit(commit) &&
      source.from === 'hub' &&
      source.host === host &&
      source.repository === repository &&
      source.revision === commit,
  );
  if (known) return known;
  return alone(`trainyard-download-${host}/${repository}`, repository, async () => {
    await refuseWithoutRoom(listing);
    const id = await beginDownload(listing);
    const meter = createMeter(listing, onProgress);
    const { signal, fetch, stoppedByPolicy } = work;
    const patience = patienceOf(work.options);
    const download = { listing, parts: storedParts(id), patience, signal, fetch, stoppedByPolicy, meter };
    const small = listing.files.filter(({ path }) => !/\.(safetensors|onnx)$/.test(path));
    await downloadFiles({ ...download, listing: { ...listing, files: small } });
    await orForget(id, async () => refuseUnreadable(await downloadedFiles(id), listing.weights));
    await downloadFiles(download);
    meter.storing();
    const base = await orForget(id, async () =>
      addBase({
        files: await downloadedFiles(id),
        name: revision === 'main' ? repository : `${repository}@${revision}`,
        source: { from: 'hub', host, repository, revision: commit },
        signal,
      }),
    );
    await removeDownload(id);
    return base;
  });
}

/** What is refused once will be refused again: its parts are let go, so that they do not lie here for nothing. */
async function orForget<T>(id: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refused = error instanceof FormatError || error instanceof UnsupportedError || error instanceof LimitError;
    // Where even that fails it stays in the list, to be removed by hand; the refusal is what to tell.
    if (refused) await removeDownload(id).catch(() => undefined);
    throw error;
  }
}

function patienceOf({ timeoutSeconds, retries }: HubOptions): HubPatience {
  const retryMs = usualPatience.retryMs.slice(0, retries === undefined ? undefined : Math.max(0, retries));
  if (timeoutSeconds === undefined) return { ...usualPatience, retryMs };
  const ms = Math.min(600, Math.max(0.2, timeoutSeconds)) * 1000;
  return { answerMs: ms, stallMs: ms, retryMs };
}

/** Two downloads of one repository would write each other's parts. */
async function alone<T>(lock: string, repository: string, work: () => Promise<T>): Promise<T> {
  const { locks } = globalThis.navigator ?? {};
  if (!locks) return work();
  return await locks.request(lock, { ifAvailable: true }, (held) => {
    if (!held)
      throw new DatasetError(`${repository} is being downloaded already, here or in another tab. Wait for its end.`);
    return work();
  });
}

/** Better said now than after an hour. The parts and the base lie beside each other for a moment. */
async function refuseWithoutRoom({ repository, bytes, kept }: HubListing): Promise<void> {
  const { storage } = globalThis.navigator ?? {};
  const { quota, usage } = (await storage?.estimate().catch(() => null)) ?? {};
  if (quota === undefined || usage === undefined) return;
  const needed = 2 * bytes - kept;
  const mb = (size: number) => `${Math.max(0, size / 1e6).toFixed(size < 1e7 ? 1 : 0)} MB`;
  if (needed > quota - usage)
    throw new StorageError(
      `${repository} needs ${mb(needed)} while it is added, and this browser gives the studio ${mb(quota - usage)} more. Free some under Storage, then try again; nothing was fetched.`,
    );
}
