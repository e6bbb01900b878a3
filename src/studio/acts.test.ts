// What runs beside what: a backup sees no act and no import half done, and neither waits for the other for ever.
import { expect, it } from 'vitest';
import { createActs } from './acts';

it('reads between acts and imports, while acts do not wait for imports', async () => {
  const acts = createActs({ requireWriter: () => Promise.resolve() });
  const log: string[] = [];
  const logged = (name: string, work: () => Promise<void>) => async (): Promise<void> => {
    log.push(`${name} begins`);
    await work();
    log.push(`${name} ends`);
  };
  const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
  let actDone = (): void => undefined;
  const act = new Promise<void>((resolve) => (actDone = resolve));
  await Promise.all([
    // Ends only after the act has: an act that waited for imports would never come to its end.
    acts.beside(
      'p',
      logged('import', () => act),
    ),
    acts.act('p', logged('act', pause)).then(actDone),
    acts.still('p', logged('backup', pause)),
    acts.beside('p', logged('next import', pause)),
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
