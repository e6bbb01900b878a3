// Parameters with rates of their own, as factors of the step's: frozen-like lower layers, a faster head, layer-wise decay
// (Howard and Ruder 2018). One array for a whole slab, so that the update stays one launch.
import { wordsPerRate } from '../kernels/optimizer-layout';
import type { ParameterLayout } from './parameters';

/** Factor of the rate by a parameter's name. */
export type RateFactor = (name: string) => number;

/** The factor. RangeError where it is not finite or below 0. */
export function factorOf(rateFactor: RateFactor, name: string): number {
  const factor = rateFactor(name);
  if (!(factor >= 0 && Number.isFinite(factor)))
    throw new RangeError(`The rate of "${name}" is multiplied by ${factor}; it must be 0 or above.`);
  return factor;
}

/** One factor for each 64 words of the slab "weights". */
export function rateFactors({ dense, words }: ParameterLayout, rateFactor: RateFactor): Float32Array {
  const rates = new Float32Array(words / wordsPerRate).fill(1);
  for (const { name, offset, words: own } of dense)
    rates.fill(factorOf(rateFactor, name), offset / wordsPerRate, Math.ceil((offset + own) / wordsPerRate));
  return rates;
}

/**
 * Layer-wise decay: `groups` from the input to the output, each by what its parameters' names match; the last has the whole
 * rate, and each before it `decay` times that of the next. Names that match none have the whole rate.
 */
export function layerWiseDecay(groups: readonly RegExp[], decay: number): RateFactor {
  if (!(decay > 0 && decay <= 1)) throw new RangeError(`Layer-wise decay is ${decay}; it must lie within 0 and 1.`);
  return (name) => {
    const group = groups.findIndex((pattern) => pattern.test(name));
    return group === -1 ? 1 : decay ** (groups.length - 1 - group);
  };
}
