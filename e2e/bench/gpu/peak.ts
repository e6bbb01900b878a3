// What the adapter can do at most: multiply-adds on eight vectors held in registers, as many as fill it.
import type { WebgpuDevice } from '../../../workers/backends/webgpu-device';
import { defineKernel } from '../../../workers/kernels/kernel';
import { repeatedCall } from '../../../workers/backends/repeated-call';

const threads = 64 * 4096;
const chains = 8;

export const fmaKernel = defineKernel<{ rounds: number }>({
  name: 'BenchFma',
  inputs: ['seed'],
  infer: () => [{ shape: [threads], dtype: 'float32' }],
  reference: () => undefined,
  webgpu({ attrs: { rounds } }) {
    const each = (text: (chain: number) => string): string =>
      Array.from({ length: chains }, (_, chain) => text(chain)).join('\n    ');
    const wgsl = `@group(0) @binding(0) var<storage, read> seed: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u) {
    let start = seed[0] + f32(thread.x) * 1e-6;
    ${each((c) => `var a${c} = vec4f(start + ${c}.0);`)}
    let factor = vec4f(0.999 + seed[0]);
    let addend = vec4f(1e-3);
    for (var round = 0u; round < ${rounds}u; round++) {
    ${each((c) => `a${c} = fma(a${c}, factor, addend);`)}
    }
    var sum = vec4f();
    ${each((c) => `sum += a${c};`)}
    result[thread.x] = dot(sum, vec4f(1.0));
}`;
    return [{ wgsl, bindings: [{ input: 0 }, { output: 0 }], workgroups: [threads / 64, 1, 1] }];
  },
  cases: [],
});

/** GFLOP/s. Rounds double until one dispatch takes long enough to be timed. */
export async function measurePeak(device: WebgpuDevice): Promise<number> {
  const session = device.session();
  try {
    for (let rounds = 16; ; rounds *= 4) {
      const plan = repeatedCall(fmaKernel, [{ shape: [1], dtype: 'float32' }], { rounds }, 1);
      const prepared = await session.prepare(plan);
      await prepared.timed();
      let best = Infinity;
      for (let run = 0; run < 3; run++) best = Math.min(best, (await prepared.timed())[0]?.durationMs ?? Infinity);
      prepared.dispose();
      if (best > 20 || rounds > 1e6) return (threads * rounds * chains * 4 * 2) / (best * 1e6);
    }
  } finally {
    session.dispose();
  }
}
