// A screen that takes drops itself, in place of the import: the bases take folders of models. One at a time.

export interface DropTaker {
  /** Said while something hangs over the page. */
  words: string;
  take: (files: File[]) => void;
}

let taker: DropTaker | null = null;

/** From now on drops go to this screen. Returns the way to stop. */
export function takeDrops(mine: DropTaker): () => void {
  taker = mine;
  return () => {
    if (taker === mine) taker = null;
  };
}

export const dropTaker = (): DropTaker | null => taker;
