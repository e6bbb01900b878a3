// What the data base holds, by kind, from the sizes that records carry themselves: no heavy bytes are read.
import { openStudio } from './open';

/** Bytes a record takes that has no size of its own: measured means, JSON text, two bytes a character. */
const meanBytes = { labels: 260, blocks: 20_000, corrections: 700, edits: 600, events: 220, runs: 24_000 } as const;

/** Bytes by kind: rows, weights, checkpoints are counted; labels, events, runs are counted records times a mean. */
export async function usageByKind(): Promise<Record<string, number>> {
  const db = await openStudio();
  const tx = db.transaction(
    [
      'datasets',
      'models',
      'checkpoints',
      'bases',
      'hubDownloads',
      'labels',
      'labelBlocks',
      'corrections',
      'edits',
      'runs',
      'runEvents',
    ],
    'readonly',
  );
  const [datasets, models, checkpoints, bases, downloads, labels, blocks, corrections, edits, runs, events] =
    await Promise.all([
      tx.objectStore('datasets').getAll(),
      tx.objectStore('models').getAll(),
      tx.objectStore('checkpoints').getAll(),
      tx.objectStore('bases').getAll(),
      tx.objectStore('hubDownloads').getAll(),
      tx.objectStore('labels').count(),
      tx.objectStore('labelBlocks').count(),
      tx.objectStore('corrections').count(),
      tx.objectStore('edits').count(),
      tx.objectStore('runs').count(),
      tx.objectStore('runEvents').count(),
    ]);
  return {
    rows: sum(datasets),
    models: sum(models),
    checkpoints: sum(checkpoints),
    bases: bases.reduce((total, { bytes }) => total + bytes, 0),
    downloads: downloads.flatMap(({ files }) => files).reduce((total, { bytes }) => total + bytes, 0),
    labels:
      labels * meanBytes.labels +
      blocks * meanBytes.blocks +
      corrections * meanBytes.corrections +
      edits * meanBytes.edits,
    runs: runs * meanBytes.runs + events * meanBytes.events,
  };
}

function sum(records: { sizeBytes: number }[]): number {
  return records.reduce((bytes, record) => bytes + record.sizeBytes, 0);
}
