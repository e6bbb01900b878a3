// A plan as calls of WebAssembly functions with places still to be filled in: which function, which arrays, how much
// scratch. Addresses come in wasm-prepared.ts, since memory may move.
import { kernelNamed } from '../kernels/catalog';
import { sizeOf, type CallShape, type Kernel, type Place, type Spec } from '../kernels/kernel';
import { layOutArena, livesOf, rootOf, type Arena } from '../tape/liveness';
import type { Plan, PlanArray, PlanCall } from '../tape/plan';

/** An array of the plan by its number, or scratch by its byte offset. */
export type Location = { array: number } | { scratch: number };

export interface LaidStep {
  fn: number;
  args: readonly (number | Location)[];
}

export interface LaidCall {
  steps: readonly LaidStep[];
  /** Where there is no WebAssembly for it: plain loops on thread 0. */
  reference: { kernel: Kernel; shape: CallShape; inputs: readonly number[]; outputs: readonly number[] } | null;
  /** Read and written, at least. */
  bytes: number;
}

export interface WasmLayout {
  calls: readonly LaidCall[];
  arena: Arena;
  /** Outputs, which are read after the run, while other plans may have run. */
  kept: Arena;
  scratchBytes: number;
}

/**
 * `functions`: the module's exported functions in order; `replaced`: kernels to be computed by plain loops all the same.
 * Throws an Error for a kernel this build does not have.
 */
export function layOutPlan(
  plan: Plan,
  threads: number,
  functions: readonly string[],
  replaced: ReadonlySet<string> = new Set(),
): WasmLayout {
  const numbers = new Map(functions.map((name, index) => [name, index]));
  let scratchBytes = 0;
  const calls = plan.calls.map((call): LaidCall => {
    const kernel = kernelNamed(call.kernel);
    const shape = shapeOfCall(plan, call);
    const bytes = [...shape.inputs, ...shape.outputs].reduce((sum, spec) => sum + 4 * sizeOf(spec), 0);
    if (!kernel.wasm || replaced.has(kernel.name)) {
      const reference = { kernel, shape, inputs: call.inputs, outputs: call.outputs };
      return { steps: [{ fn: -1, args: [] }], reference, bytes };
    }
    const scratch: number[] = [];
    let end = 0;
    for (const words of kernel.scratch?.(shape, threads) ?? []) {
      scratch.push(end);
      end += Math.ceil(words / 16) * 64;
    }
    scratchBytes = Math.max(scratchBytes, end);
    const steps = kernel.wasm(shape).map(({ fn, args }): LaidStep => {
      const number = numbers.get(fn);
      if (number === undefined)
        throw new Error(`${kernel.name} calls "${fn}", which the compiled kernels do not have.`);
      return { fn: number, args: args.map((each) => (typeof each === 'number' ? each : locate(each, call, scratch))) };
    });
    return { steps, reference: null, bytes };
  });
  const outputs = new Set(Object.values(plan.outputs).map((id) => rootOf(plan, id)));
  const lives = livesOf(plan);
  const arena = layOutArena(lives.filter(({ id }) => !outputs.has(id)));
  return { calls, arena, kept: layOutArena(lives.filter(({ id }) => outputs.has(id))), scratchBytes };
}

export const arrayOf = (plan: Plan, id: number): PlanArray => {
  const array = plan.arrays[id];
  if (!array) throw new RangeError(`The plan has no array ${id}.`);
  return array;
};

const specOf = (plan: Plan, id: number): Spec => {
  const { shape, dtype } = arrayOf(plan, id);
  return { shape, dtype };
};

function shapeOfCall(plan: Plan, { inputs, outputs, attrs }: PlanCall): CallShape {
  return { inputs: inputs.map((id) => specOf(plan, id)), outputs: outputs.map((id) => specOf(plan, id)), attrs };
}

function locate(place: Place, call: PlanCall, scratch: readonly number[]): Location {
  const found =
    'input' in place
      ? call.inputs[place.input]
      : 'output' in place
        ? call.outputs[place.output]
        : scratch[place.scratch];
  if (found === undefined) throw new RangeError(`${call.kernel} names an argument that it does not have.`);
  return 'scratch' in place ? { scratch: found } : { array: found };
}
