import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cohenKappa, confusionMatrix } from '../metrics/confusion';
import { Rng } from '../rng';
import { expectNear } from '../testing/near';
import { describeWithShared } from '../testing/shared';
import { fleissKappa } from './agreement';
import { PairedBootstrap, percentileInterval } from './bootstrap';
import {
  categoryStability,
  chiSquaredTest,
  kolmogorovSmirnov,
  kolmogorovSmirnovExact,
  populationStability,
} from './drift';
import { mcnemarCorrected, mcnemarExact, mcnemarPlain } from './mcnemar';
import { correctedResampledTest, oneSampleTest, welchTest } from './means';
import { benjaminiHochberg, bonferroni, holm } from './multiple';
import { clopperPearsonInterval, wilsonInterval } from './proportions';
import { binomial, CellResampler } from './random-counts';
import { mannWhitneyExact, wilcoxonSignedRank } from './ranks';

interface Test {
  statistic: number;
  p: number;
}
interface Fixture {
  mcnemar: {
    onlyFirstRight: number;
    onlySecondRight: number;
    exact: Test;
    chi2Corrected: Test | null;
    chi2: Test | null;
  }[];
  pairedBootstrap: {
    a: number[];
    b: number[];
    indices: number[][];
    expected: { observed: number; ci95Percentile: [number, number]; pOneSided: number; first5: number[] };
  };
  wilcoxon: {
    name: string;
    x: number[];
    y: number[];
    expected: Partial<Record<'approx' | 'approxCorrected' | 'exact', Test>>;
  }[];
  multiple: { p: number[]; holm: number[]; benjaminiHochberg: number[]; bonferroni: number[] }[];
  correctedResampledT: {
    differences: number[];
    nTrain: number;
    nTest: number;
    expected: { t: number; df: number; p: number; uncorrectedP: number };
  }[];
  cohenKappa: { a: number[]; b: number[]; expected: { kappa: number; linear: number; quadratic: number } }[];
  fleissKappa: { counts: number[][]; expected: number };
  drift: {
    reference: number[];
    current: number[];
    expected: {
      psi: number;
      edges: number[];
      referenceShares: number[];
      currentShares: number[];
      ks: number;
      ksPExact: number;
    };
  }[];
  categoricalDrift: {
    reference: Record<string, number>;
    current: Record<string, number>;
    expected: { psi: number; chi2: number; df: number; p: number };
  };
  wilson: { successes: number; n: number; alpha: number; expected: [number, number] }[];
  clopperPearson: { successes: number; n: number; alpha: number; expected: [number, number] }[];
  twoSample: {
    x: number[];
    y: number[];
    expected: { welchT: number; welchDf: number; welchP: number; mannWhitneyU: number; mannWhitneyPExact: number };
  };
}

/** p values: relative 1e-6 or absolute 1e-9. */
function expectP(got: number | undefined, wanted: number): void {
  expect(got).toBeDefined();
  expect(Math.abs((got ?? NaN) - wanted)).toBeLessThanOrEqual(Math.max(1e-9, Math.abs(wanted) * 1e-6));
}
function expectTest(got: Test | null, wanted: Test | null): void {
  if (wanted === null) {
    expect(got).toBeNull();
    return;
  }
  expectNear(got?.statistic, wanted.statistic);
  expectP(got?.p, wanted.p);
}

