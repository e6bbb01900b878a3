// The additive bias of relative positions (T5, MPNet): a small table spread over queries and keys for attention's input
// `bias`, and its gradient. Which distance has which bucket is workers/ml/relative-buckets.ts.
import { call } from '../tape/call';
import { defineKernel, type Kernel, type KernelCase, type Spec } from './kernel';
import { elementwise } from './wgsl-elements';
import { gridOver, gridShader } from './wgsl-grid';

export type RelativeBiasAttrs = { queries: number; keys: number };
export type RelativeBiasGradAttrs = RelativeBiasAttrs & { buckets: number };

function checkBuckets(spec: Spec | undefined, { queries, keys }: RelativeBiasAttrs): void {
  if (spec?.dtype !== 'int32' || spec.shape.join() !== String(queries + keys - 1))
    throw new RangeError(`buckets must be int32 [${queries + keys - 1}]: one for each distance.`);
}

/**
 * table [buckets, heads], buckets int32 [queries + keys - 1] (entry j - i + queries - 1 for query i and key j, counted
 * from the same end) → [1, heads, queries, keys].
 */
export const relativeBias: Kernel<RelativeBiasAttrs> = defineKernel<RelativeBiasAttrs>({
  name: 'RelativeBias',
  inputs: ['table', 'buckets'],
  infer([table, buckets], attrs) {
    checkBuckets(buckets, attrs);
    return [{ shape: [1, table!.shape[1]!, attrs.queries, attrs.keys], dtype: 'float32' }];
  },
  reference([table, buckets], [out], { inputs, attrs: { queries, keys } }) {
    const heads = inputs[0]!.shape[1]!;
    for (let at = 0; at < out!.length; at++) {
      const bucket = buckets![(at % keys) - (Math.floor(at / keys) % queries) + queries - 1]!;
      out![at] = table![bucket * heads + Math.floor(at / (keys * queries))]!;
    }
  },
  wasm: ({ inputs: [table], attrs: { queries, keys } }) => [
    { fn: 'relative_bias', args: [{ input: 0 }, { input: 1 }, { output: 0 }, table!.shape[1]!, queries, keys] },
  ],
  webgpu({ inputs, outputs, attrs: { queries, keys } }, gpu) {
    const distance = `i % ${keys}u + ${queries - 1}u - i / ${keys}u % ${queries}u`;
    const value = `x0[u32(x1[${distance}]) * ${inputs[0]!.shape[1]!}u + i / ${keys * queries}u]`;
    return elementwise(gpu, { inputs, output: outputs[0]!, value });
  },
  gradient: ([upstream], { inputs: [table, buckets], attrs }) => [
    () => call(relativeBiasGrad, [upstream!, buckets!], { ...attrs, buckets: table!.shape[0]! })[0]!,
    null,
  ],
  cases: [biasCase(1, 1, 1, 1), biasCase(3, 2, 5, 4), biasCase(2, 3, 3, 9), biasCase(8, 12, 17, 17)],
});

export const relativeBiasGrad = defineKernel<RelativeBiasGradAttrs>({
  name: 'RelativeBiasGrad',
  inputs: ['upstream', 'buckets'],
  infer([upstream, buckets], attrs) {
    checkBuckets(buckets, attrs);
    return [{ shape: [attrs.buckets, upstream!.shape[1]!], dtype: 'float32' }];
  },
  reference([upstream, buckets], [gradient], { inputs, attrs: { queries, keys } }) {
    const heads = inputs[0]!.shape[1]!;
    const sums = new Float64Array(gradient!.length);
    upstream!.forEach((value, at) => {
      const bucket = buckets![(at % keys) - (Math.floor(at / keys) % queries) + queries - 1]!;
      sums[bucket * heads + Math.floor(at / (keys * queries))]! += value;
    });
    gradient!.set(sums);
  },
  // On webgpu the sums along the diagonals of all heads, on wasm those of one head a thread.
  scratch: ({ inputs: [upstream], attrs: { queries, keys } }, threads) => [
    (queries + keys - 1) * Math.max(threads, upstream!.shape[1]!),
  ],
  wasm: ({ inputs: [upstream], attrs: { queries, keys, buckets } }) => [
    {
      fn: 'relative_bias_grad',
      args: [
        ...[{ input: 0 }, { input: 1 }, { output: 0 }, { scratch: 0 }],
        ...[upstream!.shape[1]!, queries, keys, buckets],
      ],
    },
  ],
  webgpu({ inputs: [upstream], attrs: { queries, keys, buckets } }, gpu) {
    const heads = upstream!.shape[1]!;
    const diagonals = queries + keys - 1;
    const along = gridOver(heads * diagonals, gpu);
    const into = gridOver(buckets * heads, gpu);
    return [
      {
        wgsl: gridShader(
          ['var<storage, read> upstream: array<f32>', 'var<storage, read_write> sums: array<f32>'],
          `  let head = i / ${diagonals}u;
  let distance = i32(i % ${diagonals}u) - ${queries - 1};
  var sum = 0.0;
  for (var query = max(0, -distance); query < min(${queries}, ${keys} - distance); query++) {
    sum = sum + upstream[(head * ${queries}u + u32(query)) * ${keys}u + u32(query + distance)];
  }
  sums[i] = sum;`,
          along.index,
          heads * diagonals,
        ),
        bindings: [{ input: 0 }, { scratch: 0 }],
        workgroups: along.workgroups,
      },
      {
        wgsl: gridShader(
          [
            'var<storage, read> sums: array<f32>',
            'var<storage, read> buckets: array<i32>',
            'var<storage, read_write> gradient: array<f32>',
          ],
          `  let bucket = i32(i / ${heads}u);
  let head = i % ${heads}u;
  var sum = 0.0;
  for (var each = 0u; each < ${diagonals}u; each++) {
    if (buckets[each] == bucket) { sum = sum + sums[head * ${diagonals}u + each]; }
  }
  gradient[i] = sum;`,
          into.index,
          buckets * heads,
        ),
        bindings: [{ scratch: 0 }, { input: 1 }, { output: 0 }],
        workgroups: into.workgroups,
      },
    ];
  },
  cases: [gradCase(1, 1, 1, 1), gradCase(3, 2, 5, 4), gradCase(2, 3, 3, 9), gradCase(32, 12, 70, 65)],
});

export const relativeBiasKernels: readonly Kernel[] = [relativeBias, relativeBiasGrad];

function biasCase(buckets: number, heads: number, queries: number, keys: number): KernelCase<RelativeBiasAttrs> {
  return {
    inputs: [
      { shape: [buckets, heads], dtype: 'float32' },
      { shape: [queries + keys - 1], dtype: 'int32', fill: { ids: buckets } },
    ],
    attrs: { queries, keys },
  };
}

function gradCase(buckets: number, heads: number, queries: number, keys: number): KernelCase<RelativeBiasGradAttrs> {
  return {
    inputs: [
      { shape: [1, heads, queries, keys], dtype: 'float32' },
      { shape: [queries + keys - 1], dtype: 'int32', fill: { ids: buckets } },
    ],
    attrs: { queries, keys, buckets },
  };
}
