// A growing flat list of token ids; one array for a whole data set instead of one a text.

export class IdList {
  length = 0;
  #ids: Int32Array;

  constructor(expected: number) {
    this.#ids = new Int32Array(Math.max(64, expected));
  }

  push(ids: readonly number[]): void {
    this.#reserve(ids.length);
    for (let i = 0; i < ids.length; i++) this.#ids[this.length++] = ids[i]!;
  }

  /** Keeps `room` ids of those from `from` on: the first, or with `left` the last ones. */
  cut(from: number, room: number, side: 'left' | 'right'): void {
    if (side === 'left') this.#ids.copyWithin(from, this.length - room, this.length);
    this.length = from + room;
  }

  toArray(): Int32Array {
    return this.#ids.slice(0, this.length);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#ids.length) return;
    const grown = new Int32Array(Math.max(this.#ids.length * 2, this.length + more));
    grown.set(this.#ids.subarray(0, this.length));
    this.#ids = grown;
  }
}
