// Lets messages in (pause, stop, other calls) between steps. By MessageChannel, not by timers or frames:
// those are throttled to once a second or stopped in hidden tabs.

/** Resolves after the messages that wait now were handled. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Breathes when the last breath is longer ago than `everyMs`; else returns at once. */
export function breather(everyMs: number): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < everyMs) return;
    await breathe();
    last = performance.now();
  };
}
