// Optimizers by name: which kernels update, what they remember, and the numbers they are given each step. The updates
// themselves are kernels (workers/kernels/optimizers.ts); the order of a step is step.ts.
import { RecipeError } from '../../src/contract/errors';
import { adafactor, factorWords, tableColumns } from '../kernels/adafactor';
import type { Attrs, Kernel } from '../kernels/kernel';
import { hyperAt } from '../kernels/optimizer-layout';
import { denseUpdates, sparseUpdates, statesOf } from '../kernels/optimizers';
import { slabAlignment } from '../tape/recording';
import { wordsOf, type PlacedParameter } from './parameters';

export interface OptimizerSettings {
  name: 'sgd' | 'adam' | 'adamw' | 'adagrad' | 'rmsprop' | 'lion' | 'adafactor';
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
  /** Adafactor: transformers' or torch's; the other three belong to transformers'. */
  variant?: 'transformers' | 'torch';
  scaleParameter?: boolean;
  relativeStep?: boolean;
  /** Smoothing of the updates; 0 = none, as usual. */
  firstBeta?: number;
}

/** Something an optimizer remembers: one number for each of a parameter, or what `words` says. */
export interface OptimizerState {
  name: string;
  initial: number;
  words(shape: readonly number[]): number;
}

/** Where a state's numbers of each dense parameter lie in its slab: as the weights do, unless it is smaller. */
export function stateLayout(
  state: OptimizerState,
  dense: readonly PlacedParameter[],
): { places: ReadonlyMap<string, { offset: number; words: number }>; words: number } {
  const places = new Map<string, { offset: number; words: number }>();
  let offset = 0;
  for (const { name, shape } of dense) {
    const words = state.words(shape);
    places.set(name, { offset, words });
    offset += Math.ceil(words / slabAlignment) * slabAlignment;
  }
  return { places, words: offset };
}

export interface Optimizer {
  dense: Kernel;
  /** For the rows of a table that a step touched; null where it cannot do that. */
  sparse: Kernel | null;
  attrs: Attrs;
  states: readonly OptimizerState[];
  /** Where each parameter lies, where the kernel must know: an input before the states. */
  table: ((dense: readonly PlacedParameter[]) => Int32Array) | null;
  /** Writes its settings into `hyper` (optimizer-layout.ts); the rate is left to the caller. */
  fill(hyper: Float32Array | Float64Array): void;
}

/** Settings as torch has them by default. Throws where momentum or the like is out of range. */
export function chooseOptimizer(settings: OptimizerSettings): Optimizer {
  if (settings.name === 'adafactor') return chooseAdafactor(settings);
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
    states: (statesOf[rule] ?? []).map((name) => ({ name, initial, words: wordsOf })),
    table: null,
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
    case 'adafactor':
      throw new Error('Adafactor has settings of its own.');
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

/** Memory for rows and columns instead of two numbers a weight; see kernels/adafactor.ts. */
function chooseAdafactor(settings: OptimizerSettings): Optimizer {
  const { variant = 'transformers', weightDecay = 0, firstBeta = 0 } = settings;
  const { scaleParameter = true, relativeStep = false } = settings;
  if (firstBeta > 0 && variant === 'torch') throw new RecipeError("torch's Adafactor does not smooth its updates.");
  const factors: OptimizerState = { name: 'factors', initial: 0, words: factorWords };
  return {
    dense: adafactor,
    sparse: null,
    attrs: { variant, scaleParameter, relativeStep },
    states: [factors, { name: 'momentum', initial: 0, words: wordsOf }],
    table(dense) {
      const { places } = stateLayout(factors, dense);
      const table = new Int32Array(dense.length * tableColumns);
      dense.forEach(({ name, shape, offset, words }, k) => {
        const [rows, columns] = shape.length === 2 ? [shape[0]!, shape[1]!] : [0, words];
        table.set([offset, rows, columns, places.get(name)!.offset], k * tableColumns);
      });
      return table;
    },
    fill(hyper) {
      hyper[hyperAt.weightDecay] = weightDecay;
      hyper[hyperAt.first] = firstBeta;
      hyper[hyperAt.oneMinusFirst] = 1 - firstBeta;
    },
  };
}
