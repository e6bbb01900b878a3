// Where each argument of a plan's dispatches lies on a GPU: slabs and inputs by name, temporaries and scratch in slots
// that are shared by life span. Sizes and identities only; buffers come in webgpu-plan.ts.
import { sizeOf } from '../kernels/kernel';
import type { Plan, PlanArray } from '../tape/plan';
import { isWritten, resolveAliasing, type BoundRange } from './webgpu-aliasing';
import type { HostArgument, HostCall } from './webgpu-host-call';
import { arrayOf, type GpuArgument, type PlannedCall, type PlannedScratch } from './webgpu-passes';
import { shareSlots, type Span } from './webgpu-sharing';

/** Words [offset, offset + words) of a named slab or of a slot of the plan. */
export type Location = ({ slab: string } | { slot: number }) & { offset: number; words: number };

export interface PlacedPass {
  wgsl: string;
  written: readonly boolean[];
  arguments: readonly Location[];
  workgroups: readonly [number, number, number];
  /** Done before the dispatch. */
  copies: readonly { from: Location; to: Location }[];
}

export interface PlacedCall {
  kernel: string;
  bytes: number;
  passes: readonly PlacedPass[];
  host: HostCall<Location> | null;
}

export interface GpuLayout {
  calls: PlacedCall[];
  slots: number[];
  /** Slots whose contents outlast a run (outputs, constants): other plans must not write there. */
  kept: boolean[];
  /** Where each output of the plan lies; their slots are not shared, so that they can be read until the next run. */
  outputs: Map<string, Location & { array: PlanArray }>;
  /** Arrays with contents given by the plan. */
  constants: { at: Location; values: Float32Array | Int32Array }[];
}

/** Views of slabs start at multiples of this many words, which every adapter can bind. */
const alignWords = 64;

export function layOut(plan: Plan, planned: readonly PlannedCall[], scratch: readonly PlannedScratch[]): GpuLayout {
  const spans: Span[] = scratch.map(({ words, call }) => ({ words, first: call, last: call }));
  const spanOfArray = new Map<number, number>();
  const root = (id: number): number => arrayOf(plan, id).alias ?? id;
  const kept = new Set(Object.values(plan.outputs).map(root));
  const touch = (id: number, call: number): void => {
    const array = arrayOf(plan, root(id));
    if (named(array)) return;
    const known = spanOfArray.get(array.id);
    const span = known === undefined ? undefined : spans[known];
    if (span) {
      span.last = Math.max(span.last, call);
      return;
    }
    // Outputs are read after the run and constants are written before it.
    const own = kept.has(array.id) || array.kind === 'persistent';
    const life = own ? { first: -1, last: Infinity } : { first: call, last: call };
    spanOfArray.set(array.id, spans.push({ words: sizeOf(array), ...life }) - 1);
  };
  plan.calls.forEach((call, index) => {
    for (const id of [...call.inputs, ...call.outputs]) touch(id, index);
  });
  for (const id of kept) touch(id, plan.calls.length);

  // A span's number stands for its buffer until slots are given out: spans of one call never share.
  const draft = (argument: GpuArgument): { key: string; span: number; at: Location } => {
    const span = 'scratch' in argument ? argument.scratch : spanOfArray.get(root(argument.array));
    if (span !== undefined) {
      const words = spans[span]?.words ?? 0;
      return { key: `span ${span}`, span, at: { slot: span, offset: 0, words } };
    }
    if ('scratch' in argument) throw new RangeError('A scratch array has no span.');
    const array = arrayOf(plan, argument.array);
    const slab = array.name ?? '';
    const offset = array.offset ?? 0;
    if (offset % alignWords !== 0)
      throw new RangeError(`Array ${array.id} starts at word ${offset} of ${slab}; views start at multiples of 64.`);
    return { key: `slab ${slab}`, span: -1, at: { slab, offset, words: sizeOf(array) } };
  };
  const identities = new Map<string, object>();
  const identity = (key: string): object => {
    const known = identities.get(key) ?? {};
    identities.set(key, known);
    return known;
  };

  const calls = planned.map((call, index): PlacedCall => {
    const passes = call.passes.map((pass): PlacedPass => {
      const drafts = pass.arguments.map(draft);
      const ranges = drafts.map(({ key, at }): BoundRange => {
        return { buffer: identity(key), offset: at.offset, size: Math.max(1, at.words) };
      });
      const { wgsl, copies } = resolveAliasing(pass.wgsl, ranges);
      const places = drafts.map(({ at }) => at);
      const moved = copies.map((binding) => {
        const from = places[binding];
        if (!from) throw new RangeError(`No binding ${binding}`);
        const slot = spans.push({ words: from.words, first: index, last: index }) - 1;
        const to: Location = { slot, offset: 0, words: from.words };
        places[binding] = to;
        return { from, to };
      });
      const written = places.map((_, binding) => isWritten(wgsl, binding));
      return { wgsl, written, arguments: places, workgroups: pass.workgroups, copies: moved };
    });
    return { kernel: call.kernel, bytes: call.bytes, passes, host: onHost(call.host, (at) => draft(at).at) };
  });

  const { slots, slotOf } = shareSlots(spans);
  const settle = (at: Location): Location => ('slot' in at ? { ...at, slot: slotOf[at.slot] ?? 0 } : at);
  const located = (id: number): Location => settle(draft({ array: id }).at);
  const keptSlots = slots.map(() => false);
  spans.forEach((span, index) => span.last === Infinity && (keptSlots[slotOf[index] ?? 0] = true));
  return {
    slots,
    kept: keptSlots,
    calls: calls.map((call) => ({
      ...call,
      host: onHost(call.host, settle),
      passes: call.passes.map((pass) => ({
        ...pass,
        arguments: pass.arguments.map(settle),
        copies: pass.copies.map(({ from, to }) => ({ from: settle(from), to: settle(to) })),
      })),
    })),
    outputs: new Map(
      Object.entries(plan.outputs).map(([name, id]) => [name, { ...located(id), array: arrayOf(plan, id) }]),
    ),
    constants: plan.arrays.flatMap((array) => {
      if (!array.constant) return [];
      return spanOfArray.has(root(array.id)) ? [{ at: located(array.id), values: array.constant }] : [];
    }),
  };
}

function onHost<P, Q>(call: HostCall<P> | null, place: (at: P) => Q): HostCall<Q> | null {
  if (!call) return null;
  const placed = (each: HostArgument<P>): HostArgument<Q> => ({ ...each, at: place(each.at) });
  return { ...call, inputs: call.inputs.map(placed), outputs: call.outputs.map(placed) };
}

const named = (array: PlanArray): boolean => array.name !== undefined && array.kind !== 'temporary';
