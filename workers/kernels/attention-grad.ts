// Backward of attention: two kernels, one for q, k and v (or the packed input), one for the additive bias. Both compute
// the probabilities again from the log-sum-exp that forward kept; neither stores [heads, queries, keys] but the bias's
// own gradient, which has that shape.
import { attendBackward, attendBiasBackward, type Backward } from './attention-reference';
import { attentionCases } from './attention-cases';
import { attentionShape, backwardScratchWords, optional, shapeOf, wasmSizes } from './attention-shape';
import type { AttentionAttrs, AttentionShape } from './attention-shape';
import { attentionBiasGradPasses, attentionGradPasses, statsWords } from './attention-grad.wgsl';
import { defineKernel, type CallShape, type KernelCase, type Numbers, type Place, type WasmCall } from './kernel';

/** Forward inputs, then forward's outputs, then the gradients of both. */
const inputs = ['q, or q k v packed', 'k', 'v', 'ranges', 'bias', 'out', 'logSums', 'upstream', 'logUpstream'];

const knownOf = (s: AttentionShape, all: readonly Numbers[]): Backward => ({
  out: all[s.count]!,
  logSums: all[s.count + 1]!,
  upstream: all[s.count + 2]!,
  logUpstream: all[s.count + 3]!,
});

function sharedArgs(s: AttentionShape): (number | Place)[] {
  return [
    ...[{ input: s.q }, { input: s.k }, { input: s.v }, optional(s.rangesAt), optional(s.biasAt)],
    ...[0, 1, 2, 3].map((i) => ({ input: s.count + i })),
  ];
}

/** wasm's private buffers of all threads, or webgpu's two numbers a row: whichever is larger serves both. */
const scratch = (call: CallShape<AttentionAttrs>, threads: number): number[] => [
  Math.max(backwardScratchWords(call.attrs.headDim) * threads, statsWords(shapeOf(call))),
];

/**
 * Enough (batch row, key head) pairs to share out: one pass gives all three gradients. Else two passes, over queries
 * and over keys. Decided by shape, so that the number of threads never changes a sum.
 */
const fusedFrom = 8;

export const attentionGrad = defineKernel<AttentionAttrs>({
  name: 'AttentionGrad',
  inputs,
  infer: (specs, attrs) =>
    Array.from({ length: attrs.packed ? 1 : 3 }, (_, i) => {
      attentionShape(specs, attrs);
      return specs[i]!;
    }),
  reference(all, [dq, dk = dq, dv = dq], call) {
    const s = shapeOf(call);
    attendBackward(s, all, knownOf(s, all), [dq!, dk!, dv!]);
  },
  scratch,
  wasm(call) {
    const s = shapeOf(call);
    const pass = (parts: number): WasmCall => ({
      fn: 'attention_grad',
      args: [
        ...sharedArgs(s),
        ...[{ output: s.q }, { output: s.k }, { output: s.v }, { scratch: 0 }, backwardScratchWords(s.headDim) * 4],
        ...wasmSizes(s),
        parts,
      ],
    });
    return s.batch * s.kvHeads >= fusedFrom ? [pass(3)] : [pass(1), pass(2)];
  },
  webgpu: (call, gpu) => attentionGradPasses(shapeOf(call), gpu),
  cases: attentionCases.map(withKnown),
});

export const attentionBiasGrad = defineKernel<AttentionAttrs>({
  name: 'AttentionBiasGrad',
  inputs,
  infer: (specs, attrs) => [specs[attentionShape(specs, attrs).biasAt]!],
  reference(all, [dBias], call) {
    const s = shapeOf(call);
    attendBiasBackward(s, all, knownOf(s, all), dBias!);
  },
  scratch,
  wasm(call) {
    const s = shapeOf(call);
    return [
      {
        fn: 'attention_bias_grad',
        args: [
          ...sharedArgs(s),
          ...[{ output: 0 }, { scratch: 0 }, backwardScratchWords(s.headDim) * 4],
          ...wasmSizes(s),
        ],
      },
    ];
  },
  webgpu: (call, gpu) => attentionBiasGradPasses(shapeOf(call), gpu),
  cases: attentionCases.filter(({ attrs }) => attrs.bias).map(withKnown),
});

/** The forward case with outputs and upstream gradients of arbitrary numbers: the formula holds for any. */
function withKnown(forward: KernelCase<AttentionAttrs>): KernelCase<AttentionAttrs> {
  const s = attentionShape(forward.inputs, forward.attrs);
  const rows = { shape: [s.batch, s.queries, s.heads * s.headDim], dtype: 'float32' } as const;
  const states = { shape: [s.batch, s.heads, s.queries], dtype: 'float32' } as const;
  return { ...forward, inputs: [...forward.inputs, rows, states, rows, states], checkGradient: false };
}
