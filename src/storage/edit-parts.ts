// The rows of an act on many rows, packed: a few words a row and each distinct label state once. Packing, and
// moving a packed stretch to its state before or after. Which act it belongs to is act-large.ts's business.
import type { EditPart, LabelState } from '../contract/records';
import { rowIdOf } from '../lib/ids';
import type { ActTransaction } from './edits';
import { Palette, writeBlocks } from './label-blocks';
import { blockRange, blockRows, labelRange, overlayOf } from './labels';

/** Rows of one transaction: well under a second's worth of writing. */
export const partRows = 16 * blockRows;

/** A stretch of rows of one family, ascending, and what becomes of each. */
export interface Stretch {
  rootId: string;
  ordinals: Uint32Array;
  /** The row's state after the act, from the one before (null where the overlay says nothing). */
  decide(index: number, before: LabelState | null): LabelState | null;
}

export type PackedRows = Omit<EditPart, 'editId' | 'part'>;

/** What a stretch changes, packed; null where nothing does. Reads only. */
export async function packStretch(tx: ActTransaction, projectId: string, stretch: Stretch): Promise<PackedRows | null> {
  const { rootId, ordinals } = stretch;
  const from = ordinals[0];
  const to = ordinals.at(-1);
  if (from === undefined || to === undefined) return null;
  const [own, blocks] = await Promise.all([
    tx
      .objectStore('labels')
      .index('position')
      .getAll(labelRange(projectId, rootId, from, to)),
    tx.objectStore('labelBlocks').getAll(blockRange(projectId, rootId, from, to)),
  ]);
  const owns = overlayOf(own, [], from, to);
  const block = overlayOf([], blocks, from, to);
  const palette = new Palette();
  const packed = { rows: [] as number[], above: [] as number[], before: [] as number[], after: [] as number[] };
  for (let index = 0; index < ordinals.length; index++) {
    const ordinal = ordinals[index] ?? 0;
    const above = owns.get(ordinal) ?? null;
    const below = block.get(ordinal) ?? null;
    const after = palette.place(stretch.decide(index, above ?? below));
    if (after === palette.place(above ?? below)) continue;
    packed.rows.push(ordinal);
    packed.above.push(palette.place(above));
    packed.before.push(palette.place(below));
    packed.after.push(after);
  }
  if (packed.rows.length === 0) return null;
  return {
    projectId,
    rootId,
    ordinals: Uint32Array.from(packed.rows),
    above: Uint32Array.from(packed.above),
    before: Uint32Array.from(packed.before),
    after: Uint32Array.from(packed.after),
    states: palette.states,
  };
}

/** Puts every row of the part into its state before or after the act. Doing it twice does no harm. */
export async function movePart(tx: ActTransaction, part: PackedRows, to: 'before' | 'after'): Promise<void> {
  const { projectId, rootId, ordinals, states } = part;
  await writeBlocks(tx, projectId, rootId, ordinals, (index) => states[(part[to][index] ?? 0) - 1] ?? null);
  const labels = tx.objectStore('labels');
  const writes: Promise<unknown>[] = [];
  part.above?.forEach((place, index) => {
    const state = states[place - 1];
    if (!state) return;
    const ordinal = ordinals[index] ?? 0;
    const rowId = rowIdOf(rootId, ordinal);
    writes.push(
      to === 'after' ? labels.delete([projectId, rowId]) : labels.put({ projectId, rowId, rootId, ordinal, ...state }),
    );
  });
  await Promise.all(writes);
}