describeWithShared('tests and intervals equal scipy and statsmodels', 'fixtures/statistics.json', (file) => {
  const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;

  test('McNemar', () => {
    for (const { onlyFirstRight: b, onlySecondRight: c, exact, chi2Corrected, chi2 } of fixture.mcnemar) {
      expectTest(mcnemarExact(b, c), exact);
      expectTest(mcnemarCorrected(b, c), chi2Corrected);
      expectTest(mcnemarPlain(b, c), chi2);
    }
  });
  test('paired bootstrap: percentile interval', () => {
    const { a, b, indices, expected } = fixture.pairedBootstrap;
    const mean = (rows: number[]): number => rows.reduce((sum, row) => sum + a[row]! - b[row]!, 0) / rows.length;
    const resampled = indices.map(mean);
    expectNear(resampled.slice(0, 5), expected.first5);
    const interval = percentileInterval(mean(a.map((_, row) => row)), resampled);
    expectNear(interval.observed, expected.observed);
    expectNear([interval.low, interval.high], expected.ci95Percentile);
    expectNear(interval.pOneSided, expected.pOneSided);
  });
  test('our own draws give the same interval, to resampling noise', () => {
    const { a, b, expected } = fixture.pairedBootstrap;
    const answers = [a, b].map((model) => model.map((right) => [right]));
    const bootstrap = new PairedBootstrap(
      a.map(() => [1]),
      answers,
      2,
      0,
    );
    bootstrap.run(4000);
    const interval = bootstrap.difference('accuracy', 0, 1);
    expectNear(interval.observed, expected.observed);
    expectNear([interval.low, interval.high], expected.ci95Percentile, 0.04);
  });
  test('Wilcoxon', () => {
    for (const { x, y, expected } of fixture.wilcoxon)
      for (const method of ['approx', 'approxCorrected', 'exact'] as const) {
        const wanted = expected[method];
        if (wanted) expectTest(wilcoxonSignedRank(x, y, method), wanted);
      }
  });
  test('many tests at once', () => {
    for (const { p, ...expected } of fixture.multiple)
      expectNear({ holm: holm(p), benjaminiHochberg: benjaminiHochberg(p), bonferroni: bonferroni(p) }, expected, 1e-9);
  });
  test('corrected resampled t', () => {
    for (const { differences, nTrain, nTest, expected } of fixture.correctedResampledT) {
      const got = correctedResampledTest(differences, nTrain, nTest);
      expectNear([got?.t, got?.degrees], [expected.t, expected.df]);
      expectP(got?.p, expected.p);
      expectP(oneSampleTest(differences)?.p, expected.uncorrectedP);
    }
  });
  test('kappa', () => {
    for (const { a, b, expected } of fixture.cohenKappa) {
      const matrix = confusionMatrix(a, b, 1 + Math.max(...a, ...b));
      expectNear(cohenKappa(matrix), expected.kappa);
      expectNear(cohenKappa(matrix, 'linear'), expected.linear);
      expectNear(cohenKappa(matrix, 'quadratic'), expected.quadratic);
    }
    expectNear(fleissKappa(fixture.fleissKappa.counts), fixture.fleissKappa.expected);
  });
  test('drift', () => {
    for (const { reference, current, expected } of fixture.drift) {
      const { psi, edges, referenceShares, currentShares } = populationStability(reference, current);
      expectNear(
        { psi, edges, referenceShares, currentShares },
        {
          psi: expected.psi,
          edges: expected.edges,
          referenceShares: expected.referenceShares,
          currentShares: expected.currentShares,
        },
      );
      const gap = kolmogorovSmirnov(reference, current);
      expectNear(gap, expected.ks);
      expectP(kolmogorovSmirnovExact(gap, reference.length, current.length), expected.ksPExact);
    }
    const { reference, current, expected } = fixture.categoricalDrift;
    const names = Object.keys(reference);
    const rows = [reference, current].map((counts) => names.map((name) => counts[name]!));
    expectNear(categoryStability(rows[0]!, rows[1]!), expected.psi);
    const chi = chiSquaredTest(rows);
    expectNear([chi.statistic, chi.degrees], [expected.chi2, expected.df]);
    expectP(chi.p, expected.p);
  });
  test('intervals of a share', () => {
    for (const { successes, n, alpha, expected } of fixture.wilson)
      expectNear(wilsonInterval(successes, n, alpha), expected);
    for (const { successes, n, alpha, expected } of fixture.clopperPearson)
      expectNear(clopperPearsonInterval(successes, n, alpha), expected);
  });
  test('two samples', () => {
    const { x, y, expected } = fixture.twoSample;
    const welch = welchTest(x, y);
    expectNear([welch?.t, welch?.degrees], [expected.welchT, expected.welchDf]);
    expectP(welch?.p, expected.welchP);
    expectTest(mannWhitneyExact(x, y), { statistic: expected.mannWhitneyU, p: expected.mannWhitneyPExact });
  });
});

describe('resampling', () => {
  test('binomial draws have the right mean and spread, small and large', () => {
    for (const [n, p] of [
      [5, 0.3],
      [200, 0.02],
      [200, 0.4],
      [10_000, 0.7],
    ] as const) {
      const rng = new Rng(3);
      const draws = Array.from({ length: 20_000 }, () => binomial(rng, n, p));
      const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
      const spread = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
      expect(Math.abs(mean - n * p)).toBeLessThan(5 * Math.sqrt((n * p * (1 - p)) / draws.length));
      expect(Math.abs(spread / (n * p * (1 - p)) - 1)).toBeLessThan(0.06);
    }
  });
  test('property: a resample has as many rows as there were', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 }),
        fc.nat(),
        (sizes, seed) => {
          const hits = new Float64Array(sizes.length);
          new CellResampler(Float64Array.from(sizes).sort().reverse()).draw(new Rng(seed), hits);
          expect(hits.every((hit) => hit >= 0 && Number.isInteger(hit))).toBe(true);
          expect(hits.reduce((sum, hit) => sum + hit, 0)).toBe(sizes.reduce((sum, size) => sum + size, 0));
        },
      ),
    );
  });
  test('cells are hit by their size, large and small', () => {
    const sizes = Float64Array.from([300, 80, 12, 5, 2, 1]);
    const resampler = new CellResampler(sizes);
    const rng = new Rng(5);
    const sums = new Float64Array(sizes.length);
    const hits = new Float64Array(sizes.length);
    for (let draw = 0; draw < 5000; draw++) {
      resampler.draw(rng, hits);
      hits.forEach((hit, cell) => (sums[cell]! += hit));
    }
    sizes.forEach((size, cell) => expect(Math.abs(sums[cell]! / 5000 - size)).toBeLessThan(0.08 * Math.sqrt(size)));
  });
  test('the draws do not depend on the portions', () => {
    const rng = new Rng(8);
    const actual = Array.from({ length: 300 }, () => [rng.integer(5)]);
    const answers = [0.8, 0.7].map((share) => actual.map(([own]) => [rng.uniform() < share ? own! : rng.integer(5)]));
    const whole = new PairedBootstrap(actual, answers, 5, 4);
    whole.run(500);
    const parts = new PairedBootstrap(actual, answers, 5, 4);
    for (let part = 0; part < 50; part++) parts.run(10);
    expect(parts.difference('f1Macro', 1, 0)).toEqual(whole.difference('f1Macro', 1, 0));
    const { observed, low, high } = whole.difference('f1Macro', 1, 0);
    expect(low).toBeLessThan(observed);
    expect(high).toBeGreaterThan(observed);
  });
});
