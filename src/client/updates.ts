// Registers the service worker and decides when a new build is taken: at once on a page nobody has touched, else
// when the user says so, and never while a run or an import is going in any tab. Shows nothing itself.
import type { StudioApi } from '../contract/studio';
import { trustedScriptUrl } from './worker-url';

/** Held (shared) by every tab that works; a tab that was used at all holds the second. */
const busyLock = 'trainyard-busy';
const usedLock = 'trainyard-used';
const reloadedForIsolation = 'trainyard-isolation-reload';

const registerAfterMs = 2000;
const retryEveryMs = 4000;
const checkEveryMs = location.hostname === 'localhost' ? 60_000 : 30 * 60_000;

/** Keeps updates away until `work` has settled. Returns the same promise. */
export function holdUpdatesWhile<T>(work: Promise<T>): Promise<T> {
  void navigator.locks.request(busyLock, { mode: 'shared' }, () =>
    work.then(
      () => undefined,
      () => undefined,
    ),
  );
  return work;
}

/** True while any tab of this origin holds one of these locks. */
async function anyTabHolds(...names: string[]): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some((lock) => lock.name !== undefined && names.includes(lock.name));
}

/** True while a run or an import goes on in any tab of this origin. */
export function anyTabWorks(): Promise<boolean> {
  return anyTabHolds(busyLock);
}

class Updates {
  /** The whole build and the models that ship with it are kept here: the studio works without a network. */
  offlineReady = false;
  /** A new build is here and waits to be taken. */
  updateWaiting = false;
  #listeners = new Set<() => void>();
  #registration: ServiceWorkerRegistration | null = null;
  #wanted = false;
  #asking = false;
  /** Checks in a row that found no tab at work; a page that has just loaded has one to its credit. */
  #quietChecks = 1;
  #retrying: ReturnType<typeof setInterval> | undefined;

  /** Calls back when a field above changed. Returns the way to stop listening. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes the waiting build and reloads every tab. False while some tab works: then it is taken when that has ended.
   */
  async apply(): Promise<boolean> {
    this.#wanted = true;
    return this.#takeOver();
  }

  /** Where nobody asked for it, only a page that nobody uses is reloaded, and not in the moment its work ends. */
  async #takeOver(): Promise<boolean> {
    const waiting = this.#registration?.waiting;
    if (!waiting) return false;
    if (await anyTabHolds(busyLock)) {
      this.#quietChecks = 0;
      return false;
    }
    this.#quietChecks++;
    if (!this.#wanted && (this.#quietChecks < 2 || (await anyTabHolds(usedLock)))) return false;
    waiting.postMessage({ type: 'take-over' });
    return true;
  }

  async start(): Promise<void> {
    const container = navigator.serviceWorker;
    let controlled = container.controller !== null;
    container.addEventListener('controllerchange', () => {
      if (controlled) location.reload();
      else void this.#reloadForIsolation();
      controlled = true;
    });
    const registration = await container.register(trustedScriptUrl('./service-worker.js'), { updateViaCache: 'none' });
    this.#registration = registration;
    this.#read();
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', () => this.#read());
    });
    registration.installing?.addEventListener('statechange', () => this.#read());
    registration.waiting?.addEventListener('statechange', () => this.#read());
    const check = () => {
      // Offline, or the server stopped: there is nothing to learn now.
      if (document.visibilityState === 'visible') registration.update().catch(() => undefined);
      this.#keepModels();
    };
    setInterval(check, checkEveryMs);
    document.addEventListener('visibilitychange', check);
  }

  #read(): void {
    const { active, waiting } = this.#registration ?? {};
    this.updateWaiting = Boolean(active && waiting);
    this.#keepModels();
    for (const listener of this.#listeners) listener();
    if (!this.updateWaiting || this.#retrying) return;
    this.#retrying = setInterval(() => void this.#takeOver(), retryEveryMs);
    void this.#takeOver();
  }

  /**
   * Has the shipped models kept, too. Asked for, since a page that is loaded whole before the worker takes over sends it no
   * request on the first visit. A full disk or a lost network leaves it for the next check.
   */
  #keepModels(): void {
    const active = this.#registration?.active;
    if (this.offlineReady || this.#asking || active?.state !== 'activated') return;
    this.#asking = true;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<{ kept: boolean }>) => {
      port1.close();
      this.#asking = false;
      this.offlineReady = data.kept;
      for (const listener of this.#listeners) listener();
    };
    active.postMessage({ type: 'keep-models' }, [port2]);
  }

  /** A host without our headers: the service worker adds them, so one reload makes this page isolated. */
  async #reloadForIsolation(): Promise<void> {
    if (crossOriginIsolated || sessionStorage.getItem(reloadedForIsolation)) return;
    if (await anyTabHolds(usedLock, busyLock)) return;
    sessionStorage.setItem(reloadedForIsolation, 'yes');
    location.reload();
  }
}

/** What the bar shows about offline use and new builds. */
export const updates = new Updates();

/** From the first touch on this tab counts as used for as long as it lives. */
function noticeUse(): void {
  const stop = new AbortController();
  const used = () => {
    stop.abort();
    void navigator.locks.request(usedLock, { mode: 'shared' }, () => new Promise<void>(() => undefined));
  };
  for (const type of ['pointerdown', 'keydown', 'input', 'drop'])
    addEventListener(type, used, { capture: true, signal: stop.signal });
}

/** Holds updates off while a run goes, whoever started it. */
function noticeRuns(studio: Pick<StudioApi, 'runs'>): void {
  const going = new Map<string, () => void>();
  studio.runs.subscribe((event) => {
    const status = event.type === 'status' ? event.run.status : 'running';
    if (status === 'running' || status === 'queued') {
      if (!going.has(event.runId)) void holdUpdatesWhile(new Promise<void>((end) => going.set(event.runId, end)));
    } else {
      going.get(event.runId)?.();
      going.delete(event.runId);
    }
  });
}

/** Called once by main.ts. Waits until the page has loaded and rested, so that first use is not slowed. */
export function startUpdates(studio: Pick<StudioApi, 'runs'>): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator) || !('locks' in navigator)) return;
  noticeUse();
  noticeRuns(studio);
  const begin = () => setTimeout(() => void updates.start().catch(() => undefined), registerAfterMs);
  if (document.readyState === 'complete') begin();
  else addEventListener('load', begin, { once: true });
}
