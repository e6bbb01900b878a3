// Saved means committed: a write is done when its transaction is, and whatever stops it comes as a named error.
import { unwrap } from 'idb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AbortError, NotFoundError } from '../contract/errors';
import { onChange } from './changes';
import { openStudio } from './open';
import { asStorageError, onProblem, storageProblem, write, type WriteTransaction } from './transact';

const fact = (name: string): { name: string; at: number; value: number } => ({ name, at: 1, value: 1 });
const announced: string[][] = [];
let stop = (): void => undefined;
beforeEach(() => {
  announced.length = 0;
  stop = onChange(({ stores }) => announced.push(stores));
});
afterEach(() => stop());

/** As a browser over quota does it: every put succeeds, then the transaction aborts with the reason. */
function runOut(tx: WriteTransaction<'facts'>): void {
  const raw = unwrap(tx);
  const abort: unknown = Reflect.get(raw, '_abort');
  if (typeof abort === 'function') Reflect.apply(abort, raw, ['QuotaExceededError']);
}

describe('write', () => {
  it('announces after the commit, never before', async () => {
    await write(['facts'], async (tx) => {
      await tx.objectStore('facts').put(fact('a'));
      expect(announced).toEqual([]);
    });
    expect(announced).toEqual([['facts']]);
  });

  it('is refused over quota with nothing stored or announced, says so until a write works, and then works', async () => {
    const problems: (string | null)[] = [];
    const stopProblems = onProblem((problem) => problems.push(problem));
    const put = (room: boolean): Promise<void> =>
      write(['facts'], async (tx) => {
        await tx.objectStore('facts').put(fact('quota'));
        if (!room) runOut(tx);
      });
    await expect(put(false)).rejects.toMatchObject({
      name: 'StorageError',
      message: expect.stringContaining('no more space'),
    });
    expect(announced).toEqual([]);
    expect(storageProblem()).toContain('no more space');
    const db = await openStudio();
    expect(await db.get('facts', 'quota')).toBeUndefined();
    await put(true);
    expect(await db.get('facts', 'quota')).toBeDefined();
    expect(storageProblem()).toBeNull();
    expect(problems).toEqual([expect.stringContaining('no more space'), null]);
    stopProblems();
  });

  it('keeps all or nothing when its work throws, at the start and after a put', async () => {
    const db = await openStudio();
    await expect(
      write(['facts'], async (tx) => {
        await tx.objectStore('facts').put(fact('half'));
        throw new NotFoundError('no such thing');
      }),
    ).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(
      write(['facts'], () => {
        throw new TypeError('odd');
      }),
    ).rejects.toMatchObject({ name: 'StorageError', message: expect.stringContaining('odd') });
    expect(await db.get('facts', 'half')).toBeUndefined();
    expect(announced).toEqual([]);
  });

  it('opens again when the browser has closed the connection', async () => {
    (await openStudio()).close();
    await write(['facts'], (tx) => tx.objectStore('facts').put(fact('again')));
    expect(await (await openStudio()).get('facts', 'again')).toBeDefined();
  });
});

describe('asStorageError', () => {
  it('keeps named errors and a cancellation, names the rest', () => {
    const cancelled = new AbortError();
    expect(asStorageError(cancelled)).toBe(cancelled);
    expect(asStorageError(new DOMException('aborted', 'AbortError')).name).toBe('StorageError');
    expect(asStorageError('text').message).toContain('text');
  });
});
