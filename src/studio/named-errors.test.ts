// Whatever goes wrong below, a caller of the facade sees one of the named errors, and only those.
import { describe, expect, it } from 'vitest';
import { errorNames, NotFoundError } from '../contract/errors';
import { checkedSettings } from './settings';
import { namedError, withNamedErrors } from './named-errors';
import { checkedName } from './project-input';

const odd: unknown[] = [
  new TypeError('x is undefined'),
  new RangeError('too deep'),
  new DOMException('gone', 'InvalidStateError'),
  new DOMException('full', 'QuotaExceededError'),
  new DOMException('stopped', 'AbortError'),
  new DOMException('cannot clone', 'DataCloneError'),
  'a text',
  undefined,
  null,
];

describe('the facade', () => {
  it('names every error, whatever it is and wherever it comes from', () => {
    for (const area of ['datasets', 'train', 'runs', 'models', 'engine', 'review', 'storage', ''])
      for (const error of odd) {
        const named = namedError(error, area);
        expect(errorNames).toContain(named.name);
        expect(named.message.length).toBeGreaterThan(10);
      }
    const kept = new NotFoundError('There is no such thing.');
    expect(namedError(kept, 'runs')).toBe(kept);
    expect(namedError(new DOMException('stopped', 'AbortError'), 'train').name).toBe('AbortError');
  });

  it('rejects instead of throwing, keeps answers, and says which error left', async () => {
    const left: string[] = [];
    const facade = withNamedErrors(
      {
        samples: () => ['a'],
        review: {
          label: (): Promise<void> => {
            throw new TypeError('not a list');
          },
          queue: () => Promise.resolve([1]),
          undo: () => Promise.reject(new DOMException('full', 'QuotaExceededError')),
        },
      },
      (error) => left.push(error.name),
    );
    expect(facade.samples()).toEqual(['a']);
    expect(await facade.review.queue()).toEqual([1]);
    await expect(facade.review.label()).rejects.toMatchObject({ name: 'StorageError' });
    await expect(facade.review.undo()).rejects.toMatchObject({ message: expect.stringContaining('no more space') });
    expect(left).toEqual(['StorageError', 'StorageError']);
    expect(facade.review).toBe(facade.review);
  });
});

describe('what is given', () => {
  it('checks names', () => {
    expect(checkedName('  <b>x</b> ')).toBe('<b>x</b>');
    for (const name of ['', '   ', 'x'.repeat(201), 3, null, undefined])
      expect(() => checkedName(name)).toThrowError(expect.objectContaining({ name: 'DatasetError' }));
  });

  it('names every wrong setting', () => {
    expect(checkedSettings({ author: ' Ada ', backend: 'cpu' })).toEqual({ author: 'Ada', backend: 'cpu' });
    const wrong = { backend: 'gpu', theme: 'pink', colour: 1, modelHost: 'ftp://x' };
    expect(() => Reflect.apply(checkedSettings, null, [wrong])).toThrowError(/backend.*theme.*colour.*modelHost/);
    expect(() => Reflect.apply(checkedSettings, null, [{ ['__proto__']: 1 }])).toThrowError(/__proto__/);
  });
});
