// A step's profile in the words of the screen: calls for the flame chart, and one line a kernel, largest first.
import type { ProfiledCall, StepProfile } from '../../contract/engine';
import type { FlameCall } from '../../ui/charts/flame';
import { formatBytes } from '../../ui/format';

export function flameCalls(calls: readonly ProfiledCall[]): FlameCall[] {
  return calls.map((call) => ({
    name: call.kernel,
    path: call.scope.split('/').filter(Boolean),
    startMs: call.startMs,
    durationMs: call.durationMs,
    detail: [
      call.bytes > 0 ? `${formatBytes(call.bytes)} read and written` : '',
      call.flops > 0 && call.durationMs > 0 ? `${gigaflops(call.flops, call.durationMs)} GFLOP/s` : '',
      call.dispatches > 1 ? `${call.dispatches} launches` : '',
    ]
      .filter(Boolean)
      .join(' · '),
  }));
}

export const gigaflops = (flops: number, ms: number): string => (flops / ms / 1e6).toPrecision(3);

export interface KernelLine {
  kernel: string;
  calls: number;
  ms: number;
  share: number;
  bytes: number;
  flops: number;
  dispatches: number;
}

/** Sums of all calls of a kernel; `share` of the time of all calls. */
export function kernelLines(profile: Pick<StepProfile, 'calls'>): KernelLine[] {
  const total = profile.calls.reduce((sum, call) => sum + call.durationMs, 0) || 1;
  const lines = new Map<string, KernelLine>();
  for (const call of profile.calls) {
    const line = lines.get(call.kernel) ?? {
      kernel: call.kernel,
      calls: 0,
      ms: 0,
      share: 0,
      bytes: 0,
      flops: 0,
      dispatches: 0,
    };
    line.calls++;
    line.ms += call.durationMs;
    line.share = line.ms / total;
    line.bytes += call.bytes;
    line.flops += call.flops;
    line.dispatches += call.dispatches;
    lines.set(call.kernel, line);
  }
  return [...lines.values()].toSorted((a, b) => b.ms - a.ms);
}
