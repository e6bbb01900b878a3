// Dispatches over more elements than one dimension of workgroups may hold.
import type { GpuFacts } from './kernel';

export const workgroupSize = 64;

/** Workgroups for `count` invocations of 64 each, and the WGSL expression of the invocation's index. */
export function gridOver(count: number, gpu: GpuFacts): { workgroups: [number, number, number]; index: string } {
  const groups = Math.max(1, Math.ceil(count / workgroupSize));
  const across = Math.min(groups, gpu.maxWorkgroupsPerDimension);
  return {
    workgroups: [across, Math.ceil(groups / across), 1],
    index: `(group.y * ${across}u + group.x) * ${workgroupSize}u + local`,
  };
}

/**
 * A whole shader whose invocations are counted by `gridOver`; in `body` the index has the name `name` and is smaller
 * than `count`.
 */
export function gridShader(
  bindings: readonly string[],
  body: string,
  index: string,
  count: number,
  name = 'i',
): string {
  return `${bindings.map((binding, i) => `@group(0) @binding(${i}) ${binding};`).join('\n')}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let ${name} = ${index};
  if (${name} >= ${count}u) { return; }
${body}
}`;
}
