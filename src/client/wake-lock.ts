// Keeps the screen, and with it the computer, awake while a run trains, where the settings ask for it. Browsers give
// the lock to visible pages only and take it back when the page is hidden; it is asked for again when it shows.
import type { TrainEvent } from '../contract/events';

interface WakeLockHost {
  subscribe(listener: (event: TrainEvent) => void): () => void;
  wanted(): Promise<boolean>;
  /** Tells of a change of the settings. */
  onSettings(listener: () => void): () => void;
}

/** Begins to watch; gives the way to stop. Does nothing where the browser has no wake lock. */
export function keepAwakeWhileTraining(host: WakeLockHost): () => void {
  if (!('wakeLock' in navigator)) return () => undefined;
  const training = new Set<string>();
  let lock: WakeLockSentinel | null = null;
  let turn: Promise<void> = Promise.resolve();

  async function settle(): Promise<void> {
    const needed = training.size > 0 && document.visibilityState === 'visible' && (await host.wanted());
    if (needed && (!lock || lock.released)) lock = await navigator.wakeLock.request('screen');
    if (!needed && lock) {
      await lock.release();
      lock = null;
    }
  }
  /** One after another. A refusal (battery saver) is the browser's right: the run goes on without. */
  function check(): void {
    turn = turn.then(settle).catch(() => undefined);
  }

  const leave = [
    host.subscribe((event) => {
      if (event.type !== 'status') return;
      const before = training.size;
      if (event.run.status === 'running') training.add(event.runId);
      else training.delete(event.runId);
      if ((before === 0) !== (training.size === 0)) check();
    }),
    host.onSettings(check),
  ];
  document.addEventListener('visibilitychange', check);
  return () => {
    for (const end of leave) end();
    document.removeEventListener('visibilitychange', check);
    training.clear();
    check();
  };
}
