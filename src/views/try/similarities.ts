// Texts that are compared with each other, and the cosines of their vectors. Pure.

/** More would not fit a table that can be read. */
const most = 12;

export const linesToCompare = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, most);

/** Cosine of each two vectors; 0 where one has no length. */
export function cosines(vectors: readonly Float32Array[]): number[][] {
  const lengths = vectors.map((vector) => Math.hypot(...vector));
  return vectors.map((a, i) =>
    vectors.map((b, j) => {
      const length = lengths[i]! * lengths[j]!;
      return length > 0 ? a.reduce((sum, value, d) => sum + value * b[d]!, 0) / length : 0;
    }),
  );
}
