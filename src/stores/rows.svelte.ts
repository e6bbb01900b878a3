// The rows of one data set under a filter and an order, fetched a stretch at a time as they come into view.
import { SvelteMap } from 'svelte/reactivity';
import type { DatasetRow, RowsQuery } from '../contract/data';
import type { StudioApi } from '../contract/studio';

const stretch = 100;
const kept = 40;

export class Rows {
  total: number = $state(0);
  /** Grows when rows came: what drawn cells depend on. */
  loading: boolean = $state(true);
  error: unknown = $state.raw(null);
  readonly #stretches = new SvelteMap<number, DatasetRow[]>();
  #wanted: number[] = [];
  #turn = 0;
  #query: Omit<RowsQuery, 'offset' | 'limit'> = {};
  readonly #studio: StudioApi;
  readonly #datasetId: string;

  constructor(studio: StudioApi, datasetId: string) {
    this.#studio = studio;
    this.#datasetId = datasetId;
  }
  /** Other rows: forgets all and reads the first stretch. */
  async show(query: Omit<RowsQuery, 'offset' | 'limit'>): Promise<void> {
    const turn = ++this.#turn;
    this.#query = query;
    this.#wanted = [];
    this.loading = true;
    try {
      const result = await this.#read(0);
      if (turn !== this.#turn) return;
      this.#stretches.clear();
      this.#stretches.set(0, result.rows);
      this.total = result.total;
      this.error = null;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    }
    if (turn === this.#turn) this.loading = false;
  }
  /** The same rows again (labels changed): what is drawn stays until the new has come. */
  async again(): Promise<void> {
    const turn = this.#turn;
    for (const index of [...this.#stretches.keys()]) {
      const result = await this.#read(index).catch(() => null);
      if (turn !== this.#turn || !result) return;
      this.#stretches.set(index, result.rows);
      this.total = result.total;
    }
  }
  at(index: number): DatasetRow | undefined {
    return this.#stretches.get(Math.floor(index / stretch))?.[index % stretch];
  }
  /** Rows on hand, for those that work on what is seen. */
  slice(first: number, last: number): DatasetRow[] {
    const rows: DatasetRow[] = [];
    for (let index = first; index < last; index++) {
      const row = this.at(index);
      if (row) rows.push(row);
    }
    return rows;
  }
  /** Makes sure the rows in view come. */
  ensure(first: number, last: number): void {
    for (let index = Math.floor(first / stretch); index * stretch < last; index++) {
      if (this.#stretches.has(index) || this.#wanted.includes(index)) continue;
      void this.#fetch(index);
    }
  }
  async #fetch(index: number): Promise<void> {
    const turn = this.#turn;
    this.#wanted.push(index);
    try {
      const { rows } = await this.#read(index);
      if (turn !== this.#turn) return;
      this.#stretches.set(index, rows);
      for (const oldest of this.#stretches.keys()) {
        if (this.#stretches.size <= kept) break;
        this.#stretches.delete(oldest);
      }
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      this.#wanted = this.#wanted.filter((wanted) => wanted !== index);
    }
  }
  #read(index: number) {
    return this.#studio.datasets.rows(this.#datasetId, { ...this.#query, offset: index * stretch, limit: stretch });
  }
}
