// Folders on disk as files of a browser: the shared models, and the starter where it lies for the build. For tests in Node.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ReadStarterFile } from '../starter';

export function filesOfFolder(folder: string, wanted: (name: string) => boolean = () => true, below = ''): File[] {
  return readdirSync(folder).flatMap((name) => {
    const full = path.join(folder, name);
    if (statSync(full).isDirectory()) return filesOfFolder(full, wanted, `${below}${name}/`);
    return wanted(below + name) ? [new File([readFileSync(full)], below + name)] : [];
  });
}

/** For `useStarterFiles`: the starter's folder as it lies in the repository. */
export const starterFromDisk: ReadStarterFile = (name) =>
  Promise.resolve(new Uint8Array(readFileSync(path.join('public', 'models', 'starter', name))));
