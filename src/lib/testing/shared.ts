// Where the reference numbers and real data lie. A test that needs them is skipped, with its reason shown,
// where the folder is missing. Only tests import this.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe } from 'vitest';

const root = path.resolve(process.cwd(), '..', 'shared');

/** Absolute path of a file under the shared folder, or null where it is not there. */
export function sharedPath(relative: string): string | null {
  const full = path.join(root, relative);
  return existsSync(full) ? full : null;
}

/** `describe` when the file is there; else a skipped suite that says what is missing. */
export function describeWithShared(title: string, relative: string, body: (file: string) => void): void {
  const file = sharedPath(relative);
  if (file) describe(title, () => body(file));
  else describe.skip(`${title} (skipped: ../shared/${relative} is not here)`, () => body(relative));
}
