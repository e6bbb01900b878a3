// All the arrays of one training: made, and where WebAssembly runs laid into one heap. Which problems are brought on
// together is decided here too, since the heap has room for the largest such group.
import { loose, makeFloat64, type Csr, type Space } from '../../../workers/kernels/linear/csr';
import { placeLength } from '../../../workers/kernels/linear/dual-kernels';
import { bytesInHeap, Heap } from '../../../workers/kernels/linear/heap';
import {
  problemBytes,
  problemsPerFit,
  type LinearFit,
  type LinearJob,
  type LinearRows,
} from '../../../workers/kernels/linear/linear-work';
import type { FitPlan } from './fits';
import { sampleEvery } from './held-out';

/** What the problems brought on together may take; more are worked on in turns. */
export interface GroupLimits {
  bytes: number;
  /** Multiply-adds of one sweep over all of them: about a second on one thread, so that a step can be stopped. */
  work: number;
}
export const groupLimits: GroupLimits = { bytes: 384e6, work: 4e8 };

export interface TrainingJob {
  job: Omit<LinearJob, 'group'>;
  /** First and one past the last problem of each group. */
  ranges: [first: number, last: number][];
  /** Room for the arrays of a group; `release` gives them back. */
  space: Space;
  release(): void;
}

/** `module`: the kernels in WebAssembly; null = plain JavaScript. The same bits either way. */
export function makeJob(
  rows: LinearRows,
  plan: FitPlan,
  limits: GroupLimits,
  module: WebAssembly.Module | null,
  { threads, shared }: { threads: number; shared: boolean },
): TrainingJob {
  const { fits } = plan;
  const halfInverseCost = makeFloat64(rows.matrix.rows, shared);
  for (let row = 0; row < halfInverseCost.length; row++) halfInverseCost[row] = 0.5 / (rows.C * rows.weights[row]!);
  const job: Omit<LinearJob, 'group'> = {
    rows,
    fits,
    heldScores: makeFloat64(plan.heldOut ? rows.matrix.rows * rows.outputs : 0, shared),
    sigmoids: makeFloat64(fits.length * rows.outputs * 2, shared),
    halfInverseCost,
    squaredNorm: squaredNorms(rows.matrix, shared),
    sampleEvery: sampleEvery(rows, fits),
    native: null,
  };
  const { ranges, bytes } = groupRanges(rows, plan, limits);
  const mostRows = fits.reduce((most, fit) => Math.max(most, fit.rows.length), 0);
  const perPlace = placeLength(rows.matrix.columns, mostRows);
  const heap = module ? Heap.open(bytesInHeap(arraysOf(job)) + threads * perPlace * 8 + bytes, shared) : null;
  if (!module || !heap) return { job, ranges, space: loose(shared), release: () => undefined };
  const places = Array.from({ length: threads }, () => heap.float64(perPlace));
  const native = { module, memory: heap.memory, places };
  const placed: Omit<LinearJob, 'group'> = { ...moved(job, heap), native };
  heap.keep();
  return { job: placed, ranges, space: heap, release: () => heap.release() };
}

function squaredNorms(matrix: Csr, shared: boolean): Float64Array {
  const norms = makeFloat64(matrix.rows, shared).fill(1);
  for (let row = 0; row < matrix.rows; row++)
    for (let j = matrix.offsets[row]!; j < matrix.offsets[row + 1]!; j++) norms[row]! += matrix.values[j]! ** 2;
  return norms;
}

/** What `moved` lays into the heap. */
function arraysOf({ rows, fits, ...job }: Omit<LinearJob, 'group'>): { byteLength: number }[] {
  const { offsets, indices, values } = rows.matrix;
  return [
    ...[offsets, indices, values, rows.classOf, rows.weights],
    ...fits.flatMap((fit) => [fit.rows, fit.held]),
    ...[job.heldScores, job.sigmoids, job.halfInverseCost, job.squaredNorm],
  ];
}

function moved(job: Omit<LinearJob, 'group'>, heap: Heap): Omit<LinearJob, 'group'> {
  const doubles = (from: Float64Array): Float64Array => {
    const to = heap.float64(from.length);
    to.set(from);
    return to;
  };
  const integers = (from: Int32Array): Int32Array => {
    const to = heap.int32(from.length);
    to.set(from);
    return to;
  };
  const { matrix, classOf, weights } = job.rows;
  return {
    ...job,
    rows: {
      ...job.rows,
      matrix: {
        ...matrix,
        offsets: integers(matrix.offsets),
        indices: integers(matrix.indices),
        values: doubles(matrix.values),
      },
      classOf: integers(classOf),
      weights: doubles(weights),
    },
    fits: job.fits.map((fit): LinearFit => ({ ...fit, rows: integers(fit.rows), held: integers(fit.held) })),
    heldScores: doubles(job.heldScores),
    sigmoids: doubles(job.sigmoids),
    halfInverseCost: doubles(job.halfInverseCost),
    squaredNorm: doubles(job.squaredNorm),
  };
}

/** Runs of consecutive problems that fit memory and can be swept in about a second, at least one each; `bytes`: of the largest. */
function groupRanges(
  rows: LinearRows,
  plan: FitPlan,
  limits: GroupLimits,
): { ranges: [number, number][]; bytes: number } {
  const perFit = problemsPerFit(rows);
  const count = perFit * plan.fits.length;
  const meanEntries = rows.matrix.indices.length / Math.max(1, rows.matrix.rows);
  const ranges: [number, number][] = [];
  let first = 0;
  let bytes = 0;
  let most = 0;
  let work = 0;
  for (let p = 0; p < count; p++) {
    const fitRows = plan.fits[Math.floor(p / perFit)]!.rows.length;
    const nextBytes = problemBytes(rows, fitRows);
    const nextWork = meanEntries * fitRows * (rows.classifier === 'logistic' ? rows.outputs * 10 : 1);
    if (p > first && (bytes + nextBytes > limits.bytes || work + nextWork > limits.work)) {
      ranges.push([first, p]);
      first = p;
      bytes = work = 0;
    }
    bytes += nextBytes;
    work += nextWork;
    most = Math.max(most, bytes);
  }
  ranges.push([first, count]);
  // And the count of pieces taken.
  return { ranges, bytes: most + 64 };
}
