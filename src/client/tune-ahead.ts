// Has the engine time the variants of its kernels while nobody waits for it, so that the first run on a graphics adapter
// need not. Whether there is anything to time, and giving way to what is asked, is the engine's business.
import { whenIdle } from './idle';
import { anyTabWorks } from './updates';

interface TuneAheadHost {
  /** True where a table was made or is there; false where this computer needs none. */
  tune(): Promise<boolean>;
  /** Tells of a change of the settings: another backend may be chosen. */
  onSettings(listener: () => void): () => void;
  /** Called after there is a table. */
  tuned(): void;
}

/** One tab at a time: two side by side would slow each other. */
const lock = 'trainyard-tuning';

/** Begins to watch; gives the way to stop. */
export function tuneWhenIdle(host: TuneAheadHost): () => void {
  if (!('locks' in navigator)) return () => undefined;
  const idle = whenIdle({
    free: async () => document.visibilityState === 'visible' && !(await anyTabWorks()),
    act: () =>
      navigator.locks.request(lock, { ifAvailable: true }, async (held) => {
        if (!held) return false;
        if (await host.tune()) host.tuned();
        return true;
      }),
  });
  const leave = new AbortController();
  const { signal } = leave;
  for (const type of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'drop'])
    addEventListener(type, idle.touched, { capture: true, passive: true, signal });
  document.addEventListener('visibilitychange', idle.touched, { signal });
  const deaf = host.onSettings(idle.again);
  return () => {
    leave.abort();
    deaf();
    idle.stop();
  };
}
