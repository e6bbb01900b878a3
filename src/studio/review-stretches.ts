// From an act on many rows to the stretches it is written in: which rows, and what becomes of each. Pure reading.
import type { LabelState } from '../contract/records';
import { partRows, type Stretch } from '../storage/edit-parts';
import { pagesOfFamily, type Family, type PageRow } from './rows';

interface Sign {
  by: string;
  at: number;
}
type Mode = 'set' | 'add' | 'remove';

/** Rows of one family, ascending, each once. */
export type Places = ReadonlyMap<Family, Uint32Array>;

export async function* labelStretches(
  places: Places,
  labels: string[],
  mode: Mode,
  sign: Sign,
): AsyncGenerator<Stretch> {
  const all: LabelState = { labels, origin: 'label', ...sign };
  for (const [family, ordinals] of places) {
    if (mode === 'set' || (mode === 'add' && !family.multiLabel)) {
      for (let from = 0; from < ordinals.length; from += partRows)
        yield {
          rootId: family.rootId,
          ordinals: ordinals.subarray(from, from + partRows),
          decide: (_, before) => (before && same(before, labels) ? before : all),
        };
      continue;
    }
    const wanted = new Set(ordinals);
    const states = new StateCache(sign);
    for await (const page of longer(pagesOfFamily(family)))
      yield stretchOf(
        family,
        page.filter((row) => wanted.has(row.ordinal)),
        (current, before) => {
          const next =
            mode === 'add' ? [...new Set([...current, ...labels])] : current.filter((l) => !labels.includes(l));
          return next.length === current.length ? before : states.get(next);
        },
      );
  }
}

/** Every row, of every version, whose labels in force hold `from`. Who labelled a row, and how, stays. */
export async function* renameStretches(
  families: ReadonlyMap<string, Family>,
  from: string,
  to: string,
  sign: Sign,
): AsyncGenerator<Stretch> {
  const states = new StateCache(sign, `was "${from}"`);
  for (const family of families.values())
    for await (const page of longer(pagesOfFamily(family, from)))
      yield stretchOf(family, page, (current, before) =>
        current.includes(from) ? renamedState(current, from, to, before, states) : before,
      );
}

/** Pages put together to stretches worth a transaction; a new one where the rows start again (an older version). */
async function* longer(pages: AsyncIterable<PageRow[]>): AsyncGenerator<PageRow[]> {
  let rows: PageRow[] = [];
  for await (const page of pages) {
    const goesOn = (rows.at(-1)?.ordinal ?? -1) < (page[0]?.ordinal ?? 0);
    if (rows.length && (!goesOn || rows.length + page.length > partRows)) {
      yield rows;
      rows = [];
    }
    for (const row of page) rows.push(row);
  }
  if (rows.length) yield rows;
}

function stretchOf(
  family: Family,
  rows: PageRow[],
  decide: (current: string[], before: LabelState | null) => LabelState | null,
): Stretch {
  return {
    rootId: family.rootId,
    ordinals: Uint32Array.from(rows, (row) => row.ordinal),
    decide: (index, before) => decide(before?.labels ?? rows[index]?.inForce.labels ?? [], before),
  };
}

function renamedState(
  current: readonly string[],
  from: string,
  to: string,
  before: LabelState | null,
  states: StateCache,
): LabelState {
  const labels = [...new Set(current.map((label) => (label === from ? to : label)))];
  return before ? { ...before, labels } : states.get(labels);
}

/** One object for equal states, so that packing a million rows compares addresses. */
class StateCache {
  private readonly known = new Map<string, LabelState>();
  constructor(
    private readonly sign: Sign,
    private readonly note?: string,
  ) {}

  get(labels: string[]): LabelState {
    const key = JSON.stringify(labels);
    let state = this.known.get(key);
    if (!state) {
      state = { labels, origin: 'label', ...this.sign, ...(this.note === undefined ? {} : { note: this.note }) };
      this.known.set(key, state);
    }
    return state;
  }
}

function same(state: LabelState, labels: readonly string[]): boolean {
  return (
    state.origin !== 'rule' &&
    state.labels.length === labels.length &&
    state.labels.every((label, index) => label === labels[index])
  );
}
