// Vectors of a version's rows, asked for in pieces that take about a third of a second, so that progress moves and a
// cancelled map ends soon. Those that take long are kept in the store piece by piece, so that no minute of work is done twice;
// where they come from is the asker's business.
import type { EmbedTexts } from '../../src/contract/map';
import { DatasetError } from '../../src/contract/errors';
import type { Dataset } from '../../src/contract/records';
import { findTextVectors, keepTextVectors } from '../../src/storage/text-vectors';
import { evenPlaces } from './drawn';
import type { MapJob } from './job';
import { rowsAt } from './map-rows';
import { toUnitLength } from './neighbours';

/** Of a larger version so many rows are drawn evenly: 100,000 vectors of 384 numbers are 150 MB. */
export const mostRows = 100_000;
const pieceMs = 300;
/** Rows of a stored piece; what is asked for at once is a multiple of it. */
const block = 64;
const largestPiece = 64 * block;
/** Faster ones are sooner made again than read. */
const keptBelowPerSecond = 2000;

export interface RowVectors {
  places: Uint32Array<ArrayBuffer>;
  dimensions: number;
  /** [places, dimensions], of unit length; zeros for a text the model sees nothing in. */
  values: Float32Array;
}

/** `key`: what the vectors are of, rows and model alike. DatasetError where no column holds texts or there are no rows. */
export async function vectorsOf(dataset: Dataset, key: string, embed: EmbedTexts, job: MapJob): Promise<RowVectors> {
  if (dataset.mapping.text === undefined)
    throw new DatasetError('No column of this data is mapped as text. Say which one it is under Quality, then map it.');
  const places = evenPlaces(dataset.rows, mostRows);
  if (places.length === 0) throw new DatasetError('This version has no rows, so there is nothing to map.');
  const table = new Table(places.length);
  const known = await findTextVectors(Array.from({ length: Math.ceil(places.length / block) }, (_, i) => idOf(key, i)));
  let waiting: string[] = [];
  let at = 0;
  let size = block;
  const next = async (): Promise<void> => {
    await job.step('embedding', at, places.length);
    const first = known.get(idOf(key, at / block));
    const count = Math.min(first ? block : size, waiting.length);
    const texts = waiting.slice(0, count);
    if (first) table.put(at, first, first.length / count);
    else {
      const began = performance.now();
      const { values, dimensions } = await embed(texts);
      const took = Math.max(1, performance.now() - began);
      table.put(at, values, dimensions);
      const perSecond = (1000 * count) / took;
      if (perSecond < keptBelowPerSecond) await keep(key, at, values, dimensions);
      const fitting = block * Math.max(1, Math.floor((perSecond * pieceMs) / 1000 / block));
      size = Math.min(largestPiece, size * 4, fitting);
    }
    waiting = waiting.slice(count);
    at += count;
  };
  for await (const { rows } of rowsAt(dataset, places)) {
    for (const { text } of rows) waiting.push(text);
    while (waiting.length >= largestPiece) await next();
  }
  while (waiting.length > 0) await next();
  toUnitLength(table.values, table.dimensions);
  return { places, dimensions: table.dimensions, values: table.values };
}

const idOf = (key: string, index: number): string => `map ${key} ${index}`;

/** Blocks of a piece that begins at row `at`, which is a multiple of the block. */
async function keep(key: string, at: number, values: Float32Array, dimensions: number): Promise<void> {
  const usedAt = Date.now();
  const stride = block * dimensions;
  const records = Array.from({ length: Math.ceil(values.length / stride) }, (_, i) => ({
    id: idOf(key, at / block + i),
    values: new Float32Array(values.subarray(i * stride, (i + 1) * stride)),
    usedAt,
  }));
  // A full disk must not cost the map: what is not kept is made again.
  await keepTextVectors(records).catch(() => undefined);
}

class Table {
  values = new Float32Array(0);
  dimensions = 0;

  constructor(private readonly rows: number) {}

  put(row: number, values: Float32Array, dimensions: number): void {
    if (this.dimensions === 0) {
      this.dimensions = dimensions;
      this.values = new Float32Array(this.rows * dimensions);
    }
    this.values.set(values, row * dimensions);
  }
}
