// Scaled dot-product attention that never stores [heads, queries, keys]: forward. It keeps the log-sum-exp of each row,
// from which attention-grad.ts computes the probabilities again.
import { call } from '../tape/call';
import { attentionBiasGrad, attentionGrad } from './attention-grad';
import { attend } from './attention-reference';
import { attentionCases } from './attention-cases';
import {
  forwardScratchWords,
  optional,
  shapeOf,
  wasmSizes,
  attentionShape,
  type AttentionAttrs,
} from './attention-shape';
import { attentionPasses } from './attention.wgsl';
import { defineKernel } from './kernel';

/**
 * softmax(cap(scale q kT) + bias, over the keys seen) v.
 * Inputs: q [batch, queries, heads x headDim], k and v [batch, keys, kvHeads x headDim], or one packed input (see
 * AttentionAttrs); then `ranges` and `bias` where the settings name them. Outputs: [batch, queries, heads x headDim] and
 * the log-sum-exp [batch, heads, queries]. A query that sees no key gives zeros.
 */
export const attention = defineKernel<AttentionAttrs>({
  name: 'Attention',
  inputs: ['q, or q k v packed', 'k', 'v', 'ranges', 'bias'],
  infer(inputs, attrs) {
    const { batch, queries, heads, headDim } = attentionShape(inputs, attrs);
    return [
      { shape: [batch, queries, heads * headDim], dtype: 'float32' },
      { shape: [batch, heads, queries], dtype: 'float32' },
    ];
  },
  reference(inputs, [out, logSums], shape) {
    attend(shapeOf(shape), inputs, out!, logSums!);
  },
  scratch: (shape, threads) => [forwardScratchWords(shape.attrs.headDim) * threads],
  wasm(shape) {
    const s = shapeOf(shape);
    return [
      {
        fn: 'attention',
        args: [
          ...[{ input: s.q }, { input: s.k }, { input: s.v }, optional(s.rangesAt), optional(s.biasAt)],
          ...[{ output: 0 }, { output: 1 }, { scratch: 0 }, forwardScratchWords(s.headDim) * 4],
          ...wasmSizes(s),
        ],
      },
    ];
  },
  webgpu: (shape, gpu) => attentionPasses(shapeOf(shape), gpu),
  gradient([upstream, logUpstream], { inputs, outputs, attrs }) {
    const known = [...inputs, ...outputs, upstream!, logUpstream!];
    let all: ReturnType<typeof call> | undefined;
    const grad = (index: number) => () => (all ??= call(attentionGrad, known, attrs))[index]!;
    return [
      ...(attrs.packed ? [grad(0)] : [grad(0), grad(1), grad(2)]),
      ...(attrs.ranges ? [null] : []),
      ...(attrs.bias ? [() => call(attentionBiasGrad, known, attrs)[0]!] : []),
    ];
  },
  cases: attentionCases,
});
