// The rows of an act on many rows, packed: three words a row and each distinct label state once. Packing, and
// moving a packed stretch to its state before or after. Which act it belongs to is act.ts's business.
import type { EditPart, LabelRecord, LabelState } from '../contract/records';
import { rowIdOf } from '../lib/ids';
import type { ActTransaction } from './edits';
import { labelRange } from './labels';

/** Rows of one transaction: about a second's worth of writing. */
export const partRows = 20_000;

/** A stretch of rows of one family, ascending, and what becomes of each. */
export interface Stretch {
  rootId: string;
  ordinals: Uint32Array;
  /** The row's state after the act, from its record before (null where it has none). */
  decide(index: number, before: LabelState | null): LabelState | null;
}

export function stateOf(record: LabelRecord): LabelState {
  const { labels, origin, by, at, note } = record;
  return note === undefined ? { labels, origin, by, at } : { labels, origin, by, at, note };
}

/** What a stretch changes, packed; null where nothing does. Reads only. */
export async function packStretch(
  tx: ActTransaction,
  projectId: string,
  stretch: Stretch,
): Promise<Omit<EditPart, 'editId' | 'part'> | null> {
  const { rootId, ordinals } = stretch;
  if (ordinals.length === 0) return null;
  const overlay = await overlayOf(tx, projectId, rootId, ordinals);
  const palette = new Palette();
  const rows: number[] = [];
  const before: number[] = [];
  const after: number[] = [];
  for (let index = 0; index < ordinals.length; index++) {
    const ordinal = ordinals[index] ?? 0;
    const was = overlay.get(ordinal) ?? null;
    const from = palette.place(was);
    const to = palette.place(stretch.decide(index, was));
    if (from === to) continue;
    rows.push(ordinal);
    before.push(from);
    after.push(to);
  }
  if (rows.length === 0) return null;
  return {
    projectId,
    rootId,
    ordinals: Uint32Array.from(rows),
    before: Uint32Array.from(before),
    after: Uint32Array.from(after),
    states: palette.states,
  };
}

/** Puts every row of the part into its state before or after the act. Doing it twice does no harm. */
export async function movePart(
  tx: ActTransaction,
  part: Omit<EditPart, 'editId' | 'part'>,
  to: 'before' | 'after',
): Promise<void> {
  const labels = tx.objectStore('labels');
  const { projectId, rootId } = part;
  const writes: Promise<unknown>[] = [];
  for (let index = 0; index < part.ordinals.length; index++) {
    const ordinal = part.ordinals[index] ?? 0;
    const rowId = rowIdOf(rootId, ordinal);
    const state = part.states[(part[to][index] ?? 0) - 1];
    writes.push(
      state ? labels.put({ projectId, rowId, rootId, ordinal, ...state }) : labels.delete([projectId, rowId]),
    );
  }
  await Promise.all(writes);
}

async function overlayOf(
  tx: ActTransaction,
  projectId: string,
  rootId: string,
  ordinals: Uint32Array,
): Promise<Map<number, LabelState>> {
  const range = labelRange(projectId, rootId, ordinals[0] ?? 0, (ordinals.at(-1) ?? 0) + 1);
  const records = await tx.objectStore('labels').index('position').getAll(range);
  return new Map(records.map((record) => [record.ordinal, stateOf(record)]));
}

/** Distinct states by content, in the order met; place 0 is "no record". */
class Palette {
  readonly states: LabelState[] = [];
  private readonly places = new Map<string, number>();
  private readonly met = new Map<LabelState, number>();

  place(state: LabelState | null): number {
    if (!state) return 0;
    const known = this.met.get(state);
    if (known !== undefined) return known;
    const key = JSON.stringify([state.labels, state.origin, state.by, state.at, state.note ?? null]);
    let place = this.places.get(key);
    if (place === undefined) {
      place = this.states.push(state);
      this.places.set(key, place);
    }
    this.met.set(state, place);
    return place;
  }
}
