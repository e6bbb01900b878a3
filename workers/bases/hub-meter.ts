// How far a download is, how fast it goes and how long it will take: what the bar shows. Tells at most five times a
// second, and always the last thing.
import type { HubListing, HubProgress } from '../../src/contract/hub';

const everyMs = 200;
/** The rate is that of the last seconds: a mean over all would take minutes to notice a change. */
const windowMs = 5000;

export interface HubMeter {
  /** Begins with a file of which so much is here. */
  file(path: string, bytes: number): void;
  bytes(path: string, bytes: number): void;
  waiting(path: string, bytes: number, why: string): void;
  checking(path: string): void;
  storing(): void;
}

export function createMeter(
  listing: HubListing,
  tell: (progress: HubProgress) => void,
  now: () => number = () => performance.now(),
): HubMeter {
  const of = new Map<string, number>(listing.files.map(({ path, kept }) => [path, kept]));
  let seen: { at: number; bytes: number }[] = [];
  let toldAt = -Infinity;
  let current = '';
  const total = () => Array.from(of.values()).reduce((sum, bytes) => sum + bytes, 0);

  function report(phase: HubProgress['phase'], note: string | null, always: boolean): void {
    const at = now();
    if (!always && at - toldAt < everyMs) return;
    toldAt = at;
    const bytes = total();
    seen = [...seen.filter((one) => at - one.at <= windowMs), { at, bytes }];
    const first = seen[0];
    const rate = first && at - first.at >= 500 ? ((bytes - first.bytes) / (at - first.at)) * 1000 : null;
    const left = Math.max(0, listing.bytes - bytes);
    tell({
      phase,
      file: current,
      bytes,
      bytesTotal: Math.max(listing.bytes, bytes),
      bytesPerSecond: phase === 'downloading' ? rate : null,
      secondsLeft: phase === 'downloading' && rate !== null && rate > 0 ? left / rate : null,
      note,
    });
  }
  function set(path: string, bytes: number): void {
    // What is counted again from its beginning is no negative speed.
    if (bytes < (of.get(path) ?? 0)) seen = [];
    of.set(path, bytes);
    current = path;
  }
  return {
    file(path, bytes) {
      set(path, bytes);
      report('downloading', null, true);
    },
    bytes(path, bytes) {
      set(path, bytes);
      report('downloading', null, bytes === listing.files.find((file) => file.path === path)?.bytes);
    },
    waiting(path, bytes, why) {
      set(path, bytes);
      seen = [];
      report('waiting', why, true);
    },
    checking(path) {
      current = path;
      report('checking', null, true);
    },
    storing() {
      current = '';
      report('storing', null, true);
    },
  };
}
