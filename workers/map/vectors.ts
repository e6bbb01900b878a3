// Vectors of a version's rows, asked for in pieces that take about a third of a second, so that progress moves and a
// cancelled map ends soon. Kept in memory for the last few; where they come from is the asker's business.
import type { EmbedTexts } from '../../src/contract/map';
import { DatasetError } from '../../src/contract/errors';
import type { Dataset } from '../../src/contract/records';
import { evenPlaces } from './drawn';
import type { MapJob } from './job';
import { rowsAt } from './map-rows';
import { toUnitLength } from './neighbours';

/** Of a larger version so many rows are drawn evenly: 100,000 vectors of 384 numbers are 150 MB. */
export const mostRows = 100_000;
const pieceMs = 300;
const firstPiece = 32;
const largestPiece = 4096;

export interface RowVectors {
  places: Uint32Array<ArrayBuffer>;
  dimensions: number;
  /** [places, dimensions], of unit length; zeros for a text the model sees nothing in. */
  values: Float32Array;
}

/** DatasetError where no column holds texts or there are no rows. */
export async function vectorsOf(dataset: Dataset, embed: EmbedTexts, job: MapJob): Promise<RowVectors> {
  if (dataset.mapping.text === undefined)
    throw new DatasetError('No column of this data is mapped as text. Say which one it is under Quality, then map it.');
  const places = evenPlaces(dataset.rows, mostRows);
  if (places.length === 0) throw new DatasetError('This version has no rows, so there is nothing to map.');
  let values: Float32Array | null = null;
  let dimensions = 0;
  let size = firstPiece;
  for await (const { from, rows } of rowsAt(dataset, places)) {
    for (let at = 0; at < rows.length;) {
      await job.step('embedding', from + at, places.length);
      const texts = rows.slice(at, at + size).map(({ text }) => text);
      const began = performance.now();
      const found = await embed(texts);
      const took = performance.now() - began;
      values ??= new Float32Array(places.length * found.dimensions);
      dimensions = found.dimensions;
      values.set(found.values, (from + at) * dimensions);
      at += texts.length;
      size = Math.round(Math.min(largestPiece, size * 4, Math.max(8, (texts.length * pieceMs) / Math.max(1, took))));
    }
  }
  if (!values) throw new DatasetError('This version has no rows, so there is nothing to map.');
  toUnitLength(values, dimensions);
  return { places, dimensions, values };
}
