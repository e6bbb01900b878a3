import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Split } from '../contract/records';
import { Rng } from './rng';
import { groupKFold, kFold, splitRows, stratifiedGroupKFold, stratifiedKFold } from './splits';
import { iterativeStratification } from './splits-iterative';
import { allocate, splitSizes, threeWaySizes } from './splits-stratified';
import { describeWithShared } from './testing/shared';

interface Fixture {
  sizes: { n: number; testSize: number; train: number; test: number }[];
  threeWay: { n: number; ratio: [number, number, number]; train: number; validation: number; test: number }[];
  stratified: {
    counts: number[];
    testSize: number;
    testCountsSeen: number[][];
    unique: boolean;
    error: string | null;
  }[];
  stratifiedKFold: { y: number[]; folds: number; expected: { testIndices: number[][] } }[];
  kFold: { n: number; folds: number; testIndices: number[][] }[];
  groupKFold: { groups: (string | number)[]; folds: number; expected: { testIndices: number[][] } }[];
  stratifiedGroupKFold: {
    y: number[];
    groups: number[];
    folds: number;
    expected: { testIndices: number[][]; classCounts: number[][] };
  }[];
  multilabel: {
    Y: number[][];
    ratio: number[];
    targetPositives: number[][];
    reference: { sizes: number[]; positives: number[][]; maxDeviation: number };
  }[];
}

const allFree = (rows: number): (Split | null)[] => new Array<Split | null>(rows).fill(null);
const shares = { train: 0.7, validation: 0.15, test: 0.15 };

describeWithShared('splits equal scikit-learn', 'fixtures/splits.json', (file) => {
  const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;

  test('sizes of two parts', () => {
    for (const { n, testSize, train, test } of fixture.sizes) expect(splitSizes(n, testSize)).toEqual({ train, test });
  });
  test('sizes of three parts', () => {
    for (const { n, ratio, train, validation, test } of fixture.threeWay)
      expect(threeWaySizes(n, { train: ratio[0], validation: ratio[1], test: ratio[2] })).toEqual({
        train,
        validation,
        test,
      });
  });
  test('stratified counts, ties drawn', () => {
    for (const { counts, testSize, testCountsSeen, error } of fixture.stratified) {
      if (error !== null) continue;
      const { train } = splitSizes(
        counts.reduce((sum, count) => sum + count, 0),
        testSize,
      );
      for (let seed = 0; seed < 10; seed++) {
        const kept = allocate(counts, train, new Rng(seed));
        expect(testCountsSeen).toContainEqual(counts.map((count, label) => count - kept[label]!));
      }
    }
  });
  test('classes too small for scikit-learn are split all the same, and none leaves train', () => {
    for (const { counts, testSize, error } of fixture.stratified) {
      if (error === null) continue;
      const targets = counts.flatMap((count, label) => new Array<number[]>(count).fill([label]));
      const { split } = splitRows({
        targets,
        labels: counts.length,
        fixed: allFree(targets.length),
        fractions: { train: 1 - testSize, validation: 0, test: testSize },
        seed: 1,
      });
      counts.forEach((_, label) => {
        expect(split.some((part, row) => part === 'train' && targets[row]![0] === label)).toBe(true);
      });
    }
  });
  test('StratifiedKFold', () => {
    for (const { y, folds, expected } of fixture.stratifiedKFold)
      expect(stratifiedKFold(y, folds)).toEqual(expected.testIndices);
  });
  test('KFold', () => {
    for (const { n, folds, testIndices } of fixture.kFold) expect(kFold(n, folds)).toEqual(testIndices);
  });
  test('GroupKFold', () => {
    for (const { groups, folds, expected } of fixture.groupKFold)
      expect(groupKFold(groups, folds)).toEqual(expected.testIndices);
  });
  test('StratifiedGroupKFold: no group in two folds, classes no less even', () => {
    for (const { y, groups, folds, expected } of fixture.stratifiedGroupKFold) {
      const got = stratifiedGroupKFold(y, groups, folds);
      expect(got.flat().sort((a, b) => a - b)).toEqual(y.map((_, row) => row));
      const homes = new Map<number, Set<number>>();
      got.forEach((rows, fold) => {
        for (const row of rows) homes.set(groups[row]!, (homes.get(groups[row]!) ?? new Set()).add(fold));
      });
      for (const folded of homes.values()) expect(folded.size).toBe(1);
      const uneven = (counts: number[][]): number =>
        Math.max(
          ...counts.map((row) => {
            const rows = row.reduce((sum, count) => sum + count, 0);
            return Math.max(
              ...row.map((count, label) => Math.abs(count / rows - y.filter((one) => one === label).length / y.length)),
            );
          }),
        );
      const counts = got.map((rows) => [0, 1, 2].map((label) => rows.filter((row) => y[row] === label).length));
      expect(uneven(counts)).toBeLessThanOrEqual(uneven(expected.classCounts) + 1e-9);
    }
  });
  test('iterative stratification: every positive count near its target', () => {
    for (const { Y, ratio, targetPositives, reference } of fixture.multilabel) {
      const targets = Y.map((row) => row.flatMap((on, label) => (on ? [label] : [])));
      const sizes = ratio.map((share) => share * Y.length);
      const part = iterativeStratification(targets, Y[0]!.length, sizes);
      const bar = Math.max(1.5, reference.maxDeviation + 1);
      targetPositives.forEach((row, p) =>
        row.forEach((target, label) => {
          const got = part.filter((own, index) => own === p && Y[index]![label]).length;
          expect(Math.abs(got - target)).toBeLessThanOrEqual(bar);
        }),
      );
    }
  });
});

