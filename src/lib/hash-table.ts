// A set of texts as 64-bit hashes in flat arrays: a million texts in 32 MB, without keeping the texts.
// Two different texts share a hash with a chance of about 3e-8 at a million rows: exact enough to count duplicates.

/** Two lanes as in cyrb53 (bryc, public domain), two UTF-16 units a step: [high, low], valid until the next call. */
const lanes = new Uint32Array(2);

export function hashText(text: string): Uint32Array {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  const pairs = text.length & ~1;
  for (let at = 0; at < pairs; at += 2) {
    const units = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
    high = Math.imul(high ^ units, 2654435761);
    low = Math.imul(low ^ units, 1597334677);
    high ^= high >>> 15;
  }
  if (pairs < text.length) {
    const unit = text.charCodeAt(pairs);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  low ^= text.length;
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  lanes[0] = high >>> 0;
  lanes[1] = low >>> 0;
  return lanes;
}

/** Open addressing with linear probing; `labels` and `flags` belong to the caller. */
export class TextTable {
  private high = new Uint32Array(1 << 12);
  private low = new Uint32Array(1 << 12);
  private used = new Uint8Array(1 << 12);
  /** What the first row with this text was labelled, as the caller numbers labels. */
  labels = new Int32Array(1 << 12);
  flags = new Uint8Array(1 << 12);
  size = 0;
  /** Whether the last `slot` call met a text it knew. */
  known = false;

  /** The slot of a text; a new one is made where it was not there. Valid until the next call. */
  slot(text: string): number {
    const hash = hashText(text);
    return this.slotOf(hash[0]!, hash[1]!);
  }

  /** The slot of a text whose two lanes are known. */
  slotOf(high: number, low: number): number {
    if (this.size * 2 >= this.used.length) this.grow();
    const at = this.find(high, low);
    this.known = this.used[at] === 1;
    if (!this.known) {
      this.used[at] = 1;
      this.high[at] = high;
      this.low[at] = low;
      this.size++;
    }
    return at;
  }

  private find(high: number, low: number): number {
    const mask = this.used.length - 1;
    let at = low & mask;
    while (this.used[at] === 1 && (this.high[at] !== high || this.low[at] !== low)) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const { high, low, used, labels, flags } = this;
    const size = used.length * 2;
    this.high = new Uint32Array(size);
    this.low = new Uint32Array(size);
    this.used = new Uint8Array(size);
    this.labels = new Int32Array(size);
    this.flags = new Uint8Array(size);
    for (let at = 0; at < used.length; at++) {
      if (used[at] === 0) continue;
      const to = this.find(high[at]!, low[at]!);
      this.used[to] = 1;
      this.high[to] = high[at]!;
      this.low[to] = low[at]!;
      this.labels[to] = labels[at]!;
      this.flags[to] = flags[at]!;
    }
  }
}
