// The base of a run: which one it began with, so that the run's identity covers it, and whether it is still the same.
import type { BaseIdentity } from '../../src/contract/bases';
import { DatasetError } from '../../src/contract/errors';
import type { Run } from '../../src/contract/records';
import { identityOf } from './load-base';

/** The setting's value where a network starts from nothing. */
const nothing = 'scratch';

/**
 * The base that the run's recipe names; null where it starts from nothing. NotFoundError by name where it is gone,
 * DatasetError where it is another one than when the run began: its steps would not go on as they were.
 */
export async function baseOfRun(run: Run): Promise<BaseIdentity | null> {
  const id = run.recipe.config['base'];
  if (typeof id !== 'string' || id === '' || id === nothing) return null;
  const found = await identityOf(id, run.base?.name);
  if (run.base && run.base.hash !== found.hash)
    throw new DatasetError(
      `${run.name} began with the base "${run.base.name}" as it was then, and the app brings another one now. What it learnt so far cannot go on from there; start it again.`,
    );
  return found;
}
