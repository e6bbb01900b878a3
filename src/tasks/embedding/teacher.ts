// A teacher's view of the training texts: its vectors, computed once before the first step, and the cosines of any of them.
import type { Device } from '../../../workers/backends/device';
import { embedTexts } from '../../../workers/ml/encoder/embed';
import { isStatic } from '../../../workers/ml/encoder/static-encoder';
import type { TextEncoder } from '../../../workers/ml/encoder/text-encoder';
import { dotOf } from '../../lib/metrics/embedding';

export interface Teacher {
  /** Cosines of each text with each: [texts · texts]. */
  cosines(texts: Int32Array): Float32Array;
  bytes: number;
}

export async function askTeacher(
  device: Device,
  encoder: TextEncoder,
  texts: readonly string[],
  onProgress: (done: number) => void | Promise<void>,
): Promise<Teacher> {
  const { dimensions } = encoder;
  const all = isStatic(encoder)
    ? encoder.embed(texts)
    : await embedTexts(device, encoder, texts, { normalise: true, onProgress });
  const vectors = new Float32Array(texts.length * dimensions);
  all.forEach((vector, i) => vectors.set(vector, i * dimensions));
  return {
    bytes: vectors.byteLength,
    cosines(some) {
      const n = some.length;
      const found = new Float32Array(n * n);
      some.forEach((a, i) => some.forEach((b, j) => (found[i * n + j] = dotOf(vectors, a, vectors, b, dimensions))));
      return found;
    },
  };
}
