// The ids of a backup: kept where none of them is taken here, else all made new, and every record that names one
// rewritten. Ids carry 64 random bits, so that a text equal to one is one.
import { newId, parseRowId, rowIdOf } from '../lib/ids';

export class IdMap {
  private readonly renamed = new Map<string, string>();
  /** Entries of the history are numbered by the data base. */
  readonly edits = new Map<number, number>();
  /** True once one entry of the history could not keep its number. */
  renumbersEdits = false;

  /** True where nothing is renamed. */
  get keepsIds(): boolean {
    return this.renamed.size === 0;
  }

  rename(id: string): void {
    if (this.renamed.has(id)) return;
    const dash = id.lastIndexOf('-');
    this.renamed.set(id, newId(dash > 0 ? id.slice(0, dash) : 'restored'));
  }

  id(id: string): string {
    return this.renamed.get(id) ?? id;
  }

  /** The record with every id in it, and in its row ids, as it is called here. Typed arrays stay as they are. */
  apply(value: unknown): unknown {
    return this.keepsIds ? value : this.walk(value);
  }

  private walk(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.walk(item));
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.walk(item)]));
  }

  private text(text: string): string {
    const id = this.renamed.get(text);
    if (id !== undefined || text.length > 60) return id ?? text;
    const slash = text.indexOf('/');
    // A part of weights: the id, a slash and a number.
    const whole = slash > 0 ? this.renamed.get(text.slice(0, slash)) : undefined;
    if (whole !== undefined) return whole + text.slice(slash);
    const row = parseRowId(text);
    const root = row ? this.renamed.get(row.rootId) : undefined;
    return row && root !== undefined ? rowIdOf(root, row.ordinal) : text;
  }
}
