// Where one row stands in the table of rows, so that an address can name it. No drawing here.
import type { Where } from '../../contract/data';
import type { StudioApi } from '../../contract/studio';
import { parseRowId } from '../../lib/ids';

/**
 * Place of a row from 0 among those that match, in the order of the data; -1 where it does not match.
 * Without a filter most versions answer at once: a row that lost no forerunner stands at its own ordinal.
 */
export async function rowPlace(
  datasets: StudioApi['datasets'],
  datasetId: string,
  rowId: string,
  where?: Where,
): Promise<number> {
  const ordinal = parseRowId(rowId)?.ordinal;
  if (!where && ordinal !== undefined) {
    const there = await datasets.rows(datasetId, { offset: ordinal, limit: 1 });
    if (there.rows[0]?.id === rowId) return ordinal;
  }
  return (await datasets.rowIds(datasetId, where)).indexOf(rowId);
}
