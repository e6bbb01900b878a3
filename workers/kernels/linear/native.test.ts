// WebAssembly and plain JavaScript give the same bits, and either goes on where the other stopped.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../../src/lib/rng';
import { emptyCsr, loose, type Space } from './csr';
import { scalarCount, startProblem, type DualData, type DualProblem } from './dual-descent';
import { lanes, nativeKernels, placeLength, plainKernels, type DualKernels } from './dual-kernels';
import { Heap } from './heap';

const rows = 300;
const columns = 80;
const perRow = 9;
const classes = 6;

/** The same random problem in any space. Shorter rows too: the sums are unrolled by two. */
function problemsIn(space: Space, seed: number): { data: DualData; problems: DualProblem[]; scores: Float64Array } {
  const random = new Rng(seed);
  const matrix = { ...emptyCsr(rows, columns, 0, false), offsets: space.int32(rows + 1) };
  const entries: [number, number][] = [];
  const squaredNorm = space.float64(rows).fill(1);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < (row % 5 === 0 ? row % 4 : perRow); k++) {
      const value = random.uniform() - 0.3;
      entries.push([(row + k * k * 7) % columns, value]);
      squaredNorm[row]! += value * value;
    }
    matrix.offsets[row + 1] = entries.length;
  }
  matrix.indices = space.int32(entries.length);
  matrix.values = space.float64(entries.length);
  entries.forEach(([index, value], at) => {
    matrix.indices[at] = index;
    matrix.values[at] = value;
  });
  const classOf = space.int32(rows);
  classOf.forEach((_, row) => (classOf[row] = row % classes));
  const chosen = Array.from({ length: rows }, (_, row) => row).filter((row) => row % 3 > 0);
  const list = space.int32(chosen.length);
  list.set(chosen);
  const problems = Array.from({ length: classes }, (_, output): DualProblem => {
    const problem = {
      positive: output,
      positiveWeight: 1.7 + output,
      negativeWeight: 1,
      alpha: space.float64(list.length),
      w: space.float64(columns + 1),
      order: space.int32(list.length),
      scalars: space.float64(scalarCount),
    };
    startProblem(problem, seed + output, seed + Math.floor(output / lanes));
    return problem;
  });
  const halfInverseCost = space.float64(rows).fill(0.5);
  return {
    data: { matrix, classOf, halfInverseCost, squaredNorm, rows: list },
    problems,
    scores: space.float64(rows * classes),
  };
}

function native(seed: number): ReturnType<typeof problemsIn> & { kernels: DualKernels } {
  const heap = Heap.open(1 << 20, false)!;
  const module = new WebAssembly.Module(readFileSync('.cache/wasm/linear.wasm'));
  const places = [heap.float64(placeLength(columns, rows))];
  return { ...problemsIn(heap, seed), kernels: nativeKernels({ module, memory: heap.memory, places }, 0) };
}

const stateOf = (problems: readonly DualProblem[]): number[] =>
  problems.flatMap(({ alpha, w, order, scalars }) => [...alpha, ...w, ...order, ...scalars]);

describe('linear kernels in WebAssembly', () => {
  test.each([1, 2, 3])('the same bits as plain JavaScript, sweep by sweep (seed %i)', (seed) => {
    const plain = problemsIn(loose(false), seed);
    const fast = native(seed);
    for (const until of [1, 2, 3, 5, 9, 40, 1000]) {
      plainKernels.descend(plain.data, plain.problems, until, 1e-4);
      // Four together and the two that are left; the second time cut in another place.
      for (const [from, to] of until === 2
        ? [
            [0, 1],
            [1, 4],
            [4, 6],
          ]
        : [
            [0, 4],
            [4, 6],
          ])
        fast.kernels.descend(fast.data, fast.problems.slice(from, to), until, 1e-4);
      expect(stateOf(fast.problems)).toEqual(stateOf(plain.problems));
    }
    for (const { kernels, data, problems, scores } of [{ ...plain, kernels: plainKernels }, fast]) {
      kernels.settle(data, problems[2]!);
      kernels.score(data, problems[2]!.w, data.rows, 3, scores, classes, 2);
    }
    expect(stateOf(fast.problems)).toEqual(stateOf(plain.problems));
    expect([...fast.scores]).toEqual([...plain.scores]);
    expect(fast.scores.some((score) => score !== 0)).toBe(true);
  });

  test('what lies in the heap stays, what is given back is zero when taken again', () => {
    const heap = Heap.open(4096, false)!;
    const stays = heap.float64(3).fill(7);
    heap.keep();
    heap.int32(5).fill(9);
    heap.release();
    expect([...heap.int32(6)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...stays]).toEqual([7, 7, 7]);
  });

  test('no heap where there cannot be one', () => {
    expect(Heap.open(5e9, false)).toBeNull();
  });
});
