// The dispatches of a plan: kernels asked for their shaders, and every argument turned into an array of the plan or a
// scratch array of the call. Sizes only; buffers come in webgpu-plan.ts.
import { LimitError, UnsupportedError } from '../../src/contract/errors';
import { sizeOf, type CallShape, type GpuFacts, type Kernel, type Place } from '../kernels/kernel';
import type { Plan } from '../tape/plan';

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
  /** Bytes of inputs and outputs. */
  bytes: number;
}

export interface PlannedScratch {
  words: number;
  call: number;
}

/** Throws UnsupportedError where a kernel has no shader, LimitError where a dispatch is too large for the adapter. */
export function planPasses(
  plan: Plan,
  kernels: ReadonlyMap<string, Kernel>,
  gpu: GpuFacts,
  maxBindings: number,
): { calls: PlannedCall[]; scratch: PlannedScratch[] } {
  const scratch: PlannedScratch[] = [];
  const calls = plan.calls.map((call, index): PlannedCall => {
    const kernel = kernels.get(call.kernel);
    if (!kernel?.webgpu)
      throw new UnsupportedError(
        `${call.kernel} (in ${call.scope || 'this step'}) does not run on the graphics device yet. Choose wasm in Settings.`,
      );
    const spec = (id: number): Plan['arrays'][number] => arrayOf(plan, id);
    const shape: CallShape = { inputs: call.inputs.map(spec), outputs: call.outputs.map(spec), attrs: call.attrs };
    const firstScratch = scratch.length;
    for (const words of kernel.scratch?.(shape, 1) ?? []) scratch.push({ words, call: index });
    const argument = (place: Place): GpuArgument => {
      if ('scratch' in place) return { scratch: firstScratch + place.scratch };
      const id = 'input' in place ? call.inputs[place.input] : call.outputs[place.output];
      if (id === undefined) throw new RangeError(`${call.kernel} binds an argument that it does not have.`);
      return { array: id };
    };
    const passes = kernel.webgpu(shape, gpu).map((pass): PlannedPass => {
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
    const bytes = [...shape.inputs, ...shape.outputs].reduce((sum, each) => sum + sizeOf(each) * 4, 0);
    return { kernel: call.kernel, passes, bytes };
  });
  return { calls, scratch };
}

export function arrayOf(plan: Plan, id: number): Plan['arrays'][number] {
  const array = plan.arrays[id];
  if (array?.id === id) return array;
  const found = plan.arrays.find((each) => each.id === id);
  if (!found) throw new RangeError(`The plan has no array ${id}.`);
  return found;
}
