// N-grams as paths of a tree over integer symbols (word numbers or code points). One lookup a symbol finds every
// n-gram that starts at a place, without building a string for it. Exact: no two n-grams share a node.

export class NgramTrie {
  /** Nodes, the root (0) among them. */
  size = 1;
  parent = new Int32Array(2048);
  symbol = new Int32Array(2048);
  /** Open addressing; always at least twice as long as `parent`, 0 = free. */
  private table = new Int32Array(4096);

  /** The node one symbol further, or -1. */
  child(node: number, symbol: number): number {
    const { table, parent } = this;
    const mask = table.length - 1;
    let slot = hash(node, symbol) & mask;
    for (;;) {
      const found = table[slot]!;
      if (found === 0) return -1;
      if (parent[found] === node && this.symbol[found] === symbol) return found;
      slot = (slot + 1) & mask;
    }
  }

  /** The node one symbol further, made where there was none. */
  grow(node: number, symbol: number): number {
    const found = this.child(node, symbol);
    if (found >= 0) return found;
    if (this.size * 2 >= this.table.length) this.enlarge();
    const made = this.size++;
    this.parent[made] = node;
    this.symbol[made] = symbol;
    this.place(made);
    return made;
  }

  private place(node: number): void {
    const mask = this.table.length - 1;
    let slot = hash(this.parent[node]!, this.symbol[node]!) & mask;
    while (this.table[slot] !== 0) slot = (slot + 1) & mask;
    this.table[slot] = node;
  }

  private enlarge(): void {
    const nodes = this.table.length;
    const parent = new Int32Array(nodes);
    const symbol = new Int32Array(nodes);
    parent.set(this.parent.subarray(0, this.size));
    symbol.set(this.symbol.subarray(0, this.size));
    this.parent = parent;
    this.symbol = symbol;
    this.table = new Int32Array(nodes * 2);
    for (let node = 1; node < this.size; node++) this.place(node);
  }
}

function hash(node: number, symbol: number): number {
  let h = Math.imul(node, 0x9e3779b1) ^ Math.imul(symbol + 0x7f4a7c15, 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
