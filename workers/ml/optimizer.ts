// Optimizers by name: which kernels update, what they remember, and the numbers they are given each step. The updates
// themselves are kernels (workers/kernels/optimizers.ts); the order of a step is step.ts.
import type { Attrs, Kernel } from '../kernels/kernel';
import { hyperAt } from '../kernels/optimizer-layout';
import { denseUpdates, sparseUpdates } from '../kernels/optimizers';

export interface OptimizerSettings {
  name: 'sgd' | 'adam' | 'adamw' | 'adagrad' | 'rmsprop' | 'lion';
  /** Decoupled for AdamW and Lion, added to the gradient for the others. Only parameters of the group "decay". */
  weightDecay?: number;
  /** Adam, AdamW (0.9, 0.999), Lion (0.9, 0.99). */
  betas?: readonly [number, number];
  epsilon?: number;
  /** SGD, RMSprop. */
  momentum?: number;
  dampening?: number;
  nesterov?: boolean;
  /** RMSprop's smoothing. */
  alpha?: number;
  centered?: boolean;
  amsgrad?: boolean;
  /** Adagrad. */
  rateDecay?: number;
  initialAccumulator?: number;
}

/** Something an optimizer remembers of each number, as large as the parameters. */
export interface OptimizerState {
  name: string;
  initial: number;
}

export interface Optimizer {
  dense: Kernel;
  /** For the rows of a table that a step touched. */
  sparse: Kernel;
  attrs: Attrs;
  states: readonly OptimizerState[];
  /** Writes its settings into `hyper` (optimizer-layout.ts); the rate is left to the caller. */
  fill(hyper: Float32Array | Float64Array): void;
}

/** Settings as torch has them by default. Throws where momentum or the like is out of range. */
export function chooseOptimizer(settings: OptimizerSettings): Optimizer {
  const { weightDecay = settings.name === 'adamw' ? 0.01 : 0 } = settings;
  const { rule, attrs, numbers, initial = 0 } = variantOf(settings);
  const [dense, sparse] = [denseUpdates[rule], sparseUpdates[rule]];
  if (!dense || !sparse) throw new Error(`There is no kernel for the optimizer "${settings.name}".`);
  for (const [name, value] of Object.entries({ weightDecay, ...numbers }))
    if (!(value >= 0)) throw new RangeError(`The optimizer's ${name} is ${value}; it must be 0 or above.`);
  const { first = 0, second = 0, epsilon = 0, rateDecay = 0, keptSecond = 1 - second } = numbers;
  return {
    dense,
    sparse,
    attrs,
    states: dense.inputs.slice(4).map((name) => ({ name, initial })),
    fill(hyper) {
      hyper[hyperAt.weightDecay] = weightDecay;
      hyper[hyperAt.epsilon] = epsilon;
      hyper[hyperAt.first] = first;
      hyper[hyperAt.oneMinusFirst] = 1 - first;
      hyper[hyperAt.second] = second;
      hyper[hyperAt.oneMinusSecond] = keptSecond;
      hyper[hyperAt.firstLog] = first > 0 ? -Math.log(first) : 0;
      hyper[hyperAt.secondLog] = second > 0 ? -Math.log(second) : 0;
      hyper[hyperAt.rateDecay] = rateDecay;
    },
  };
}

interface Variant {
  rule: string;
  attrs: Attrs;
  numbers: { first?: number; second?: number; keptSecond?: number; epsilon?: number; rateDecay?: number };
  initial?: number;
}

function variantOf(settings: OptimizerSettings): Variant {
  const { name, betas, epsilon, momentum = 0 } = settings;
  switch (name) {
    case 'sgd': {
      const { dampening = 0, nesterov = false } = settings;
      if (momentum === 0) return { rule: 'Sgd', attrs: {}, numbers: {} };
      return { rule: 'SgdMomentum', attrs: { nesterov }, numbers: { first: momentum, keptSecond: 1 - dampening } };
    }
    case 'adam':
    case 'adamw': {
      const [first, second] = betas ?? [0.9, 0.999];
      const rule = settings.amsgrad ? 'AdamAmsgrad' : 'Adam';
      return { rule, attrs: { decoupled: name === 'adamw' }, numbers: { first, second, epsilon: epsilon ?? 1e-8 } };
    }
    case 'adagrad': {
      const { rateDecay = 0, initialAccumulator = 0 } = settings;
      return {
        rule: 'Adagrad',
        attrs: {},
        numbers: { epsilon: epsilon ?? 1e-10, rateDecay },
        initial: initialAccumulator,
      };
    }
    case 'rmsprop': {
      const { alpha = 0.99, centered = false } = settings;
      const numbers = { first: alpha, second: momentum, epsilon: epsilon ?? 1e-8 };
      if (momentum === 0 && !centered) return { rule: 'RmsProp', attrs: {}, numbers };
      return { rule: 'RmsPropMomentum', attrs: { centered }, numbers };
    }
    case 'lion': {
      const [first, second] = betas ?? [0.9, 0.99];
      return { rule: 'Lion', attrs: {}, numbers: { first, second } };
    }
    default:
      return name satisfies never;
  }
}
