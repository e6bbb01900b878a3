// What a project may be called and which task it may have. Names are text, whatever they look like.
import { DatasetError, UnsupportedError } from '../contract/errors';
import type { TaskSpec } from '../tasks/task';

export const nameLimit = 200;

/** The name trimmed, 1 to 200 characters; rejects with DatasetError otherwise. */
export function checkedName(name: unknown, what = 'A project'): string {
  const trimmed = typeof name === 'string' ? name.trim() : '';
  if (trimmed === '') throw new DatasetError(`${what} needs a name of 1 to ${nameLimit} characters.`);
  if (trimmed.length > nameLimit)
    throw new DatasetError(
      `The name is ${trimmed.length.toLocaleString('en-GB')} characters long; ${nameLimit} are allowed. Shorten it.`,
    );
  return trimmed;
}

/** The task's id; rejects with UnsupportedError naming those that exist. */
export function checkedTask(task: unknown, tasks: ReadonlyMap<string, TaskSpec>): string {
  if (typeof task === 'string' && tasks.has(task)) return task;
  throw new UnsupportedError(
    `There is no task "${String(task)}" in this build. Choose one of: ${[...tasks.keys()].join(', ')}.`,
  );
}
