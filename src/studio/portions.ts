// Long arithmetic on the page in portions, so that the screen answers in between.

/** The next turn of the event loop. Not a timer: those wait 4 ms each, and a second each in a hidden tab. */
function nextTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Calls `work` until `done` says so, for about `budgetMs` at a time, and lets the page breathe between. */
export async function inPortions(done: () => boolean, work: () => void, budgetMs = 20): Promise<void> {
  while (!done()) {
    const until = performance.now() + budgetMs;
    do work();
    while (!done() && performance.now() < until);
    if (!done()) await nextTurn();
  }
}
