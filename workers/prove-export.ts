// How far a model that was taken away and opened again is from the model: vectors, or probabilities of labels.
import { makeConsistent } from '../src/lib/taxonomy';
import type { Predictor } from '../src/tasks/task';

/** The largest difference of any number; null where the two cannot be asked alike. */
export async function differenceOf(model: Predictor, taken: Predictor, texts: string[]): Promise<number | null> {
  if (taken.score && model.score) {
    const { values, parents } = await model.score(texts);
    const { values: found } = await taken.score(texts);
    // A tree of labels stands above the network, and lies in no folder.
    if (parents) makeConsistent(found, parents);
    return largest(values, found);
  }
  if (!taken.embed || !model.embed) return null;
  const [vectors, found] = [await model.embed(texts), await taken.embed(texts)];
  return vectors.reduce((most, vector, i) => Math.max(most, largest(vector, found[i] ?? [])), 0);
}

function largest(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours.length !== theirs.length) return Infinity;
  let most = 0;
  for (let i = 0; i < ours.length; i++) {
    const apart = Math.abs((ours[i] ?? NaN) - (theirs[i] ?? NaN));
    most = Number.isFinite(apart) ? Math.max(most, apart) : Infinity;
  }
  return most;
}
