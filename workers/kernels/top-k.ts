// The k largest of each row with their places, largest first; of equal values the earlier comes first, NaN comes last.
// No gradient: what is chosen does not vary smoothly.
import { defineKernel, sizeOf, type CallShape, type GpuPass, type KernelCase } from './kernel';
import { workgroupSize } from './wgsl-grid';

export type TopKAttrs = { k: number };

function topKShape({ inputs: [x], attrs: { k } }: Pick<CallShape<TopKAttrs>, 'inputs' | 'attrs'>): {
  rows: number;
  n: number;
  k: number;
} {
  const n = x!.shape.at(-1) ?? 0;
  if (!Number.isInteger(k) || k < 1 || k > n) throw new RangeError(`There are no ${k} largest of ${n}.`);
  return { rows: sizeOf(x!) / n, n, k };
}

/** x [..., n] → values [..., k] and places int32 [..., k]. */
export const topK = defineKernel<TopKAttrs>({
  name: 'TopK',
  inputs: ['x'],
  infer(inputs, attrs) {
    const { k } = topKShape({ inputs, attrs });
    const shape = [...inputs[0]!.shape.slice(0, -1), k];
    return [
      { shape, dtype: 'float32' },
      { shape, dtype: 'int32' },
    ];
  },
  reference([x], [values, places], call) {
    const { rows, n, k } = topKShape(call);
    const order = (a: number, b: number): number =>
      Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : b - a;
    for (let row = 0; row < rows; row++) {
      const own = x!.subarray(row * n, (row + 1) * n);
      const sorted = Array.from({ length: n }, (_, i) => i).sort((a, b) => order(own[a]!, own[b]!) || a - b);
      for (let i = 0; i < k; i++) {
        values![row * k + i] = own[sorted[i]!]!;
        places![row * k + i] = sorted[i]!;
      }
    }
  },
  wasm(call) {
    const { rows, n, k } = topKShape(call);
    return [{ fn: 'top_k', args: [{ input: 0 }, { output: 0 }, { output: 1 }, rows, n, k] }];
  },
  webgpu(call, gpu) {
    const { rows, n, k } = topKShape(call);
    const across = Math.min(rows, gpu.maxWorkgroupsPerDimension);
    const pass: GpuPass = {
      wgsl: topKShader(rows, n, k, across),
      bindings: [{ input: 0 }, { output: 0 }, { output: 1 }],
      workgroups: [across, Math.ceil(rows / across), 1],
    };
    return [pass];
  },
  cases: [
    topKCase([1, 1], 1),
    topKCase([3, 4], 4),
    topKCase([2, 63], 5),
    topKCase([2, 64], 1),
    topKCase([2, 3, 65], 7),
    topKCase([1, 1000], 50),
    // Ties: places must come in their order.
    { inputs: [{ shape: [2, 12], dtype: 'float32', fill: { values: [1, 3, 3, 2, 3, 0, 2] } }], attrs: { k: 9 } },
    { inputs: [{ shape: [3, 40], dtype: 'float32', fill: 'zeros' }], attrs: { k: 6 } },
  ],
});

function topKCase(shape: number[], k: number): KernelCase<TopKAttrs> {
  return { inputs: [{ shape, dtype: 'float32' }], attrs: { k } };
}

/** A workgroup a row; k rounds, each finds the best of what comes after the one found last. */
function topKShader(rows: number, n: number, k: number, across: number): string {
  return `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> places: array<i32>;
var<workgroup> best: array<f32, ${workgroupSize}>;
var<workgroup> bestAt: array<u32, ${workgroupSize}>;
// Does (a, aAt) come before (b, bAt)? A place past the end is no candidate.
fn before(a: f32, aAt: u32, b: f32, bAt: u32) -> bool {
  if (aAt >= ${n}u || bAt >= ${n}u) { return aAt < bAt; }
  return a > b || (a == b && aAt < bAt);
}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = group.y * ${across}u + group.x;
  if (row >= ${rows}u) { return; }
  var last = 0.0;
  var lastAt = ${n}u;
  for (var round = 0u; round < ${k}u; round++) {
    var own = 0.0;
    var ownAt = ${n}u;
    for (var i = local; i < ${n}u; i += ${workgroupSize}u) {
      let value = x[row * ${n}u + i];
      if ((round == 0u || before(last, lastAt, value, i)) && before(value, i, own, ownAt)) { own = value; ownAt = i; }
    }
    best[local] = own;
    bestAt[local] = ownAt;
    workgroupBarrier();
    for (var step = ${workgroupSize / 2}u; step > 0u; step >>= 1u) {
      if (local < step && before(best[local + step], bestAt[local + step], best[local], bestAt[local])) {
        best[local] = best[local + step];
        bestAt[local] = bestAt[local + step];
      }
      workgroupBarrier();
    }
    last = best[0];
    lastAt = bestAt[0];
    if (local == 0u) { values[row * ${k}u + round] = last; places[row * ${k}u + round] = i32(lastAt); }
    workgroupBarrier();
  }
}`;
}
