// A tuned encoder that answers with vectors of unit length; and the base it began with, to be judged on the same rows.
import type { Device } from '../../../workers/backends/device';
import { openEncoder, type OpenEncoder } from '../../../workers/ml/encoder/embed';
import { isStatic } from '../../../workers/ml/encoder/static-encoder';
import type { TextEncoder } from '../../../workers/ml/encoder/text-encoder';
import type { Predictor } from '../task';
import type { Vectors } from './evaluation';
import { openBase, type ReadModel } from './model';

export interface EmbeddingPredictor extends Predictor {
  embed(texts: string[]): Promise<Float32Array[]>;
  vectors: Vectors;
  /** The base as it was, or null where it is not here any more. */
  before(): Promise<{ vectors: Vectors } | null>;
  /** Matryoshka dimensions it was trained for. */
  shorter: readonly number[];
}

interface Asked {
  embed(texts: readonly string[]): Promise<Float32Array[]>;
  vectors: Vectors;
  dispose(): void;
}

function ask(device: Device, encoder: TextEncoder, maxLength: number): Asked {
  let open: OpenEncoder | null = null;
  const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
    if (isStatic(encoder)) return encoder.embed(texts, { maxLength });
    open ??= openEncoder(device, encoder, { normalise: true });
    return open.embed(texts, { maxLength });
  };
  return {
    embed,
    async vectors(texts) {
      const { dimensions } = encoder;
      const values = new Float32Array(texts.length * dimensions);
      (await embed(texts)).forEach((vector, i) => values.set(vector, i * dimensions));
      return { values, dimensions };
    },
    dispose: () => open?.dispose(),
  };
}

export function makePredictor(device: Device, { encoder, base, maxLength, shorter }: ReadModel): EmbeddingPredictor {
  const own = ask(device, encoder, maxLength);
  let first: Asked | null = null;
  return {
    labels: [],
    multiLabel: false,
    shorter,
    embed: own.embed,
    vectors: own.vectors,
    async before() {
      if (first) return first;
      const opened = await openBase(base.id).catch(() => null);
      if (opened?.base.hash !== base.hash) return null;
      first = ask(device, opened.encoder, maxLength);
      return first;
    },
    dispose() {
      own.dispose();
      first?.dispose();
    },
  };
}
