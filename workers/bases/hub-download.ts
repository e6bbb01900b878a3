// Fetches the files of a listing into a store: one after the other, from where an earlier download ended, each checked
// against its size and its SHA-256 before it counts. Interruptions are tried again by itself, a few times.
import { AbortError, FormatError, LimitError } from '../../src/contract/errors';
import type { HubFile, HubListing } from '../../src/contract/hub';
import { Sha256 } from '../../src/lib/sha256';
import { askHost, Interrupted, type HostAsk } from './hub-answers';
import { storeBody } from './hub-body';
import type { HubMeter } from './hub-meter';
import type { PartState, PartStore } from './hub-parts';

export interface HubPatience {
  /** Until an answer begins; until silence counts as a cut. */
  answerMs: number;
  stallMs: number;
  /** Pauses before each new try; their number is the number of tries that bring next to nothing. */
  retryMs: readonly number[];
}

export const usualPatience: HubPatience = { answerMs: 20_000, stallMs: 30_000, retryMs: [1000, 3000, 8000] };

export interface Download {
  listing: HubListing;
  parts: PartStore;
  patience: HubPatience;
  signal: AbortSignal;
  fetch: typeof fetch;
  stoppedByPolicy: HostAsk['stoppedByPolicy'];
  meter: HubMeter;
}

/** Hash of each file by its path, when all are whole and right. What was cut stays in the store for the next time. */
export async function downloadFiles(download: Download): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const file of download.listing.files) hashes.set(file.path, await downloadFile(file, download));
  return hashes;
}

/** Where a file lies, by commit, so that all come from one state of the repository. */
export function fileAddress({ host, repository, commit }: HubListing, path: string): string {
  return `${host}/${repository}/resolve/${encodeURIComponent(commit)}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

async function downloadFile(file: HubFile, download: Download): Promise<string> {
  const { parts, patience, meter, signal } = download;
  let fruitless = 0;
  let begunAnew = false;
  for (;;) {
    const before = await parts.state(file.path);
    meter.file(file.path, before.bytes);
    if (before.sha256 !== null) {
      if (file.sha256 === null || before.sha256 === file.sha256) return before.sha256;
      // A branch without a commit moved on since: what is here is an older file.
      await parts.discard(file.path);
      continue;
    }
    try {
      const { sha256, resumed } = await fetchRest(file, before, download);
      if (file.sha256 === null || sha256 === file.sha256) {
        await parts.finish(file.path, sha256);
        return sha256;
      }
      await parts.discard(file.path);
      // Two halves of two different files: whole from one answer it may be right.
      if (resumed && !begunAnew) begunAnew = true;
      else throw wrongHash(file, sha256, download.listing.host);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      const { bytes } = await parts.state(file.path);
      fruitless = bytes - before.bytes >= worthwhileBytes ? 0 : fruitless + 1;
      const pause = patience.retryMs[fruitless === 0 ? 0 : fruitless - 1];
      if (pause === undefined) throw error;
      meter.waiting(file.path, bytes, error.message);
      await sleep(pause, signal);
    }
  }
}

/** A try that brings less counts as none: a connection that drips and dies would be tried for ever. */
const worthwhileBytes = 64 << 10;

async function fetchRest(
  file: HubFile,
  before: PartState,
  download: Download,
): Promise<{ sha256: string; resumed: boolean }> {
  const { listing, parts, patience, signal, meter } = download;
  // Without a mark to tell one version from another, half a file may not be completed with half of another.
  const resumable = before.bytes > 0 && (before.etag !== null || file.sha256 !== null);
  let from = resumable ? before.bytes : 0;
  if (before.bytes > 0 && !resumable) await parts.discard(file.path);
  let hash = new Sha256();
  if (from > 0) await hashKept(file, hash, download);
  if (from > 0 && from === file.bytes) return { sha256: hash.hex(), resumed: true };
  const ask: HostAsk = {
    host: listing.host,
    repository: listing.repository,
    what: file.path,
    signal,
    answerMs: patience.answerMs,
    fetch: download.fetch,
    stoppedByPolicy: download.stoppedByPolicy,
  };
  // A plain Range needs no leave of the host's (no preflight), If-Range would: so the mark is compared here instead.
  const response = await askHost(fileAddress(listing, file.path), from > 0 ? { Range: `bytes=${from}-` } : {}, ask);
  const etag = response.headers.get('ETag');
  if (from > 0 && !continues(response, etag, before, file)) {
    await parts.discard(file.path);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Interrupted(
        `${listing.host} has another version of ${file.path} now; it is fetched from its beginning.`,
      );
    }
    from = 0;
    hash = new Sha256();
  } else if (from === 0 && response.status !== 200) {
    throw new FormatError(
      `${listing.host} answered ${response.status} for ${file.path} without being asked for a part.`,
    );
  }
  const sink = { host: listing.host, file, from, etag, parts, hash, signal, stallMs: patience.stallMs };
  try {
    await storeBody(response, { ...sink, onBytes: (bytes) => meter.bytes(file.path, bytes) });
  } catch (error) {
    // Only a body that is the wrong thing spoils what is kept; a host that refuses to go on today does not.
    if (error instanceof FormatError || error instanceof LimitError) await parts.discard(file.path);
    throw error;
  }
  return { sha256: hash.hex(), resumed: from > 0 };
}

/** Whether the answer is the rest of what is here. Hosts that hide the headers from pages are judged by the hash later. */
function continues(response: Response, etag: string | null, before: PartState, file: HubFile): boolean {
  if (response.status !== 206) return false;
  if (etag === null || before.etag === null ? file.sha256 === null : etag !== before.etag) return false;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('Content-Range') ?? '');
  if (!range) return true;
  return (
    Number(range[1]) === before.bytes && (range[2] === '*' || file.bytes === null || Number(range[2]) === file.bytes)
  );
}

async function hashKept(file: HubFile, hash: Sha256, { parts, meter, signal }: Download): Promise<void> {
  meter.checking(file.path);
  for await (const block of parts.read(file.path)) {
    if (signal.aborted) throw new AbortError('Cancelled. What came so far is kept; the download goes on from there.');
    hash.update(block);
  }
}

function wrongHash(file: HubFile, sha256: string, host: string): FormatError {
  return new FormatError(
    `${file.path} arrived altered: ${host} announced a SHA-256 that begins with ${file.sha256?.slice(0, 12)}, and what came has one with ${sha256.slice(0, 12)}. It was thrown away; try again, or from another network.`,
  );
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(new AbortError('Cancelled. What came so far is kept; the download goes on from there.'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    }, ms);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}
