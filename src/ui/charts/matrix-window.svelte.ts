// Which part of a square matrix is seen: how far zoomed and moved. Sizes are CSS pixels; offsets are never positive.

export class MatrixWindow {
  zoom = $state(1);
  offset = $state.raw<readonly [number, number]>([0, 0]);
  /** Pixels of a cell when all cells are seen, and how many there are a side. Set by the chart. */
  fit = $state(1);
  cells = $state(1);

  get cell(): number {
    return this.fit * this.zoom;
  }
  /** Pixels a side of what is seen. */
  get #room(): number {
    return this.fit * this.cells;
  }
  get largest(): boolean {
    return this.cell >= largestCell;
  }

  /** Moves so that `next` is the offset, as far as the matrix reaches. */
  move(next: readonly [number, number], cell = this.cell): void {
    const low = Math.min(0, this.#room - cell * this.cells);
    this.offset = [Math.min(0, Math.max(low, next[0])), Math.min(0, Math.max(low, next[1]))];
  }
  /** Zooms round a point of the plot, so that what lies there stays. */
  scale(factor: number, x = this.#room / 2, y = this.#room / 2): void {
    const next = Math.min(Math.max(1, largestCell / this.fit), Math.max(1, this.zoom * factor));
    const ratio = next / this.zoom;
    const [left, top] = this.offset;
    this.move([x - (x - left) * ratio, y - (y - top) * ratio], this.fit * next);
    this.zoom = next;
  }
  /** Zooms round a cell, given as [row, column]; afterwards all of it is seen. */
  scaleAt(factor: number, [row, column]: readonly [number, number]): void {
    this.scale(factor, this.offset[0] + (column + 0.5) * this.cell, this.offset[1] + (row + 0.5) * this.cell);
    this.reveal([row, column]);
  }
  /** Moves just as far as needed to see a cell. */
  reveal([row, column]: readonly [number, number]): void {
    const seen = (at: number, offset: number): number => {
      if (at * this.cell + offset < 0) return -at * this.cell;
      const over = (at + 1) * this.cell + offset - this.#room;
      return over > 0 ? offset - over : offset;
    };
    this.move([seen(column, this.offset[0]), seen(row, this.offset[1])]);
  }
}

const largestCell = 40;
