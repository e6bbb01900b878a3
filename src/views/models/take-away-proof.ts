// The words of the proof that stands beside a format once it was saved: its files opened again here and asked.
import type { Mapping, Model } from '../../contract/records';

/** Two orders of the same sums in 32 bits stay well below this. */
const tolerance = 1e-4;
const rowsAsked = 8;

export interface Proof {
  words: string;
  holds: boolean;
}

/** As much of the studio as is asked. */
interface Asked {
  datasets: {
    get(id: string): Promise<{ mapping: Mapping }>;
    rows(id: string, query: { offset: number; limit: number }): Promise<{ rows: Record<string, unknown>[] }>;
  };
  models: { prove(id: string, format: string, texts: string[]): Promise<number | null> };
}

/** Null for formats that this studio does not open. */
export async function proofOf(
  studio: Asked,
  { id, datasetId }: Pick<Model, 'id' | 'datasetId'>,
  format: string,
): Promise<Proof | null> {
  try {
    const [{ mapping }, { rows }] = await Promise.all([
      studio.datasets.get(datasetId),
      studio.datasets.rows(datasetId, { offset: 0, limit: rowsAsked }),
    ]);
    const column = mapping.text ?? mapping.anchor ?? mapping.sentence1;
    const cells = rows.map((row) => (column === undefined ? null : row[column]));
    const texts = cells.map((cell) => (typeof cell === 'string' ? cell : ''));
    const difference = await studio.models.prove(id, format, texts);
    if (difference === null) return null;
    const holds = difference <= tolerance;
    const apart = `largest difference ${difference === 0 ? '0' : difference.toExponential(0)} over ${texts.length} rows`;
    return {
      holds,
      words: holds ? `Opened again here: ${apart}` : `Opened again here, it answers otherwise: ${apart}`,
    };
  } catch (error) {
    return { holds: false, words: `Not opened again here: ${error instanceof Error ? error.message : String(error)}` };
  }
}
