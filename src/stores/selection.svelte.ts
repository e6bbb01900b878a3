// Which rows are selected, by id, with the last one touched for ranges. Survives filters, not a new version.
import { SvelteSet } from 'svelte/reactivity';

export class Selection {
  readonly ids = new SvelteSet<string>();
  /** Where a range begins. */
  anchor: number = $state(-1);

  get size(): number {
    return this.ids.size;
  }
  toggle(id: string, index: number): void {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.anchor = index;
  }
  add(ids: Iterable<string>): void {
    for (const id of ids) this.ids.add(id);
  }
  clear(): void {
    this.ids.clear();
    this.anchor = -1;
  }
}
