// LoRA (Hu et al. 2021) around any linear layer: the layer is frozen and a product of two thin matrices is learned beside
// it, y = W x + (alpha / rank) · B A x. Names as in PEFT: `<layer>.lora_A.weight` [rank, in], `<layer>.lora_B.weight` [out, rank].
import type { TensorMap } from '../../src/contract/records';
import { add } from '../kernels/arithmetic';
import { linear as product } from '../kernels/linear';
import { scale } from '../kernels/scale';
import { linearUniform, zeros } from './initialisers';
import type { Layer } from './layers/layer';
import type { LinearLayer } from './layers/linear';
import type { Parameters } from './parameters';

export interface LoraOptions {
  rank: number;
  /** The learned part counts alpha / rank. */
  alpha: number;
  /** Share of the inputs of A that is dropped while training. */
  dropout?: number;
}

const namesOf = (layer: string) => ({ a: `${layer}.lora_A.weight`, b: `${layer}.lora_B.weight` });

/** The wrapped layer begins as the layer itself, for B begins with zeros. */
export function lora(parameters: Parameters, layer: LinearLayer, options: LoraOptions): LinearLayer {
  const { rank, alpha, dropout = 0 } = options;
  const { parameter, inputs, outputs } = layer;
  if (!(rank >= 1 && rank <= Math.min(inputs, outputs)))
    throw new RangeError(`The rank of ${parameter} must lie within 1 and ${Math.min(inputs, outputs)}.`);
  parameters.freeze((name) => name === `${parameter}.weight` || name === `${parameter}.bias`);
  const { a, b } = namesOf(parameter);
  parameters.declare(a, [rank, inputs], { initialiser: linearUniform(inputs) });
  parameters.declare(b, [outputs, rank], { initialiser: zeros });
  const wrapped: Layer = (context, x) =>
    context.scope(`${parameter}.lora`, () => {
      const kept = context.dropout(`${parameter}.lora`, x, dropout);
      const thin = product(kept, context.weight(a), undefined, { weightLayout: 'out-in' });
      const learned = product(thin, context.weight(b), undefined, { weightLayout: 'out-in' });
      return add(layer(context, x), scale(learned, alpha / rank));
    });
  return Object.assign(wrapped, { parameter, inputs, outputs });
}

/** Weights with every LoRA pair added to its layer and left out: W + (alpha / rank) · B A. Sums in 64 bits. */
export function mergeLora(tensors: TensorMap, alpha: number): TensorMap {
  const merged: TensorMap = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    if (/\.lora_[AB]\.weight$/.test(name)) continue;
    const pair = name.endsWith('.weight') ? namesOf(name.slice(0, -'.weight'.length)) : null;
    const [a, b] = pair ? [tensors[pair.a], tensors[pair.b]] : [undefined, undefined];
    if (!a || !b) {
      merged[name] = tensor;
      continue;
    }
    const [rank, inputs] = a.shape as [number, number];
    const data = Float32Array.from(tensor.data, (value, i) => {
      const [row, column] = [Math.floor(i / inputs), i % inputs];
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += b.data[row * rank + r]! * a.data[r * inputs + column]!;
      return value + (alpha / rank) * sum;
    });
    merged[name] = { shape: tensor.shape, dtype: 'float32', data };
  }
  return merged;
}
