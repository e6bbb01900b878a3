// A row has one id only: what rowIdOf writes is read back, every other spelling is refused.
import { describe, expect, it } from 'vitest';
import { parseRowId, rowIdOf } from './ids';

describe('row ids', () => {
  it('are read back as they were written', () => {
    for (const ordinal of [0, 7, 10, 999_999])
      expect(parseRowId(rowIdOf('dataset-1.b', ordinal))).toEqual({ rootId: 'dataset-1.b', ordinal });
  });

  it.each([
    'x.',
    'x.1e1',
    'x.0x2',
    'x.01',
    'x.00',
    'x. 1',
    'x.1 ',
    'x.-1',
    'x.+1',
    '.1',
    'x',
    '',
    'x.99999999999999999',
  ])('are refused in another spelling: "%s"', (rowId) => expect(parseRowId(rowId)).toBeNull());
});
