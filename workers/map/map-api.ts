// What the page can ask of the map worker, put together: maps, near rows, lengths in tokens, layers. Free of Vite and of the
// worker's globals, so that tests build it in Node. Vectors and maps of the last few questions are kept in memory.
import { DatasetError, NotFoundError } from '../../src/contract/errors';
import type { EmbeddingMap, MapApi } from '../../src/contract/map';
import { getBase } from '../../src/storage/bases';
import { getDataset } from '../../src/storage/datasets';
import type { ReadStarterFile } from '../bases/starter';
import { Jobs } from '../planner/jobs';
import { evenPlaces } from './drawn';
import { MapJob } from './job';
import { layersOf } from './layers';
import { factsOf, rowsAt } from './map-rows';
import { mostSimilar, toUnitLength } from './neighbours';
import { partRead, textMeter, type TextMeter } from './text-length';
import { mostRows, vectorsOf, type RowVectors } from './vectors';

interface Kept {
  key: string;
  vectors: RowVectors;
  map: EmbeddingMap | null;
}

const mostKept = 3;
/** Counting more tells nothing new about a share or a shape. */
const mostCounted = 20_000;
const countedAtOnce = 256;
const mostNear = 200;

export function createMapApi(readStarter: ReadStarterFile): MapApi {
  const jobs = new Jobs();
  const kept: Kept[] = [];
  let meter: { id: string; found: Promise<TextMeter> } | null = null;

  function meterOf(baseId: string): Promise<TextMeter> {
    if (meter?.id === baseId) return meter.found;
    const found = textMeter(baseId, readStarter);
    const mine = { id: baseId, found };
    meter = mine;
    found.catch(() => {
      if (meter === mine) meter = null;
    });
    return found;
  }
  const keptFor = (key: string): Kept | undefined => kept.find((one) => one.key === key);
  const keyOf = async (datasetId: string, key: string): Promise<string> =>
    JSON.stringify([key, (await getDataset(datasetId)).hash]);

  return {
    build: (jobId, datasetId, by, embed, onProgress, onPicture) =>
      jobs.run(jobId, async (signal) => {
        const job = new MapJob(signal, onProgress);
        const dataset = await getDataset(datasetId);
        const key = await keyOf(datasetId, by);
        const known = keptFor(key);
        if (known?.map) return known.map;
        await job.step('reading', 0, null);
        const vectors = known?.vectors ?? (await vectorsOf(dataset, key, embed, job));
        const entry: Kept = known ?? { key, vectors, map: null };
        if (!known) {
          kept.unshift(entry);
          kept.splice(mostKept);
        }
        const { places, dimensions, values } = vectors;
        const { firstPicture, laidOut, reduce, toSquare } = await import('./layout');
        const reduced = await reduce(values, dimensions, job);
        const facts = { rows: dataset.rows, places, dimensions, laidOut: reduced.part.length };
        const first: EmbeddingMap = { ...facts, method: 'pca', positions: toSquare(firstPicture(reduced)) };
        onPicture(first);
        const positions = await laidOut(reduced, job);
        entry.map = positions ? { ...facts, method: 'umap', positions: toSquare(positions) } : first;
        return entry.map;
      }),
    async rows(datasetId) {
      const dataset = await getDataset(datasetId);
      return factsOf(dataset, evenPlaces(dataset.rows, mostRows));
    },
    has: async (datasetId, by) => keptFor(await keyOf(datasetId, by)) !== undefined,
    async nearest(datasetId, by, vector, count) {
      const vectors = keptFor(await keyOf(datasetId, by))?.vectors;
      if (!vectors) throw new NotFoundError('The vectors of these rows are not at hand any more. Make the map again.');
      if (vector.length !== vectors.dimensions)
        throw new DatasetError(`A vector of ${vectors.dimensions} numbers is needed, not of ${vector.length}.`);
      const unit = Float32Array.from(vector);
      toUnitLength(unit, unit.length);
      const best = mostSimilar(vectors.values, vectors.dimensions, unit, Math.min(mostNear, Math.max(1, count)));
      return best.map(({ row, similarity }) => ({ place: vectors.places[row]!, similarity }));
    },
    tokenLengths: (jobId, datasetId, baseId, onProgress) =>
      jobs.run(jobId, async (signal) => {
        const job = new MapJob(signal, onProgress);
        const dataset = await getDataset(datasetId);
        if (dataset.mapping.text === undefined)
          throw new DatasetError('No column of this data is mapped as text, so there is nothing to count.');
        const { lengths, special, maxLength } = await meterOf(baseId);
        const places = evenPlaces(dataset.rows, mostCounted);
        const counts = new Uint32Array(places.length);
        for await (const { from, rows } of rowsAt(dataset, places))
          for (let at = 0; at < rows.length; at += countedAtOnce) {
            await job.step('counting', from + at, places.length);
            counts.set(lengths(rows.slice(at, at + countedAtOnce).map(({ text }) => text)), from + at);
          }
        return { rows: dataset.rows, places, lengths: counts, special, maxLength };
      }),
    async cutTexts(datasetId, baseId, places, maxLength) {
      const reader = await meterOf(baseId);
      const wanted = Uint32Array.from(places).sort();
      const cut = [];
      for await (const { from, rows } of rowsAt(await getDataset(datasetId), wanted))
        for (const [i, { text }] of rows.entries()) {
          const [start, end] = partRead(reader, text, maxLength);
          cut.push({ place: wanted[from + i]!, text, tokens: reader.lengths([text])[0] ?? 0, from: start, to: end });
        }
      return cut;
    },
    layers: async (baseId) => layersOf(await getBase(baseId)),
    cancel(jobId) {
      jobs.cancel(jobId);
      return Promise.resolve();
    },
  };
}
