// A linear layer by PyTorch's names and layout: `<name>.weight` [outputs, inputs], `<name>.bias` [outputs].
import { linear as product } from '../../kernels/linear';
import { linearUniform, type Initialiser } from '../initialisers';
import type { ParameterGroup, Parameters } from '../parameters';
import { activations, type Activation, type Layer } from './layer';

export interface LinearOptions {
  inputs: number;
  outputs: number;
  bias?: boolean;
  activation?: Activation;
  initialiser?: Initialiser;
  /** Group of the weights; the bias is "plain" unless they are frozen. */
  group?: ParameterGroup;
}

/** A layer that LoRA can wrap. */
export interface LinearLayer extends Layer {
  readonly parameter: string;
  readonly inputs: number;
  readonly outputs: number;
}

/** x [..., inputs] → [..., outputs] */
export function linear(
  parameters: Parameters,
  name: string,
  { inputs, outputs, bias = true, activation = 'none', initialiser, group = 'decay' }: LinearOptions,
): LinearLayer {
  const begin = linearUniform(inputs);
  parameters.declare(`${name}.weight`, [outputs, inputs], { initialiser: initialiser ?? begin, group });
  if (bias)
    parameters.declare(`${name}.bias`, [outputs], {
      initialiser: initialiser ? { kind: 'constant', value: 0 } : begin,
      group: group === 'frozen' ? 'frozen' : 'plain',
    });
  // ReLU is part of the product; the others are kernels of their own.
  const fused = activation === 'relu' ? 'relu' : 'none';
  const rest = activations[fused === 'relu' ? 'none' : activation];
  const layer: Layer = (context, x) =>
    context.scope(name, () => {
      const w = context.weight(`${name}.weight`);
      const b = bias ? context.weight(`${name}.bias`) : undefined;
      return rest(product(x, w, b, { weightLayout: 'out-in', activation: fused }));
    });
  return Object.assign(layer, { parameter: name, inputs, outputs });
}
