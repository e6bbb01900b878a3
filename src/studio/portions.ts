// Long arithmetic on the page in portions, so that the screen answers in between.

/** Calls `work` until `done` says so, for about `budgetMs` at a time, and lets the page breathe between. */
export async function inPortions(done: () => boolean, work: () => void, budgetMs = 20): Promise<void> {
  while (!done()) {
    const until = performance.now() + budgetMs;
    do work();
    while (!done() && performance.now() < until);
    if (!done()) await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