describe('splitRows', () => {
  test('stratified 70/15/15, by seed', () => {
    const targets = Array.from({ length: 200 }, (_, row) => [row % 4]);
    const one = splitRows({ targets, labels: 4, fixed: allFree(200), fractions: shares, seed: 0 });
    expect(one).toEqual(splitRows({ targets, labels: 4, fixed: allFree(200), fractions: shares, seed: 0 }));
    expect(one.split).not.toEqual(
      splitRows({ targets, labels: 4, fixed: allFree(200), fractions: shares, seed: 1 }).split,
    );
    expect(one.split.filter((part) => part === 'train')).toHaveLength(140);
    expect(one.warnings).toEqual([]);
  });
  test('rows keep the split they came with; the rest is divided', () => {
    const fixed = Array.from({ length: 100 }, (_, row): Split | null => (row < 20 ? 'test' : null));
    const targets = Array.from({ length: 100 }, (_, row) => [row % 2]);
    const { split } = splitRows({
      targets,
      labels: 2,
      fixed,
      fractions: { train: 0.8, validation: 0.2, test: 0 },
      seed: 3,
    });
    expect(split.slice(0, 20).every((part) => part === 'test')).toBe(true);
    expect(split.filter((part) => part === 'test')).toHaveLength(20);
    expect(split.filter((part) => part === 'validation')).toHaveLength(16);
  });
  test('a class too small is named', () => {
    const targets = [...Array.from({ length: 98 }, () => [0]), [1]];
    const { split, warnings } = splitRows({
      targets,
      labels: 2,
      fixed: allFree(99),
      fractions: shares,
      seed: 1,
      names: ['refund', 'praise'],
    });
    expect(split[98]).toBe('train');
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('praise (1)');
  });
  test('a split that nothing came with is named', () => {
    const { warnings } = splitRows({
      targets: [[0], [0]],
      labels: 1,
      fixed: ['train', 'test'],
      fractions: shares,
      seed: 1,
    });
    expect(warnings.join(' ')).toContain('No validation rows');
  });
  test('groups stay together and follow their given split', () => {
    const groups = Array.from({ length: 300 }, (_, row) => (row % 50 === 0 ? '' : `g${row % 60}`));
    const targets = groups.map((_, row) => [row % 3]);
    const fixed = groups.map((name, row): Split | null => (row < 60 && name === 'g7' ? 'test' : null));
    const { split } = splitRows({ targets, labels: 3, fixed, fractions: shares, seed: 5, groups });
    const seen = new Map<string, Split>();
    groups.forEach((name, row) => {
      if (!name) return;
      expect(seen.get(name) ?? split[row]).toBe(split[row]);
      seen.set(name, split[row]!);
    });
    expect(seen.get('g7')).toBe('test');
    expect(Math.abs(split.filter((part) => part === 'train').length - 210)).toBeLessThan(30);
  });
  test('a label that only one group has stays in train with its whole group', () => {
    const groups = Array.from({ length: 90 }, (_, row) => `g${row % 9}`);
    for (let seed = 0; seed < 10; seed++) {
      const targets = groups.map((name) => [name === 'g4' ? 1 : 0]);
      const { split } = splitRows({ targets, labels: 2, fixed: allFree(90), fractions: shares, seed, groups });
      expect(new Set(split.filter((_, row) => groups[row] === 'g4'))).toEqual(new Set(['train']));
    }
  });
  test('rows without a label are shared too, and do not disturb the classes', () => {
    const targets = Array.from({ length: 200 }, (_, row) => (row < 100 ? [row % 2] : []));
    const { split } = splitRows({ targets, labels: 2, fixed: allFree(200), fractions: shares, seed: 1 });
    const inTrain = (from: number, to: number): number =>
      split.slice(from, to).filter((part) => part === 'train').length;
    expect([inTrain(0, 100), inTrain(100, 200)]).toEqual([70, 70]);
  });
  test('fast for many rows and labels', () => {
    const rng = new Rng(1);
    const targets = Array.from({ length: 50_000 }, () =>
      Array.from({ length: 1 + rng.integer(3) }, () => rng.integer(30)),
    );
    const unique = targets.map((row) => [...new Set(row)]);
    const began = performance.now();
    splitRows({ targets: unique, labels: 30, fixed: allFree(50_000), fractions: shares, seed: 1 });
    expect(performance.now() - began).toBeLessThan(10_000);
  });
  test('property: every row once, sizes by rule, shares kept, fixed rows kept', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            label: fc.integer({ min: 0, max: 4 }),
            fixed: fc.constantFrom(null, null, null, 'train', 'test'),
          }),
          {
            maxLength: 200,
          },
        ),
        fc.nat(),
        (rows, seed) => {
          const targets = rows.map((row) => [row.label]);
          const fixed = rows.map((row) => row.fixed as Split | null);
          const { split } = splitRows({ targets, labels: 5, fixed, fractions: shares, seed });
          expect(split).toHaveLength(rows.length);
          fixed.forEach((part, row) => part && expect(split[row]).toBe(part));
          const free = rows.flatMap((_, row) => (fixed[row] ? [] : [row]));
          const sizes = threeWaySizes(free.length, shares);
          for (const label of [0, 1, 2, 3, 4]) {
            const own = free.filter((row) => targets[row]![0] === label);
            if (own.length > 0)
              expect(rows.some((_, row) => split[row] === 'train' && targets[row]![0] === label)).toBe(true);
            for (const part of ['train', 'validation', 'test'] as const) {
              const got = own.filter((row) => split[row] === part).length;
              expect(Math.abs(got - (own.length * sizes[part]) / Math.max(1, free.length))).toBeLessThanOrEqual(2);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });
  test('property: several labels, every row once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), { maxLength: 120 }),
        fc.nat(),
        (targets, seed) => {
          const { split } = splitRows({ targets, labels: 6, fixed: allFree(targets.length), fractions: shares, seed });
          expect(split.filter(Boolean)).toHaveLength(targets.length);
        },
      ),
      { numRuns: 50 },
    );
  });
  test('property: folds hold every row once; classes are even; groups are whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ label: fc.nat(3), group: fc.nat(9) }), { minLength: 12, maxLength: 90 }),
        fc.integer({ min: 2, max: 4 }),
        (rows, folds) => {
          const y = rows.map((row) => row.label);
          const groups = rows.map((row) => row.group);
          const all = rows.map((_, row) => row);
          const once = (parts: number[][]): void => expect(parts.flat().sort((a, b) => a - b)).toEqual(all);
          once(kFold(rows.length, folds));
          const stratified = stratifiedKFold(y, folds);
          once(stratified);
          for (const label of new Set(y)) {
            const counts = stratified.map((part) => part.filter((row) => y[row] === label).length);
            expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
          }
          if (new Set(groups).size < folds) return;
          for (const parts of [groupKFold(groups, folds), stratifiedGroupKFold(y, groups, folds)]) {
            once(parts);
            for (const group of new Set(groups))
              expect(parts.filter((part) => part.some((row) => groups[row] === group))).toHaveLength(1);
          }
        },
      ),
    );
  });
});
