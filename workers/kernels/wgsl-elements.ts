// WGSL of kernels whose every output element is one expression of its index `i`. Bindings: the inputs x0, x1 … and y.
import { sizeOf, type Dtype, type GpuFacts, type GpuPass, type Spec } from './kernel';
import { gridOver, gridShader } from './wgsl-grid';

const types: Record<Dtype, string> = { float32: 'f32', int32: 'i32' };

/** A number as it stands in WGSL. */
export function literal(value: number, dtype: Dtype = 'float32'): string {
  if (dtype === 'int32') return `${value | 0}i`;
  if (!Number.isFinite(value)) throw new Error(`WGSL has no number ${value}.`);
  const text = String(Math.fround(value));
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

/**
 * One pass over all elements of output 0. `value` may read `x0[…]`, `x1[…]` … and `i`, and what `before` declares.
 */
export function elementwise(
  gpu: GpuFacts,
  { inputs, output, value, before = '' }: { inputs: readonly Spec[]; output: Spec; value: string; before?: string },
): GpuPass[] {
  const count = sizeOf(output);
  const { workgroups, index } = gridOver(count, gpu);
  const bindings = [
    ...inputs.map(({ dtype }, i) => `var<storage, read> x${i}: array<${types[dtype]}>`),
    `var<storage, read_write> y: array<${types[output.dtype]}>`,
  ];
  const wgsl = gridShader(bindings, `  ${before}\n  y[i] = ${value};`, index, count);
  return [{ wgsl, bindings: [...inputs.map((_, input) => ({ input })), { output: 0 }], workgroups }];
}
