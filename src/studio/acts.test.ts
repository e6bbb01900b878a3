// What runs beside what: a backup sees no act and no import half done, and neither waits for the other for ever.
import { expect, it } from 'vitest';
import { createActs } from './acts';

it('reads between acts and imports, while acts do not wait for imports', async () => {
  const acts = createActs({ requireWriter: () => Promise.resolve() });
  const log: string[] = [];
  const slow = (name: string, ms: number) => async (): Promise<void> => {
    log.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, ms));
    log.push(`${name} ends`);
  };
  await Promise.all([
    acts.beside('p', slow('import', 60)),
    acts.act('p', slow('act', 5)),
    acts.still('p', slow('backup', 20)),
    acts.beside('p', slow('next import', 1)),
  ]);
  expect(log.indexOf('act ends')).toBeLessThan(log.indexOf('import ends'));
  expect(log.slice(-5)).toEqual([
    'import ends',
    'backup begins',
    'backup ends',
    'next import begins',
    'next import ends',
  ]);
  await expect(acts.beside('p', () => Promise.reject(new Error('full')))).rejects.toThrow('full');
  await expect(acts.still('p', () => Promise.resolve(1))).resolves.toBe(1);
});
