// From what was recorded to a plan: calls that nobody needs are dropped, arrays are numbered in the order of use.
import type { Plan, PlanArray } from './plan';
import type { RecordedCall, Recording } from './recording';

export function finish(recording: Recording): Plan {
  const kept = neededCalls(recording);
  const used = new Set<number>();
  for (const array of recording.arrays) if (array.kind === 'input' && array.alias === undefined) used.add(array.id);
  for (const { inputs, outputs } of kept) for (const id of [...inputs, ...outputs]) used.add(id);
  for (const id of recording.outputs.values()) used.add(id);
  for (const id of [...used]) used.add(recording.root(id));

  const order = [...used].sort((a, b) => a - b);
  const numbers = new Map(order.map((id, index) => [id, index]));
  const number = (id: number): number => numbers.get(id)!;
  const arrays = order.map((id): PlanArray => {
    const { alias, ...array } = recording.array(id);
    return { ...array, id: number(id), ...(alias === undefined ? {} : { alias: number(alias) }) };
  });
  return {
    arrays,
    calls: kept.map(({ kernel, attrs, inputs, outputs, scope }) => ({
      kernel,
      attrs,
      inputs: inputs.map(number),
      outputs: outputs.map(number),
      scope,
    })),
    outputs: Object.fromEntries([...recording.outputs].map(([name, id]) => [name, number(id)])),
    slabs: [...recording.slabs].map(([name, { words, dtype }]) => ({ name, words, dtype })),
  };
}

/** Backwards: a call stays where it writes to a slab, or where something it writes is read later or is an output. */
function neededCalls(recording: Recording): RecordedCall[] {
  const needed = new Set([...recording.outputs.values()].map((id) => recording.root(id)));
  const wanted = (id: number): boolean => recording.array(id).kind === 'persistent' || needed.has(recording.root(id));
  const kept: RecordedCall[] = [];
  for (const call of recording.calls.toReversed()) {
    if (!call.outputs.some(wanted) && !call.mutated.some(wanted)) continue;
    for (const id of call.inputs) needed.add(recording.root(id));
    kept.push(call);
  }
  return kept.reverse();
}
