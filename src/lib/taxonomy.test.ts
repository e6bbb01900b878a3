// Trees of labels: where parents come from, and what a tree does to targets and answers.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closedUpwards, impliedParents, levelsOf, makeConsistent, parentIndices, taxonomyOf } from './taxonomy';

describe('parents told by the codes', () => {
  test('three digits, leading zeros kept', () => {
    expect([...impliedParents(['004', '510', '590'])]).toEqual([
      ['004', '000'],
      ['510', '500'],
      ['590', '500'],
    ]);
    expect(impliedParents(['020', '025']).get('025')).toBe('020');
    expect(impliedParents(['004', '005.13']).get('005.13')).toBe('005');
    expect(impliedParents(['004', '005.13']).get('005')).toBe('000');
    expect(impliedParents(['000', '100']).size).toBe(0);
  });

  test('three digits that are no tree', () => {
    expect(impliedParents(['404', '503', '418']).size).toBe(0);
    expect(impliedParents(['004', 'other']).size).toBe(0);
  });

  test('dotted numbers and paths', () => {
    expect(impliedParents(['12', '12.3', '12.3.1']).get('12.3.1')).toBe('12.3');
    expect(impliedParents(['12', '12.3']).get('12.3')).toBe('12');
    const paths = impliedParents(['arts/music/choirs', 'arts/music/organs', 'arts/film']);
    expect([...paths.values()]).toEqual(['arts/music', 'arts/music', 'arts', 'arts']);
  });

  test('lone names with a dot or a slash make no tree', () => {
    expect(impliedParents(['n/a', 'node.js', 'yes', 'e.g. this']).size).toBe(0);
  });
});

describe('a tree', () => {
  const declared = [
    { code: 'sport', parent: null },
    { code: 'ball games', parent: 'sport' },
    { code: 'football', parent: 'ball games' },
  ];

  test('as a file declares it; its word is above what codes look like', () => {
    const tree = taxonomyOf(['football'], declared);
    expect(tree?.withAncestors(['football'])).toEqual(['football', 'ball games', 'sport']);
    const moved = taxonomyOf(['004', '510'], [{ code: '004', parent: '510' }]);
    expect(moved?.parentOf('004')).toBe('510');
    expect(taxonomyOf(['a', 'b'])).toBeNull();
  });

  test('circles are broken, never walked for ever', () => {
    const tree = taxonomyOf(
      ['a', 'b'],
      [
        { code: 'a', parent: 'b' },
        { code: 'b', parent: 'a' },
      ],
    );
    expect(tree?.withAncestors(['a'])).toEqual(['a']);
    expect(tree?.withAncestors(['b'])).toEqual(['b', 'a']);
    expect(taxonomyOf(['a'], [{ code: 'a', parent: 'a' }])).toBeNull();
  });

  test('names of objects are names like others', () => {
    const tree = taxonomyOf(['constructor', '__proto__'], [{ code: 'constructor', parent: '__proto__' }]);
    expect(tree?.withAncestors(['constructor'])).toEqual(['constructor', '__proto__']);
  });

  test('levels, indices and closed sets', () => {
    const labels = ['000', '004', '500', '510'];
    const parents = parentIndices(labels, taxonomyOf(labels)!);
    expect(parents).toEqual([-1, 0, -1, 2]);
    expect(levelsOf(parents)).toEqual([1, 2, 1, 2]);
    expect(closedUpwards([3, 1], parents)).toEqual([0, 1, 2, 3]);
    expect(closedUpwards([3], undefined)).toEqual([3]);
  });
});

test('consistent answers: no child above its parent, nothing lowered', () => {
  const parents = [-1, 0, 1, -1, 3];
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }), (list) => {
      const values = Float64Array.from([...list, ...list]);
      makeConsistent(values, parents);
      parents.forEach((parent, label) => {
        if (parent >= 0) expect(values[parent]).toBeGreaterThanOrEqual(values[label]!);
        expect(values[label]).toBeGreaterThanOrEqual(list[label]!);
        expect(values[5 + label]).toBe(values[label]);
      });
    }),
  );
});
