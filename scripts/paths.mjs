// Where the project lies and how its scripts speak. Nothing else.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const dist = path.join(root, 'dist');
export const cache = path.join(root, '.cache');

/** One line to the terminal. */
export function say(line = '') {
  process.stdout.write(`${line}\n`);
}

/** Says what is wrong and what to do, then ends with 1. */
export function fail(message) {
  process.stderr.write(`\n${message}\n`);
  process.exit(1);
}
