// Runs: what was asked, how far it came, how it ended. Curves, checkpoints and rows lie in stores of their own.
import { NotFoundError } from '../contract/errors';
import type { Run } from '../contract/records';
import { isShown } from './hidden';
import { openStudio } from './open';
import { write } from './transact';
import { deleteWeights } from './weights';

export async function findRun(id: string): Promise<Run | null> {
  const run = await (await openStudio()).get('runs', id);
  return isShown(run) ? run : null;
}

export async function getRun(id: string): Promise<Run> {
  const run = await findRun(id);
  if (!run) throw new NotFoundError(`There is no run "${id}". It may have been removed; look under Runs.`);
  return run;
}

/** Oldest first. */
export async function listRuns(projectId: string): Promise<Run[]> {
  const runs = await (await openStudio()).getAllFromIndex('runs', 'project', projectId);
  return runs.filter(isShown).sort((a, b) => a.number - b.number);
}

export async function listAllRuns(): Promise<Run[]> {
  return (await openStudio()).getAll('runs');
}

export async function putRun(run: Run): Promise<void> {
  await write(['runs'], (tx) => tx.objectStore('runs').put(run), { projectId: run.projectId });
}

/** Stores a new run with the next number of its project, its name and a colour, decided in one transaction. */
export async function addRun(draft: Omit<Run, 'number' | 'name' | 'colour'>, name?: string): Promise<Run> {
  return write(
    ['runs'],
    async (tx) => {
      const store = tx.objectStore('runs');
      const others = await store.index('project').getAll(draft.projectId);
      const number = 1 + others.reduce((most, run) => Math.max(most, run.number), 0);
      const run: Run = { ...draft, number, name: name ?? `Run ${number}`, colour: freeColour(others, number) };
      await store.put(run);
      return run;
    },
    { projectId: draft.projectId },
  );
}

/** The smallest of the eight series colours no run of the project has; with all taken, by number. */
function freeColour(others: Run[], number: number): number {
  const used = new Set(others.map((run) => run.colour));
  for (let colour = 0; colour < 8; colour++) if (!used.has(colour)) return colour;
  return number % 8;
}

/** Reads, changes and writes one run in one transaction. `quiet` for the step counter, which nobody lists by. */
export async function updateRun(id: string, change: Partial<Run>, options: { quiet?: boolean } = {}): Promise<Run> {
  const { projectId } = await getRun(id);
  return write(
    ['runs'],
    async (tx) => {
      const store = tx.objectStore('runs');
      const run = await store.get(id);
      if (!run) throw new NotFoundError(`There is no run "${id}". It was removed meanwhile.`);
      const next: Run = { ...run, ...change };
      await store.put(next);
      return next;
    },
    { projectId, quiet: options.quiet ?? false },
  );
}

/** Deletes a run with its events, frozen rows and checkpoints. Models it made stay. */
export async function purgeRun(id: string): Promise<void> {
  const projectId = (await (await openStudio()).get('runs', id))?.projectId;
  if (projectId === undefined) return;
  await write(
    ['runs', 'runEvents', 'frozenSplits', 'checkpoints', 'weights'],
    async (tx) => {
      await tx.objectStore('runs').delete(id);
      await tx.objectStore('runEvents').delete(IDBKeyRange.bound([id, 0], [id, Infinity]));
      await tx.objectStore('frozenSplits').delete(IDBKeyRange.bound([id, ''], [id, '\uffff']));
      const checkpoints = tx.objectStore('checkpoints');
      for (const key of await checkpoints.index('run').getAllKeys(id)) {
        await checkpoints.delete(key);
        await deleteWeights(tx.objectStore('weights'), key);
      }
    },
    { projectId, durability: 'strict' },
  );
}
