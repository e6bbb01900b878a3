// What to keep in mind when reading a map, in words.
import type { EmbeddingMap } from '../../../contract/map';
import { counted, formatCount } from '../../../ui/format';

export function noteOf({ rows, places, laidOut, method }: EmbeddingMap): string {
  const drawn = places.length < rows ? `${formatCount(places.length)} of ${counted(rows, 'row')}, drawn evenly. ` : '';
  if (method === 'pca') return `${drawn}First picture: the two directions in which the vectors differ most.`;
  const placed = laidOut < places.length ? `, ${formatCount(laidOut)} laid out and the others placed among them` : '';
  return `${drawn}Near means alike in the vectors (UMAP${placed}). Distances between far groups say little, and the axes mean nothing.`;
}
