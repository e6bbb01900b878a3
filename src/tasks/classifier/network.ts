// The network: weighted mean of feature rows, beside it the sum of a base's word-pieces where there is one → [dropout →]
// (linear → ReLU →) linear → softmax or sigmoid. One function records training, evaluation and prediction; sizes "rows" and
// those of encoded.ts come with each plan.
import type { Tensor } from '@tensorflow/tfjs-core';
import { add } from '../../../workers/kernels/arithmetic';
import { concat } from '../../../workers/kernels/concat';
import { dropout } from '../../../workers/kernels/dropout';
import { linear } from '../../../workers/kernels/linear';
import { halfRounded } from '../../../workers/ml/half-rounded';
import { heNormal, zeros, type Initialiser } from '../../../workers/ml/initialisers';
import { Parameters } from '../../../workers/ml/parameters';
import type { StepContext } from '../../../workers/ml/step-context';
import { denseShapes, piecesName, tableName, type Shape } from './shape';

/**
 * Table N(0, 0.1), dense weights N(0, 1/in) (He for the layer before ReLU), biases 0. A step updates only the rows of the
 * table that its texts touch. The rows of `pieces` word-pieces begin as the base has them (Pieces.initial).
 */
export function declareParameters(shape: Shape, vocabulary: number, pieces = 0): Parameters {
  const parameters = new Parameters();
  const normal = (deviation: number): Initialiser => ({ kind: 'normal', deviation });
  parameters.declare(tableName, [vocabulary, shape.vectorSize], {
    initialiser: normal(0.1),
    group: 'rows',
  });
  if (shape.baseSize) parameters.declare(piecesName, [pieces, shape.baseSize], { initialiser: zeros, group: 'rows' });
  for (const [name, size] of denseShapes(shape)) {
    const inputs = size[0]!;
    const isBias = size.length === 1;
    const weights = name === 'hidden.weight' ? heNormal(inputs) : normal(Math.sqrt(1 / inputs));
    parameters.declare(name, size, { initialiser: isBias ? zeros : weights, group: isBias ? 'plain' : 'decay' });
  }
  return parameters;
}

export interface ForwardOptions {
  dropout: number;
  /** Weights and activations pass through 16 bits; the weights that are updated keep 32. */
  half: boolean;
}

/** Logits [rows, labels] of the bags in the step's inputs. */
export function logitsOf(c: StepContext, shape: Shape, { dropout: rate, half }: ForwardOptions): Tensor {
  const stored = (x: Tensor): Tensor => (half ? halfRounded(x) : x);
  const text = c.scope('embedding', () => stored(textVectors(c, shape)));
  const kept =
    c.training && rate > 0 ? c.scope('dropout', () => dropout(text, c.randomKey, { rate, stream: 0 })) : text;
  const layer = (name: string, x: Tensor, activation: 'none' | 'relu'): Tensor =>
    c.scope(name, () =>
      stored(linear(x, stored(c.weight(`${name}.weight`)), c.weight(`${name}.bias`), { activation })),
    );
  return layer('output', shape.hiddenSize === 0 ? kept : layer('hidden', kept, 'relu'), 'none');
}

function textVectors(c: StepContext, { baseSize }: Shape): Tensor {
  const rows = c.size('rows');
  const features = c.bag(tableName, 'bags', rows, c.size('entries'));
  if (!baseSize) return features;
  const learned = c.bag(piecesName, 'pieces', rows, c.size('pieces'));
  const base = c.size('rest') === 0 ? learned : add(learned, c.input('pieces.rest', [rows, baseSize]));
  return concat([features, base], 1);
}

/** Answers are computed in 32 bits, whatever the training kept. */
export const answering: ForwardOptions = { dropout: 0, half: false };
