// Writing blocks of labels: some rows of one block get other states, its palette keeps only those in use.
import type { LabelBlock, LabelState } from '../contract/records';
import type { ActTransaction } from './edits';
import { blockRows } from './labels';

/** A string that equal states share. */
export function stateKey(state: LabelState): string {
  return JSON.stringify([state.labels, state.origin, state.by, state.at, state.note ?? null]);
}

/** Distinct states by content, numbered from 1 in the order met; 0 is "none". */
export class Palette {
  readonly states: LabelState[] = [];
  private readonly places = new Map<string, number>();
  private readonly met = new Map<LabelState, number>();

  place(state: LabelState | null | undefined): number {
    if (!state) return 0;
    const known = this.met.get(state);
    if (known !== undefined) return known;
    const key = stateKey(state);
    let place = this.places.get(key);
    if (place === undefined) {
      place = this.states.push(state);
      this.places.set(key, place);
    }
    this.met.set(state, place);
    return place;
  }
}

/** Gives rows (ascending ordinals) the states that `stateAt` names, block by block; null takes a row's entry away. */
export async function writeBlocks(
  tx: ActTransaction,
  projectId: string,
  rootId: string,
  ordinals: Uint32Array,
  stateAt: (index: number) => LabelState | null,
): Promise<void> {
  for (let start = 0; start < ordinals.length;) {
    const block = Math.floor((ordinals[start] ?? 0) / blockRows);
    let end = start + 1;
    while (end < ordinals.length && Math.floor((ordinals[end] ?? 0) / blockRows) === block) end++;
    await writeBlock(tx, { projectId, rootId, block }, ordinals.subarray(start, end), (i) => stateAt(start + i));
    start = end;
  }
}

async function writeBlock(
  tx: ActTransaction,
  key: Pick<LabelBlock, 'projectId' | 'rootId' | 'block'>,
  ordinals: Uint32Array,
  stateAt: (index: number) => LabelState | null,
): Promise<void> {
  const store = tx.objectStore('labelBlocks');
  const path: [string, string, number] = [key.projectId, key.rootId, key.block];
  const old = await store.get(path);
  const states = new Array<LabelState | null>(blockRows).fill(null);
  old?.entries.forEach((place, at) => (states[at] = old.states[place - 1] ?? null));
  ordinals.forEach((ordinal, index) => (states[ordinal - key.block * blockRows] = stateAt(index)));
  const palette = new Palette();
  const entries = Uint16Array.from(states, (state) => palette.place(state));
  if (palette.states.length) await store.put({ ...key, entries, states: palette.states });
  else if (old) await store.delete(path);
}
