// Neural matrix factorisation (He et al. 2017): generalised matrix factorisation and a multi-layer perceptron, each with
// embeddings of its own, and one logit from both. GMF alone and MLP alone are the same with one half left out.
import type { Tensor } from '@tensorflow/tfjs-core';
import { multiply } from '../../kernels/arithmetic';
import { concat } from '../../kernels/concat';
import { reshape } from '../../tape/reshape';
import type { Initialiser } from '../initialisers';
import type { Parameters } from '../parameters';
import type { StepContext } from '../step-context';
import { linear } from './linear';
import { mlp } from './mlp';

export interface NeumfOptions {
  users: number;
  items: number;
  /** Size of each embedding. */
  dimension: number;
  /** Widths of the perceptron after its input of 2 · dimension. */
  layers: readonly number[];
  model?: 'neumf' | 'gmf' | 'mlp';
}

/** The authors' start of embeddings. */
const small: Initialiser = { kind: 'normal', deviation: 0.01 };

/** Inputs "users" and "items", int32 [pairs] → logits [pairs]. */
export type PairScore = (context: StepContext, pairs: number) => Tensor;

export function neumf(parameters: Parameters, name: string, options: NeumfOptions): PairScore {
  const { users, items, dimension, layers, model = 'neumf' } = options;
  const table = (of: string, rows: number): string => {
    const full = `${name}.${of}`;
    parameters.declare(full, [rows, dimension], { initialiser: small, group: 'rows' });
    return full;
  };
  const pair = (half: string) => ({ user: table(`${half}.user`, users), item: table(`${half}.item`, items) });
  const gmf = model === 'mlp' ? null : pair('gmf');
  const deep = model === 'gmf' ? null : pair('mlp');
  const perceptron = deep ? mlp(parameters, `${name}.mlp`, { widths: [2 * dimension, ...layers], last: 'relu' }) : null;
  const width = (gmf ? dimension : 0) + (perceptron ? (layers.at(-1) ?? 2 * dimension) : 0);
  const score = linear(parameters, `${name}.score`, { inputs: width, outputs: 1 });

  return (context, pairs) => {
    const rows = ({ user, item }: { user: string; item: string }): [Tensor, Tensor] => [
      context.gather(user, 'users', [pairs]),
      context.gather(item, 'items', [pairs]),
    ];
    const halves: Tensor[] = [];
    if (gmf) halves.push(context.scope(`${name}.gmf`, () => multiply(...rows(gmf))));
    if (deep && perceptron) halves.push(perceptron(context, concat(rows(deep), 1)));
    const joined = halves.length > 1 ? concat(halves, 1) : halves[0]!;
    return reshape(score(context, joined), [pairs]);
  };
}
