// A plan that calls one kernel on arrays of one size, over and over: what is timed to compare devices and variants.
import type { Attrs, Kernel, Spec } from '../kernels/kernel';
import type { Plan } from '../tape/plan';

/** A kernel on arrays of one size, called `repeats` times over. Reads inputs `x0`, `x1` …; all zero unless written. */
export function repeatedCall<A extends Attrs>(
  kernel: Kernel<A>,
  inputs: readonly Spec[],
  attrs: A,
  repeats: number,
): Plan {
  const outputs = kernel.infer(inputs, attrs);
  const arrays: Plan['arrays'] = [
    ...inputs.map((spec, id) => ({ ...spec, id, kind: 'input' as const, name: `x${id}` })),
    ...outputs.map((spec, index) => ({ ...spec, id: inputs.length + index, kind: 'temporary' as const })),
  ];
  const call = {
    kernel: kernel.name,
    attrs,
    inputs: inputs.map((_, id) => id),
    outputs: outputs.map((_, index) => inputs.length + index),
    scope: 'tuning',
  };
  return { arrays, calls: Array.from({ length: repeats }, () => call), outputs: {}, slabs: [] };
}
