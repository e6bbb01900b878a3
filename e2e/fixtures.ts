// A studio of its own for each test, closed afterwards; and what no test may ever see: a foreign request, a breach of
// the policy, an error in the console.
import { afterEach, expect, inject } from 'vitest';
import { openStudio, type Opened } from './browser.mjs';

declare global {
  interface Window {
    given: File[];
  }
}

type Options = Partial<Parameters<typeof openStudio>[0]> & {
  /** Messages this test provokes on purpose. */
  expectedErrors?: RegExp;
};

interface Watched {
  studio: Opened;
  expectedErrors: RegExp | undefined;
}

let opened: Watched[] = [];

/** Opens the studio; closed and judged when the test ends. */
export async function open({ expectedErrors, ...options }: Options = {}): Promise<Opened> {
  const studio = await openStudio({ url: inject('url'), serviceWorkers: 'block', ...options });
  opened.push({ studio, expectedErrors });
  return studio;
}

afterEach(async () => {
  const closing = opened;
  opened = [];
  for (const { studio } of closing) await studio.close();
  for (const { studio, expectedErrors } of closing) {
    expect(studio.seen.foreign, 'requests that leave this computer').toEqual([]);
    expect(studio.seen.violations, 'breaches of the security policy').toEqual([]);
    const errors = studio.seen.errors.filter((text) => !expectedErrors?.test(text));
    expect(errors, 'errors in the console').toEqual([]);
  }
});
