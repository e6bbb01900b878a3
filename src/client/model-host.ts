// Carries the setting `modelHost` to those who write the policy: our server (by a cookie) and the service worker (by a
// cache). A policy holds from a load on, so the page is loaded anew; not while a run or an import is going in it.
import { modelHostCookie, originsInCookie, readModelHost } from '../../scripts/model-host.mjs';
import type { StudioApi } from '../contract/studio';
import { keepOrigins, keptOrigins } from '../lib/kept-origins';
import { anyTabWorks } from './updates';

/** What this page was loaded with. */
const loadedWith = typeof document === 'undefined' ? [] : originsInCookie(document.cookie);
const repaired = 'trainyard-allowed-repaired';
/** Long enough for the caller's promise to resolve, short enough to count as at once. */
const reloadAfterMs = 100;

const same = (one: readonly string[], other: readonly string[]) => one.join(' ') === other.join(' ');

async function publish(origins: readonly string[]): Promise<void> {
  const path = new URL('./', location.href).pathname;
  document.cookie = modelHostCookie(origins, { path, secure: location.protocol === 'https:' });
  if ('caches' in globalThis) await keepOrigins(origins);
}

/** True where the setting asks for another policy than this page runs under: it holds after a reload. */
export function policyWaits(modelHost: string): boolean {
  return !same(readModelHost(modelHost).origins, loadedWith);
}

/**
 * Makes the stored setting hold: tells server and service worker, then loads the page anew, unless work is going on
 * in some tab. Then it holds from the next load on, and `policyWaits` says so.
 */
export async function applyModelHost(modelHost: string): Promise<void> {
  await publish(readModelHost(modelHost).origins);
  if (!policyWaits(modelHost) || (await anyTabWorks())) return;
  setTimeout(() => location.reload(), reloadAfterMs);
}

/** At start: copies that lag behind the setting (a cleared cookie, a restored browser) are mended, once a session. */
export async function mendModelHost(modelHost: string): Promise<void> {
  const { origins } = readModelHost(modelHost);
  if (same(origins, loadedWith) && (!('caches' in globalThis) || same(origins, await keptOrigins()))) return;
  if (sessionStorage.getItem(repaired)) return;
  sessionStorage.setItem(repaired, 'yes');
  await applyModelHost(modelHost);
}

const looksEveryMs = 4000;

/**
 * Follows the setting as other tabs change it. A tab under the former policy is loaded anew once it is hidden, nobody has
 * typed into it and no tab works; until then `policyWaits` is true and the frame offers to reload.
 */
export function followModelHost({ settings, onChange }: Pick<StudioApi, 'settings' | 'onChange'>): void {
  let typed = false;
  addEventListener('input', () => (typed = true), { capture: true, once: true });
  let timer: ReturnType<typeof setInterval> | undefined;
  const look = async () => {
    const waits = policyWaits((await settings.get()).modelHost);
    if (waits) timer ??= setInterval(check, looksEveryMs);
    else {
      clearInterval(timer);
      timer = undefined;
    }
    if (waits && !typed && document.visibilityState === 'hidden' && !(await anyTabWorks())) location.reload();
  };
  // Where the store cannot be read the screens say so; the next change or look tries again.
  const check = () => void look().catch(() => undefined);
  onChange(({ stores }) => stores.includes('settings') && check());
  document.addEventListener('visibilitychange', () => timer !== undefined && check());
}
