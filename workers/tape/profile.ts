// Where the time of a step went: the calls of its plans with their times, bytes and operations, and the same as a Chrome
// trace. Made from what a device measured; measures nothing itself.
import type { ProfiledCall, StepProfile } from '../../src/contract/engine';
import type { CallTime } from '../backends/device';
import { sizeOf } from '../kernels/kernel';
import type { Plan, PlanCall } from './plan';

/** One plan of the step with its times; micro-batches make several. */
export interface TimedRun {
  plan: Plan;
  times: readonly CallTime[];
}

/** The runs one after another. */
export function profileOf(runs: readonly TimedRun[]): Pick<StepProfile, 'calls' | 'totalMs' | 'dispatches' | 'trace'> {
  const calls: ProfiledCall[] = [];
  let offset = 0;
  for (const { plan, times } of runs) {
    let end = 0;
    for (const { call, startMs, durationMs, bytes, dispatches } of times) {
      const planned = plan.calls[call];
      if (!planned) throw new RangeError(`The plan has no call ${call}.`);
      const { kernel, scope } = planned;
      const flops = flopsOf(plan, planned);
      calls.push({ kernel, scope, startMs: offset + startMs, durationMs, bytes, dispatches, flops });
      end = Math.max(end, startMs + durationMs);
    }
    offset += end;
  }
  const dispatches = calls.reduce((sum, call) => sum + call.dispatches, 0);
  return { calls, totalMs: offset, dispatches, trace: chromeTrace(calls) };
}

/** Multiply-adds count twice. 0 for calls that are bound by memory. */
export function flopsOf(plan: Plan, { kernel, attrs, inputs, outputs }: PlanCall): number {
  const shape = (id: number | undefined): readonly number[] => (id === undefined ? [] : (plan.arrays[id]?.shape ?? []));
  const size = (id: number | undefined): number => {
    const array = id === undefined ? undefined : plan.arrays[id];
    return array ? sizeOf(array) : 0;
  };
  switch (kernel) {
    case 'MatMul':
      return 2 * size(outputs[0]) * (shape(inputs[0]).at(attrs['transposeA'] === true ? -2 : -1) ?? 0);
    case 'Linear':
      return 2 * size(outputs[0]) * (shape(inputs[0]).at(-1) ?? 0);
    case 'LinearWeightGradient':
      return 2 * size(inputs[0]) * (shape(inputs[1]).at(-1) ?? 0);
    // Scores and weighted values; backward computes both again and three gradients.
    case 'Attention':
      return 4 * size(inputs[0]) * (shape(inputs[1]).at(-2) ?? 0);
    case 'AttentionGrad':
      return 10 * size(inputs[0]) * (shape(inputs[1]).at(-2) ?? 0);
    default:
      return 0;
  }
}

/** Text of a JSON file for chrome://tracing or Perfetto: complete events, in microseconds. */
export function chromeTrace(calls: readonly ProfiledCall[]): string {
  const traceEvents = calls.map(({ kernel, scope, startMs, durationMs, bytes, dispatches, flops }) => ({
    ...{ name: kernel, cat: scope || 'step', ph: 'X', pid: 1, tid: 1 },
    ts: Math.round(startMs * 1000 * 1000) / 1000,
    dur: Math.round(durationMs * 1000 * 1000) / 1000,
    args: { scope, bytes, dispatches, flops },
  }));
  return JSON.stringify({ displayTimeUnit: 'ms', traceEvents });
}
