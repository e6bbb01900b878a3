// How a base is put in words: its kind, its size, where it is from.
import type { Base, BaseKind } from '../../contract/bases';
import { formatCount, none } from '../../ui/format';

export const kindWords: Readonly<Record<BaseKind, { title: string; help: string }>> = {
  static: { title: 'word vectors', help: 'A vector for each word-piece, averaged: very fast, and trained in seconds.' },
  transformer: { title: 'transformer', help: 'Reads words in their context: better, and slower.' },
  onnx: { title: 'ONNX', help: 'Gives vectors only. No run can start from it: it has no weights that can be trained.' },
};

/** 22_713_216 → "22.7 M"; a dash where it is not known. */
export function parameterWords(count: number): string {
  if (count <= 0) return none;
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)}\u00a0B`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)}\u00a0M`;
  return count >= 1e4 ? `${Math.round(count / 1e3)}\u00a0k` : formatCount(count);
}

export function sourceWords({ source }: Base): string {
  if (source.from === 'app') return 'comes with the app';
  if (source.from === 'folder') return 'from a folder';
  return `from ${new URL(source.host).host}`;
}

/** Cosine of two vectors: 1 where they point the same way. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let one = 0;
  let other = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    dot += x * y;
    one += x * x;
    other += y * y;
  }
  const lengths = Math.sqrt(one * other);
  return lengths > 0 ? dot / lengths : 0;
}
