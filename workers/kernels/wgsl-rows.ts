// WGSL of kernels that work row by row: one workgroup of 64 lanes a row, with sums and maxima over the lanes in a fixed
// order; a row of few columns is one invocation's, without lanes that have nothing to do and wait for each other.
import type { GpuFacts, GpuPass, Place } from './kernel';
import { gridOver, workgroupSize } from './wgsl-grid';

/** An array of the shader. `writes` marks what it changes. */
export interface Binding {
  name: string;
  place: Place;
  type?: 'f32' | 'i32' | 'u32';
  writes?: boolean;
}

/** Declarations of the arrays, in order: binding 0, 1 … */
export function declare(bindings: readonly Binding[]): string[] {
  return bindings.map(
    ({ name, type = 'f32', writes }) => `var<storage, ${writes ? 'read_write' : 'read'}> ${name}: array<${type}>`,
  );
}

/** The inputs in order, under these names. */
export const reads = (...names: string[]): Binding[] => names.map((name, input) => ({ name, place: { input } }));

/** The outputs in order, under these names. */
export const writes = (...names: string[]): Binding[] =>
  names.map((name, output) => ({ name, place: { output }, writes: true }));

export const placesOf = (bindings: readonly Binding[]): Place[] => bindings.map(({ place }) => place);

/** Rows up to this wide are one invocation's. */
const narrow = 32;

/**
 * One pass whose `body` runs for each row with `row` and `lane` (of 64, or of one where `columns` are few; a constant
 * `lanes`). It may call laneSum(value, lane) and laneMax(value, lane), which every lane must come to; they give all lanes
 * the same number.
 */
export function rowPass(
  gpu: GpuFacts,
  rows: number,
  bindings: readonly Binding[],
  body: string,
  columns = Infinity,
): GpuPass {
  if (columns <= narrow) return narrowRowPass(gpu, rows, bindings, body);
  const across = Math.min(Math.max(1, rows), gpu.maxWorkgroupsPerDimension);
  const wgsl = `${declare(bindings)
    .map((binding, i) => `@group(0) @binding(${i}) ${binding};`)
    .join('\n')}
const lanes = ${workgroupSize}u;
var<workgroup> part: array<f32, lanes>;
fn laneSum(value: f32, lane: u32) -> f32 {
  part[lane] = value;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half >>= 1u) {
    if (lane < half) { part[lane] += part[lane + half]; }
    workgroupBarrier();
  }
  let sum = part[0];
  workgroupBarrier();
  return sum;
}
fn laneMax(value: f32, lane: u32) -> f32 {
  part[lane] = value;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half >>= 1u) {
    if (lane < half) { part[lane] = max(part[lane], part[lane + half]); }
    workgroupBarrier();
  }
  let largest = part[0];
  workgroupBarrier();
  return largest;
}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * ${across}u + group.x;
  if (row >= ${rows}u) { return; }
${body}
}`;
  return { wgsl, bindings: placesOf(bindings), workgroups: [across, Math.ceil(rows / across), 1] };
}

function narrowRowPass(gpu: GpuFacts, rows: number, bindings: readonly Binding[], body: string): GpuPass {
  const { workgroups, index } = gridOver(rows, gpu);
  const wgsl = `${declare(bindings)
    .map((binding, i) => `@group(0) @binding(${i}) ${binding};`)
    .join('\n')}
const lanes = 1u;
fn laneSum(value: f32, lane: u32) -> f32 { return value; }
fn laneMax(value: f32, lane: u32) -> f32 { return value; }
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = ${index};
  let lane = 0u;
  if (row >= ${rows}u) { return; }
${body}
}`;
  return { wgsl, bindings: placesOf(bindings), workgroups };
}
