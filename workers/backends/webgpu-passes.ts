// The dispatches of a plan: kernels asked for their shaders, and every argument turned into an array of the plan or a
// scratch array of the call. Sizes only; buffers come in webgpu-plan.ts.
import { LimitError, UnsupportedError } from '../../src/contract/errors';
import { sizeOf, type CallShape, type GpuFacts, type Kernel, type Place, type Spec } from '../kernels/kernel';
import type { Plan } from '../tape/plan';
import type { HostArgument, HostCall } from './webgpu-host-call';

/** An array of the plan by id, or a scratch array by its number in `scratch`. */
export type GpuArgument = { array: number } | { scratch: number };

export interface PlannedPass {
  wgsl: string;
  arguments: readonly GpuArgument[];
  workgroups: readonly [number, number, number];
}

export interface PlannedCall {
  kernel: string;
  passes: readonly PlannedPass[];
  /** Where the call is computed by plain loops; then it has no passes. */
  host: HostCall<GpuArgument> | null;
  /** Bytes of inputs and outputs. */
  bytes: number;
}

export interface PlannedScratch {
  words: number;
  call: number;
}

/**
 * Kernels without a shader are computed by plain loops, those in `safe` without measured variants and extra features. Throws LimitError where a dispatch, UnsupportedError where its
 * number of arrays is too large for the adapter.
 */
export function planPasses(
  plan: Plan,
  kernels: ReadonlyMap<string, Kernel>,
  gpu: GpuFacts,
  maxBindings: number,
  safe: ReadonlySet<string> = new Set(),
): { calls: PlannedCall[]; scratch: PlannedScratch[] } {
  const scratch: PlannedScratch[] = [];
  const calls = plan.calls.map((call, index): PlannedCall => {
    const kernel = kernels.get(call.kernel);
    if (!kernel) throw new RangeError(`There is no kernel "${call.kernel}" in this build.`);
    const spec = (id: number): Plan['arrays'][number] => arrayOf(plan, id);
    const shape: CallShape = { inputs: call.inputs.map(spec), outputs: call.outputs.map(spec), attrs: call.attrs };
    const bytes = [...shape.inputs, ...shape.outputs].reduce((sum, each) => sum + sizeOf(each) * 4, 0);
    if (!kernel.webgpu) return { kernel: call.kernel, passes: [], host: hostCall(kernel, shape, call), bytes };
    const firstScratch = scratch.length;
    for (const words of kernel.scratch?.(shape, 1) ?? []) scratch.push({ words, call: index });
    const argument = (place: Place): GpuArgument => {
      if ('scratch' in place) return { scratch: firstScratch + place.scratch };
      const id = 'input' in place ? call.inputs[place.input] : call.outputs[place.output];
      if (id === undefined) throw new RangeError(`${call.kernel} binds an argument that it does not have.`);
      return { array: id };
    };
    const facts = safe.has(kernel.name) ? { ...gpu, f16: false, subgroups: false, variant: () => null } : gpu;
    const passes = kernel.webgpu(shape, facts).map((pass): PlannedPass => {
      if (pass.workgroups.some((count) => count > gpu.maxWorkgroupsPerDimension))
        throw new LimitError(
          `${call.kernel} (in ${call.scope || 'this step'}) is too large for one dispatch on this graphics adapter. Lower the batch size or the maximum length, or choose wasm in Settings.`,
        );
      if (pass.bindings.length > maxBindings)
        throw new UnsupportedError(
          `${call.kernel} reads more arrays at once than this graphics adapter can bind. Choose wasm in Settings.`,
        );
      return { wgsl: pass.wgsl, arguments: pass.bindings.map(argument), workgroups: pass.workgroups };
    });
    return { kernel: call.kernel, passes, host: null, bytes };
  });
  return { calls, scratch };
}

function hostCall(kernel: Kernel, shape: CallShape, call: Plan['calls'][number]): HostCall<GpuArgument> {
  const argument = (spec: Spec, array: number, written: boolean): HostArgument<GpuArgument> => {
    return { at: { array }, words: sizeOf(spec), dtype: spec.dtype, written };
  };
  return {
    inputs: shape.inputs.map((spec, i) => argument(spec, call.inputs[i] ?? -1, kernel.mutates?.includes(i) ?? false)),
    outputs: shape.outputs.map((spec, i) => argument(spec, call.outputs[i] ?? -1, true)),
    compute: (inputs, outputs) => kernel.reference(inputs, outputs, shape),
  };
}

export function arrayOf(plan: Plan, id: number): Plan['arrays'][number] {
  const array = plan.arrays[id];
  if (array?.id === id) return array;
  const found = plan.arrays.find((each) => each.id === id);
  if (!found) throw new RangeError(`The plan has no array ${id}.`);
  return found;
}
