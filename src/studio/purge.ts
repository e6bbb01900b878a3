// When what was removed goes for good: ten minutes after the removal, at the next start, or at once when the disk is
// full and their space is what is missing.
import { purgeHidden, keptMs } from '../storage/removal';
import { onProblem } from '../storage/transact';

let timer: ReturnType<typeof setTimeout> | null = null;

/** Purges what is due and comes back when the next removal is. Safe to call often: one look is planned at a time. */
export function schedulePurge(): void {
  if (timer !== null) return;
  void purgeHidden(Date.now() - keptMs)
    .then((next) => {
      if (next === null || timer !== null) return;
      const due = (): void => {
        timer = null;
        schedulePurge();
      };
      timer = setTimeout(due, Math.min(Math.max(0, next - Date.now()), keptMs) + 1000);
    })
    .catch(() => undefined);
}

/** From now on a failed write lets removed projects go, so that trying again has room. */
export function purgeWhenFull(): () => void {
  return onProblem((problem) => {
    if (problem?.includes('no more space')) void purgeHidden(Date.now()).catch(() => undefined);
  });
}
