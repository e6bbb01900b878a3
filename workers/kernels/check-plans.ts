// Small plans that call one kernel alone: its forward, and its gradient from given upstream gradients. What the truth
// test and the suite replay on a device and on the reference.
import type { Tensor } from '@tensorflow/tfjs-core';
import { Rng } from '../../src/lib/rng';
import { call } from '../tape/call';
import type { Plan, PlanArray } from '../tape/plan';
import { record } from '../tape/record';
import { sizeOf, type Fill, type Kernel, type KernelCase, type Spec } from './kernel';

/** Inputs by name with what they hold; equal for every device. */
export type CaseInputs = { name: string; spec: Spec; values: Float32Array | Int32Array }[];

export const inputName = (index: number): string => `in${index}`;
export const upstreamName = (index: number): string => `upstream${index}`;
export const outputName = (index: number): string => `out${index}`;
export const gradientName = (index: number): string => `gradient${index}`;

/** What the inputs of a case hold, drawn from the case's number; rounded to 32 bits. */
export function caseInputs({ inputs }: KernelCase, seed: number): CaseInputs {
  const rng = new Rng(seed, 0x7e57);
  return inputs.map((spec, index) => ({ name: inputName(index), spec, values: filled(spec, spec.fill, rng) }));
}

/** Upstream gradients for the float outputs of a case; whole-number outputs and statistics have none. */
export function upstreamInputs(
  { statistics }: Kernel,
  outputs: readonly Spec[],
  seed: number,
): (CaseInputs[number] & { output: number })[] {
  const rng = new Rng(seed, 0x09ad);
  return outputs.flatMap((spec, output) =>
    spec.dtype === 'int32' || statistics?.includes(output)
      ? []
      : [{ name: upstreamName(output), spec, values: filled(spec, 'normal', rng), output }],
  );
}

function filled(spec: Spec, fill: Fill = 'normal', rng: Rng): Float32Array | Int32Array {
  const values = spec.dtype === 'int32' ? new Int32Array(sizeOf(spec)) : new Float32Array(sizeOf(spec));
  for (let i = 0; i < values.length; i++) values[i] = drawn(spec, fill, rng, i);
  return values;
}

function drawn({ dtype }: Spec, fill: Fill, rng: Rng, index: number): number {
  if (typeof fill === 'object') return 'ids' in fill ? rng.integer(fill.ids) : fill.values[index % fill.values.length]!;
  switch (fill) {
    case 'normal':
      return dtype === 'int32' ? rng.integer(100) : rng.normal();
    case 'positive':
      return dtype === 'int32' ? 1 + rng.integer(100) : 0.1 + Math.abs(rng.normal());
    case 'zeros':
      return 0;
    case 'mask':
      return rng.integer(2);
    default:
      return fill satisfies never;
  }
}

/** Words before and after an array in its slab that no kernel may touch. */
export const guardWords = 64;
/** What they hold. */
export const guardValue = 1234;

/** Arrays in slabs of their own, with guards around them. */
export interface ForwardPlan {
  plan: Plan;
  /** What the call writes: its outputs, then the inputs it updates in place. */
  written: { name: string; spec: Spec; words: number }[];
}

/** One call. What it writes lies in slabs, where a neighbour would notice a word too many. */
export function forwardPlan(kernel: Kernel, { inputs, attrs }: KernelCase): ForwardPlan {
  const outputs = kernel.infer(inputs, attrs);
  const updated = new Set(kernel.mutates);
  const arrays: PlanArray[] = [
    ...inputs.map(({ shape, dtype }, id): PlanArray => {
      const array = { id, shape, dtype, name: inputName(id) };
      return updated.has(id) ? { ...array, kind: 'persistent', offset: guardWords } : { ...array, kind: 'input' };
    }),
    ...outputs.map((spec, i): PlanArray => {
      return { ...spec, id: inputs.length + i, kind: 'persistent', name: outputName(i), offset: guardWords };
    }),
  ];
  const written = arrays
    .filter(({ kind }) => kind === 'persistent')
    .map(({ name = '', shape, dtype }) => {
      const spec: Spec = { shape, dtype };
      return { name, spec, words: 2 * guardWords + sizeOf(spec) };
    });
  const call = { inputs: inputs.map((_, id) => id), outputs: outputs.map((_, i) => inputs.length + i) };
  return {
    plan: {
      arrays,
      calls: [{ kernel: kernel.name, attrs, scope: '', ...call }],
      outputs: Object.fromEntries(outputs.map((_, i) => [outputName(i), inputs.length + i])),
      slabs: written.map(({ name, spec, words }) => ({ name, words, dtype: spec.dtype })),
    },
    written,
  };
}

export interface GradientPlan {
  plan: Plan;
  /** Which inputs have a gradient; it is the output gradientName(index). */
  of: number[];
}

/** The kernel's own gradient calls from given upstream gradients, without any loss around it. */
export function gradientPlan(kernel: Kernel, { inputs, attrs }: KernelCase): GradientPlan | null {
  const { gradient } = kernel;
  if (!gradient) return null;
  const of: number[] = [];
  const plan = record((r) => {
    const given = inputs.map(({ shape, dtype }, i) => r.input(inputName(i), shape, dtype));
    const outputs = call(kernel, given, attrs);
    const upstream = outputs.map((output, i): Tensor => {
      const { shape } = output;
      if (output.dtype === 'int32') return r.constant(new Int32Array(output.size), shape);
      return kernel.statistics?.includes(i)
        ? r.constant(new Float32Array(output.size), shape)
        : r.input(upstreamName(i), shape);
    });
    gradient(upstream, { inputs: given, outputs, attrs }).forEach((thunk, i) => {
      if (!thunk) return;
      const tensor = thunk();
      if (tensor.shape.join() !== inputs[i]!.shape.join())
        throw new Error(`${kernel.name}: the gradient of input ${i} has shape [${tensor.shape.join()}].`);
      of.push(i);
      r.output(gradientName(i), tensor);
    });
  });
  return of.length > 0 ? { plan, of } : null;
}
