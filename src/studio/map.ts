// Maps and near rows of the facade, and what is asked about encoders beside training. The map worker asks back here for
// vectors, so that it needs no engine of its own.
import { starterId } from '../contract/bases';
import { DatasetError } from '../contract/errors';
import type { EmbedTexts, MapApi, NearRow } from '../contract/map';
import type { StudioApi } from '../contract/studio';
import { textOf } from '../lib/mapping-cells';
import { getModel } from '../storage/models';
import { asJob } from './as-job';

const mostNear = 200;

export function createMaps(
  worker: MapApi,
  { models, bases, datasets }: Pick<StudioApi, 'models' | 'bases' | 'datasets'>,
): Pick<StudioApi, 'map' | 'encoders'> {
  /** Names what makes the vectors, so that those of another model of the same id are never taken for its own. */
  async function keyOf(by: string): Promise<string> {
    if (by === starterId || by.startsWith('base-')) return (await bases.get(by)).hash;
    return `${by} ${(await getModel(by)).weightsId}`;
  }
  const embedBy =
    (by: string): EmbedTexts =>
    async (texts) => {
      const vectors = await models.embed(by, texts);
      const dimensions = vectors[0]?.length ?? 0;
      const values = new Float32Array(vectors.length * dimensions);
      vectors.forEach((vector, i) => values.set(vector, i * dimensions));
      return { values, dimensions };
    };

  const of: StudioApi['map']['of'] = async (datasetId, options = {}) => {
    const { by = starterId, onProgress = () => undefined, onPicture = () => undefined, signal } = options;
    const key = await keyOf(by);
    return asJob(worker, signal, (jobId) => worker.build(jobId, datasetId, key, embedBy(by), onProgress, onPicture));
  };
  return {
    map: {
      of,
      rows: (datasetId) => worker.rows(datasetId),
      async nearest(datasetId, text, options = {}) {
        const { by = starterId, count = 10, ...rest } = options;
        if (typeof text !== 'string' || text.trim() === '')
          throw new DatasetError('Give a text; what is near it is looked for.');
        if (!Number.isInteger(count) || count < 1 || count > mostNear)
          throw new DatasetError(`Ask for 1 to ${mostNear} rows.`);
        const key = await keyOf(by);
        if (!(await worker.has(datasetId, key))) await of(datasetId, { by, ...rest });
        const [vector] = await models.embed(by, [text]);
        const found = await worker.nearest(datasetId, key, vector ?? new Float32Array(0), count);
        const { mapping } = await datasets.get(datasetId);
        return Promise.all(
          found.map(async ({ place, similarity }): Promise<NearRow> => {
            const { rows } = await datasets.rows(datasetId, { offset: place, limit: 1 });
            const row = rows[0];
            if (!row) throw new DatasetError('The rows changed while the nearest were looked for. Ask again.');
            const shown = textOf(row[mapping.text ?? '']);
            return { rowId: row.id, place, text: shown, labels: row.labels, split: row.split, similarity };
          }),
        );
      },
    },
    encoders: {
      layers: (baseId) => worker.layers(baseId),
      tokenLengths(datasetId, { by = starterId, onProgress = () => undefined, signal } = {}) {
        return asJob(worker, signal, (jobId) => worker.tokenLengths(jobId, datasetId, by, onProgress));
      },
      cutTexts: (datasetId, { by = starterId, places, maxLength }) => worker.cutTexts(datasetId, by, places, maxLength),
    },
  };
}
