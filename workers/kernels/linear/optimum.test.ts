// The solvers reach the optimum of what they say they minimise, on any small data; the rest is held by fixtures.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calibrated, fitIsotonic, fitSigmoid } from './calibration';
import { emptyCsr, type Csr } from './csr';
import { descend, isDone, objectives, scalarCount, settle, startProblem, type DualData } from './dual-descent';
import { improveLogistic } from './softmax-regression';
import { fitTemperature, temperRow } from './temperature';

const value = fc.double({ min: -2, max: 2, noNaN: true });
const data = fc
  .record({ rows: fc.integer({ min: 2, max: 30 }), columns: fc.integer({ min: 1, max: 6 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      cells: fc.array(fc.array(value, { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
      classOf: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: rows, maxLength: rows }),
      weights: fc.array(fc.double({ min: 0.2, max: 3, noNaN: true }), { minLength: rows, maxLength: rows }),
    }),
  );

function dense(cells: number[][]): Csr {
  const columns = cells[0]!.length;
  const csr = emptyCsr(cells.length, columns, cells.length * columns, false);
  cells.forEach((row, i) => {
    csr.offsets[i + 1] = (i + 1) * columns;
    row.forEach((cell, j) => {
      csr.indices[i * columns + j] = j;
      csr.values[i * columns + j] = cell;
    });
  });
  return csr;
}

test('support vectors: primal and dual meet', () => {
  fc.assert(
    fc.property(data, fc.double({ min: 0.05, max: 5, noNaN: true }), ({ cells, classOf, weights }, C) => {
      const matrix = dense(cells);
      const shared: DualData = {
        matrix,
        classOf: Int32Array.from(classOf),
        halfInverseCost: Float64Array.from(weights, (weight) => 0.5 / (C * weight)),
        squaredNorm: Float64Array.from(cells, (row) => 1 + row.reduce((sum, cell) => sum + cell * cell, 0)),
        rows: Int32Array.from(cells, (_, i) => i),
      };
      const problem = {
        positive: 1,
        positiveWeight: 1.7,
        negativeWeight: 1,
        alpha: new Float64Array(cells.length),
        w: new Float64Array(matrix.columns + 1),
        order: new Int32Array(cells.length),
        scalars: new Float64Array(scalarCount),
      };
      startProblem(problem, 5);
      descend(shared, problem, 100000, 1e-6);
      settle(shared, problem);
      expect(isDone(problem)).toBe(true);
      const { primal, dual } = objectives(shared, problem);
      expect(primal - dual).toBeGreaterThanOrEqual(-1e-9);
      expect(primal - dual).toBeLessThanOrEqual(1e-4 * Math.max(1, primal));
    }),
  );
});

test('logistic: no small move makes it better', () => {
  fc.assert(
    fc.property(data, fc.boolean(), ({ cells, classOf, weights }, two) => {
      const outputs = two ? 1 : 3;
      const given = {
        matrix: dense(cells),
        classOf: Int32Array.from(classOf, (own) => (two ? own % 2 : own)),
        rowWeight: Float64Array.from(weights),
        rows: Int32Array.from(cells, (_, i) => i),
        outputs,
        C: 1,
      };
      const w = new Float64Array((cells[0]!.length + 1) * outputs);
      const found = improveLogistic(given, w, 1000, 1e-7);
      expect(found.done).toBe(true);
      for (let i = 0; i < w.length; i++)
        for (const step of [-1e-3, 1e-3]) {
          const moved = w.slice();
          moved[i]! += step;
          expect(improveLogistic(given, moved, 0, 0).value).toBeGreaterThanOrEqual(found.value - 1e-9);
        }
    }),
    { numRuns: 40 },
  );
});

const scored = fc.array(fc.record({ f: value, p: fc.boolean(), w: fc.double({ min: 0.1, max: 3, noNaN: true }) }), {
  minLength: 3,
  maxLength: 60,
});

test('calibrators: between 0 and 1, isotonic never falls, its mean is the share of positives', () => {
  fc.assert(
    fc.property(scored, (rows) => {
      const given = {
        decisions: Float64Array.from(rows, (row) => row.f),
        isPositive: Uint8Array.from(rows, (row) => (row.p ? 1 : 0)),
        weights: Float64Array.from(rows, (row) => row.w),
      };
      const isotonic = fitIsotonic(given);
      const sigmoid = fitSigmoid(given);
      let before = 0;
      for (let f = -3; f <= 3; f += 0.1) {
        const p = calibrated(isotonic, f);
        expect(p).toBeGreaterThanOrEqual(before - 1e-12);
        expect(p).toBeLessThanOrEqual(1 + 1e-12);
        before = p;
        expect(calibrated(sigmoid, f)).toBeGreaterThanOrEqual(0);
        expect(calibrated(sigmoid, f)).toBeLessThanOrEqual(1);
      }
      const mean = (of: (row: (typeof rows)[number]) => number): number =>
        rows.reduce((sum, row) => sum + row.w * of(row), 0) / rows.reduce((sum, row) => sum + row.w, 0);
      expect(mean((row) => calibrated(isotonic, row.f))).toBeCloseTo(
        mean((row) => (row.p ? 1 : 0)),
        6,
      );
    }),
  );
});

test('temperature: the likeliest one, which leaves the order as it was', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), {
        minLength: 6,
        maxLength: 40,
      }),
      (rows) => {
        const scores = Float64Array.from(
          rows.flatMap((row) => row.map((score) => score / row.reduce((sum, one) => sum + one, 0))),
        );
        const classOf = rows.map((_, i) => (i * 7) % 3);
        const weights = rows.map((_, i) => 1 + (i % 2));
        const loss = (temperature: number): number => {
          const copy = scores.slice();
          let sum = 0;
          rows.forEach((_, row) => {
            temperRow(copy, row * 3, 3, temperature);
            sum -= weights[row]! * Math.log(copy[row * 3 + classOf[row]!]!);
          });
          return sum;
        };
        const best = fitTemperature(scores, 3, classOf, weights);
        for (const other of [best * 0.9, best * 1.1, 1])
          if (other >= 0.01 && other <= 100) expect(loss(best)).toBeLessThanOrEqual(loss(other) + 1e-6);
        const copy = scores.slice();
        rows.forEach((_, row) => {
          temperRow(copy, row * 3, 3, best);
          for (const [a, b] of [
            [0, 1],
            [1, 2],
            [0, 2],
          ] as const)
            if (scores[row * 3 + a]! > scores[row * 3 + b]!)
              expect(copy[row * 3 + a]!).toBeGreaterThanOrEqual(copy[row * 3 + b]!);
        });
      },
    ),
  );
});
