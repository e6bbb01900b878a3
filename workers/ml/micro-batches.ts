// What the host gives a step of several micro-batches beyond the batches themselves: which rows of row-sparse tables they
// touch together, and where the rows of each stand among those. Pure.
import { mergeRows, storeRows } from './row-lists';
import { withSegments, type StepInputs } from './step-context';
import { rowsInput, slotsInput, type StepPlan } from './step-plan';

type Arrays = Record<string, Float32Array | Int32Array>;

/** Inputs of each micro-batch, and those of the update. */
export function withRows(
  microBatches: readonly StepInputs[],
  { lookups, touched }: StepPlan,
): { inputs: StepInputs[]; update: StepInputs } {
  const inputs = microBatches.map((given): Arrays => ({ ...withSegments(given, lookups) }));
  const update: Arrays = {};
  for (const { input, entries, table } of touched) {
    const rows = rowsInput(input);
    if (update[rows]) continue;
    const merged = mergeRows(
      inputs.map((given) => segmentsOf(given, input)),
      storeRows(inputs.length, entries, table.shape[0]!),
    );
    update[rows] = merged.rows;
    inputs.forEach((given, k) => (given[slotsInput(input)] = merged.slots[k]!));
  }
  return { inputs, update };
}

function segmentsOf(given: Arrays, input: string): Int32Array {
  const segments = given[`${input}.segments`];
  if (!(segments instanceof Int32Array)) throw new Error(`The ids "${input}" have no segments.`);
  return segments;
}
