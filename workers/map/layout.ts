// Where vectors lie on a plane: UMAP (umap-js) on a drawn part with exact neighbours, the others among their nearest of that
// part. Seeded, so the same vectors give the same map. The picture before it is the first two principal components.
import { UMAP } from 'umap-js';
import { Rng } from '../../src/lib/rng';
import { drawn } from './drawn';
import { nearestRows, roomFor } from './neighbours';
import { principalComponents, projected } from './pca';

/** What UMAP lays out itself; more would take minutes. */
export const mostLaidOut = 5000;
const neighbours = 15;
/** Of the drawn part, that a placed row lies among. */
const placedAmong = 5;
/** Distances are taken in so many principal components, as is usual before UMAP. */
const components = 50;
const fewest = 5;
const rowsAtOnce = 1024;
/** More epochs move few points by little; a small part costs nothing. */
const epochsFor = (rows: number): number => (rows <= 1000 ? 400 : 200);

export interface LayoutWork {
  /** Lets messages in, says how far it is, and throws where it was called off. */
  step(phase: 'comparing' | 'laying out' | 'placing', done: number, total: number): Promise<void>;
}

export interface Reduced {
  values: Float32Array;
  columns: number;
  /** Rows that UMAP lays out. */
  part: Uint32Array<ArrayBuffer>;
}

/** Shorter vectors for [rows, dimensions]; their first two columns are the first picture. */
export async function reduce(values: Float32Array, dimensions: number, work: LayoutWork): Promise<Reduced> {
  const rows = values.length / dimensions;
  const part = drawn(rows, mostLaidOut);
  const axes = principalComponents(values, dimensions, part, components);
  const columns = axes.axes.length;
  const reduced = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += rowsAtOnce) {
    await work.step('comparing', row, rows);
    const some = values.subarray(row * dimensions, (row + rowsAtOnce) * dimensions);
    reduced.set(projected(some, dimensions, axes), row * columns);
  }
  return { values: reduced, columns, part };
}

/** x and y of every row, before they are brought to size. */
export function firstPicture({ values, columns }: Reduced): Float32Array {
  const rows = values.length / columns;
  return Float32Array.from({ length: rows * 2 }, (_, i) =>
    i % 2 < columns ? values[(i >> 1) * columns + (i % 2)]! : 0,
  );
}

/** UMAP's picture; null where there are too few rows for one. */
export async function laidOut({ values, columns, part }: Reduced, work: LayoutWork): Promise<Float32Array | null> {
  if (part.length < fewest) return null;
  const among = new Float32Array(part.length * columns);
  part.forEach((row, i) => among.set(values.subarray(row * columns, (row + 1) * columns), i * columns));
  const layout = await umap(among, columns, work);
  const rows = values.length / columns;
  const positions = new Float32Array(rows * 2);
  const own = new Int32Array(rows).fill(-1);
  part.forEach((row, i) => (own[row] = i));
  const found = roomFor(Math.min(placedAmong, part.length));
  for (let row = 0; row < rows; row++) {
    const at = own[row]!;
    if (at >= 0) {
      positions[row * 2] = layout[at]![0]!;
      positions[row * 2 + 1] = layout[at]![1]!;
      continue;
    }
    if (row % 64 === 0) await work.step('placing', row, rows);
    nearestRows(values, row, among, columns, found.ids.length, found);
    place(positions, row, layout, found);
  }
  return positions;
}

async function umap(among: Float32Array, columns: number, work: LayoutWork): Promise<number[][]> {
  const rows = among.length / columns;
  const nNeighbors = Math.min(neighbours, rows - 1);
  const found = roomFor(nNeighbors - 1);
  const ids: number[][] = [];
  const distances: number[][] = [];
  for (let row = 0; row < rows; row++) {
    if (row % 64 === 0) await work.step('comparing', row, rows);
    nearestRows(among, row, among, columns, nNeighbors - 1, found, row);
    ids.push([row, ...found.ids]);
    distances.push([0, ...Array.from(found.distances, Math.sqrt)]);
  }
  const rng = new Rng(0, 2);
  const made = new UMAP({
    nComponents: 2,
    nNeighbors,
    minDist: 0.1,
    nEpochs: epochsFor(rows),
    random: () => rng.uniform(),
  });
  made.setPrecomputedKNN(ids, distances);
  // With neighbours given, it asks the rows for their number only.
  const epochs = made.initializeFit(ids);
  for (let epoch = 0; epoch < epochs; epoch++) {
    await work.step('laying out', epoch, epochs);
    made.step();
  }
  return made.getEmbedding();
}

/** The mean of the nearest, nearer ones counting more (how UMAP begins to transform new points). */
function place(
  positions: Float32Array,
  row: number,
  layout: readonly number[][],
  { ids, distances }: { ids: Int32Array; distances: Float64Array },
): void {
  const nearest = Math.sqrt(distances[0]!);
  const farthest = Math.sqrt(distances.at(-1)!);
  let sum = 0;
  let x = 0;
  let y = 0;
  ids.forEach((id, i) => {
    const weight = Math.exp(-(Math.sqrt(distances[i]!) - nearest) / (farthest - nearest || 1) - 1e-9) ** 2;
    sum += weight;
    x += weight * layout[id]![0]!;
    y += weight * layout[id]![1]!;
  });
  positions[row * 2] = x / sum;
  positions[row * 2 + 1] = y / sum;
}

/** Brought into the square from -1 to 1, with the same scale in both directions. */
export function toSquare(positions: Float32Array): Float32Array<ArrayBuffer> {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 2) {
    left = Math.min(left, positions[i]!);
    right = Math.max(right, positions[i]!);
    low = Math.min(low, positions[i + 1]!);
    high = Math.max(high, positions[i + 1]!);
  }
  const half = Math.max(right - left, high - low) / 2 || 1;
  return Float32Array.from(positions, (value, i) => (value - (i % 2 ? low + high : left + right) / 2) / half);
}
