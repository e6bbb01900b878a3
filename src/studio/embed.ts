// Vectors of texts for scripts and screens: by a base, the starter or a model. They come from the worker in one piece of
// memory for thousands of texts and are cut into views here, since a message for each would take longer than the work.
import { starterId } from '../contract/bases';
import type { StudioApi } from '../contract/studio';
import { getBase } from '../storage/bases';
import { getSettings } from '../storage/settings';
import type { StudioContext } from './context';
import { checkedInputs } from './model-input';

const textsAtOnce = 20_000;

/** `isThere` rejects for a model that is not. */
export function createEmbed(
  { trainer, onnx }: StudioContext,
  isThere: (modelId: string) => Promise<void>,
): StudioApi['models']['embed'] {
  return async (id, texts) => {
    const given = checkedInputs(texts);
    const { backend } = await getSettings();
    if (String(id).startsWith('base-')) {
      const { kind } = await getBase(id);
      if (kind === 'onnx') {
        const engine = await trainer.device(backend).catch(() => null);
        return onnx.embed(id, given, engine?.backend === 'webgpu' ? 'webgpu' : 'wasm');
      }
    } else if (id !== starterId) await isThere(id);
    const vectors: Float32Array[] = [];
    for (let at = 0; at < given.length; at += textsAtOnce) {
      const some = given.slice(at, at + textsAtOnce);
      const { values, dimensions } = await trainer.embed(id, some, backend);
      for (let i = 0; i < some.length; i++) vectors.push(values.subarray(i * dimensions, (i + 1) * dimensions));
    }
    return vectors;
  };
}
