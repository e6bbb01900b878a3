// Linear layers one after another with an activation between them, none after the last.
import type { Parameters } from '../parameters';
import type { Activation, Layer } from './layer';
import { linear } from './linear';

export interface MlpOptions {
  /** Sizes from input to output, such as [1000, 256, 128, 10]. */
  widths: readonly number[];
  activation?: Activation;
  /** After the last layer. */
  last?: Activation;
}

/** x [..., widths[0]] → [..., widths.at(-1)]. Layers are called `<name>.0`, `<name>.1` … */
export function mlp(
  parameters: Parameters,
  name: string,
  { widths, activation = 'relu', last = 'none' }: MlpOptions,
): Layer {
  const layers = widths.slice(1).map((outputs, i) =>
    linear(parameters, `${name}.${i}`, {
      inputs: widths[i]!,
      outputs,
      activation: i === widths.length - 2 ? last : activation,
    }),
  );
  return (context, x) => layers.reduce((hidden, layer) => layer(context, hidden), x);
}
