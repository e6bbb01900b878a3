// Waits for a stretch in which nobody needs this page: it is shown, untouched for some seconds, and no tab works. What is
// done then is the caller's. Counts ticks of its own, so that a page that slept does not take its sleep for rest.

export interface IdleOptions {
  /** Shown, and nothing goes on anywhere: asked at the end of each stretch. */
  free(): Promise<boolean>;
  /** True where it is done for good; false or a rejection: once more after the next stretch. */
  act(): Promise<boolean>;
  /** Seconds of a stretch. */
  seconds?: number;
  /** So often at most: what fails again and again is left to whoever needs it. */
  tries?: number;
}

export interface IdleWatch {
  /** Someone uses the page, or what was done may have to be done again: the stretch begins anew. */
  touched(): void;
  again(): void;
  stop(): void;
}

const tickMs = 1000;

/** Begins to wait at once. */
export function whenIdle({ free, act, seconds = 5, tries = 5 }: IdleOptions): IdleWatch {
  let rested = 0;
  let left = tries;
  let acting = false;
  let done = false;

  async function tick(): Promise<void> {
    if (acting || done || left === 0 || ++rested < seconds) return;
    rested = 0;
    acting = true;
    try {
      if (!(await free())) return;
      left--;
      done = await act();
    } catch {
      done = false;
    } finally {
      acting = false;
      rested = 0;
    }
  }
  const timer = setInterval(() => void tick(), tickMs);
  return {
    touched: () => void (rested = 0),
    again() {
      rested = 0;
      left = tries;
      done = false;
    },
    stop: () => clearInterval(timer),
  };
}
