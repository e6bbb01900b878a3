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
  /** Addresses outside the studio that this test lets it ask, and breaches of the policy that it provokes. */
  expectedForeign?: RegExp;
  expectedViolations?: RegExp;
};

interface Watched {
  studio: Opened;
  expectedErrors: RegExp | undefined;
  expectedForeign: RegExp | undefined;
  expectedViolations: RegExp | undefined;
}

let opened: Watched[] = [];

/** Opens the studio; closed and judged when the test ends. */
export async function open({
  expectedErrors,
  expectedForeign,
  expectedViolations,
  ...options
}: Options = {}): Promise<Opened> {
  const studio = await openStudio({ url: inject('url'), serviceWorkers: 'block', ...options });
  opened.push({ studio, expectedErrors, expectedForeign, expectedViolations });
  return studio;
}

afterEach(async () => {
  const closing = opened;
  opened = [];
  for (const { studio } of closing) await studio.close();
  for (const { studio, expectedErrors, expectedForeign, expectedViolations } of closing) {
    const foreign = studio.seen.foreign.filter((address) => !expectedForeign?.test(address));
    expect(foreign, 'requests that leave this computer').toEqual([]);
    const violations = studio.seen.violations.filter((text) => !expectedViolations?.test(text));
    expect(violations, 'breaches of the security policy').toEqual([]);
    const errors = studio.seen.errors.filter((text) => !expectedErrors?.test(text));
    expect(errors, 'errors in the console').toEqual([]);
  }
});
