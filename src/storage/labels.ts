// Labels in force once a person or a rule has touched a row: an overlay over the imported labels. A row labelled by
// itself has a record of its own; acts on many rows write blocks, which a row's own record lies above.
import type { LabelBlock, LabelRecord, LabelState } from '../contract/records';
import { openStudio } from './open';

export const blockRows = 4096;

/** The own records of rows `from` to `to` (ordinals in the family's first version, both included). */
export function labelRange(projectId: string, rootId: string, from: number, to: number): IDBKeyRange {
  return IDBKeyRange.bound([projectId, rootId, from], [projectId, rootId, to]);
}

/** The blocks that hold rows `from` to `to`. */
export function blockRange(projectId: string, rootId: string, from: number, to: number): IDBKeyRange {
  return labelRange(projectId, rootId, Math.floor(from / blockRows), Math.floor(to / blockRows));
}

/**
 * What the overlay says about rows `from` to `to` (both included), by ordinal; rows it says nothing about are not
 * in it. Two range reads; equal states of a block are one object.
 */
export async function readOverlay(
  projectId: string,
  rootId: string,
  from: number,
  to: number,
): Promise<Map<number, LabelState>> {
  const tx = (await openStudio()).transaction(['labels', 'labelBlocks']);
  const [records, blocks] = await Promise.all([
    tx
      .objectStore('labels')
      .index('position')
      .getAll(labelRange(projectId, rootId, from, to)),
    tx.objectStore('labelBlocks').getAll(blockRange(projectId, rootId, from, to)),
  ]);
  return overlayOf(records, blocks, from, to);
}

export function overlayOf(
  records: readonly LabelRecord[],
  blocks: readonly LabelBlock[],
  from: number,
  to: number,
): Map<number, LabelState> {
  const overlay = new Map<number, LabelState>();
  for (const { block, entries, states } of blocks) {
    const first = block * blockRows;
    for (let at = Math.max(0, from - first); at < entries.length && first + at <= to; at++) {
      const state = states[(entries[at] ?? 0) - 1];
      if (state) overlay.set(first + at, state);
    }
  }
  for (const record of records) overlay.set(record.ordinal, stateOf(record));
  return overlay;
}

/** What a row's own record says, apart from which row it is. */
export function stateOf(record: LabelRecord): LabelState {
  const { labels, origin, by, at, note } = record;
  return note === undefined ? { labels, origin, by, at } : { labels, origin, by, at, note };
}
