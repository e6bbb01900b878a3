// Sums over the rows of a matrix in WGSL (the gradient of a bias). Sixteen lanes a column, joined in a fixed order.
import type { GpuPass, Place } from './kernel';

const lanes = 16;

/** output[n] = sum over rows of input[rows, n]. */
export function columnSumPasses(rows: number, n: number, input: Place, output: Place): GpuPass[] {
  const wgsl = `@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
var<workgroup> part: array<f32, ${lanes * lanes}>;
@compute @workgroup_size(${lanes}, ${lanes})
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let column = group.x * ${lanes}u + local.x;
  var sum = 0.0;
  if (column < ${n}u) {
    for (var row = local.y; row < ${rows}u; row += ${lanes}u) { sum += input[row * ${n}u + column]; }
  }
  part[local.y * ${lanes}u + local.x] = sum;
  workgroupBarrier();
  if (local.y == 0u && column < ${n}u) {
    var total = 0.0;
    for (var lane = 0u; lane < ${lanes}u; lane++) { total += part[lane * ${lanes}u + local.x]; }
    output[column] = total;
  }
}
`;
  return [{ wgsl, bindings: [input, output], workgroups: [Math.ceil(n / lanes), 1, 1] }];
}
