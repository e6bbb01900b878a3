// Rotary position embedding (Su et al., 2021) in the rotate_half form of Hugging Face: element i of a head's first half
// turns with element i of its second half. Not the interleaved form of Meta's and GGUF's checkpoints. The tables come
// from workers/ml/rope-frequencies.ts.
import { call } from '../tape/call';
import { defineKernel, type CallShape, type KernelCase, type Kernel } from './kernel';
import { floatLiteral } from './matmul.wgsl';
import { gridOver, gridShader } from './wgsl-grid';

export type RopeAttrs = {
  /** Heads that turn, from the start of a row; what follows (values of a packed projection) is copied. */
  heads: number;
  headDim: number;
  /** First dims of a head that turn; even. headDim unless the model turns only a part. */
  turned: number;
  /** Turns back: the gradient. */
  inverse: boolean;
};

interface RopeShape {
  batch: number;
  time: number;
  width: number;
  /** Rows of positions before they repeat: time, or batch x time. */
  times: number;
}

function ropeShape({
  inputs: [x, cos, sin, positions],
  attrs,
}: Pick<CallShape<RopeAttrs>, 'inputs' | 'attrs'>): RopeShape {
  const { heads, headDim, turned } = attrs;
  const [batch = 0, time = 0, width = 0] = x!.shape;
  if (x!.shape.length !== 3 || width < heads * headDim)
    throw new RangeError(`x must be [batch, time, at least ${heads * headDim}].`);
  if (turned % 2 !== 0 || turned > headDim) throw new RangeError(`${turned} of ${headDim} dims cannot turn in pairs.`);
  if (cos!.shape.join() !== sin!.shape.join() || cos!.shape.length !== 2 || cos!.shape[1] !== turned / 2)
    throw new RangeError(`cos and sin must be [positions, ${turned / 2}].`);
  const [rows, columns] = positions!.shape;
  if (positions!.dtype !== 'int32' || (rows !== 1 && rows !== batch) || columns !== time)
    throw new RangeError(`positions must be int32 [${batch} or 1, ${time}].`);
  return { batch, time, width, times: rows * time };
}

/**
 * x [batch, time, width], cos and sin [positions, turned / 2], positions int32 [batch or 1, time] (rows of the tables)
 * → like x. Gradient to x only.
 */
export const rope: Kernel<RopeAttrs> = defineKernel<RopeAttrs>({
  name: 'Rope',
  inputs: ['x', 'cos', 'sin', 'positions'],
  infer(inputs, attrs) {
    ropeShape({ inputs, attrs });
    return [inputs[0]!];
  },
  reference([x, cos, sin, positions], [y], shape) {
    const { batch, time, width, times } = ropeShape(shape);
    const { heads, headDim, turned, inverse } = shape.attrs;
    const half = turned / 2;
    y!.set(x!);
    for (let row = 0; row < batch * time; row++)
      for (let head = 0; head < heads; head++)
        for (let i = 0; i < half; i++) {
          const a = row * width + head * headDim + i;
          const table = positions![row % times]! * half + i;
          const s = inverse ? -sin![table]! : sin![table]!;
          y![a] = x![a]! * cos![table]! - x![a + half]! * s;
          y![a + half] = x![a + half]! * cos![table]! + x![a]! * s;
        }
  },
  wasm(shape) {
    const { batch, time, width, times } = ropeShape(shape);
    const { heads, headDim, turned, inverse } = shape.attrs;
    return [
      {
        fn: 'rope',
        args: [
          ...[{ input: 0 }, { input: 1 }, { input: 2 }, { input: 3 }, { output: 0 }],
          ...[batch * time, times, width, heads, headDim, turned, inverse ? -1 : 1],
        ],
      },
    ];
  },
  webgpu(shape, gpu) {
    const { batch, time, width, times } = ropeShape(shape);
    const { heads, headDim, turned, inverse } = shape.attrs;
    const count = batch * time * width;
    const half = turned / 2;
    const { workgroups, index } = gridOver(count, gpu);
    return [
      {
        wgsl: gridShader(
          [
            ...['x', 'cosines', 'sines'].map((name) => `var<storage, read> ${name}: array<f32>`),
            'var<storage, read> positions: array<i32>',
            'var<storage, read_write> y: array<f32>',
          ],
          `  let row = i / ${width}u;
  let column = i % ${width}u;
  let place = column % ${headDim}u;
  if (column >= ${heads * headDim}u || place >= ${turned}u) { y[i] = x[i]; return; }
  let at = u32(positions[row % ${times}u]) * ${half}u + place % ${half}u;
  let s = sines[at] * ${floatLiteral(inverse ? -1 : 1)};
  if (place < ${half}u) { y[i] = x[i] * cosines[at] - x[i + ${half}u] * s; }
  else { y[i] = x[i] * cosines[at] + x[i - ${half}u] * s; }`,
          index,
          count,
        ),
        bindings: [{ input: 0 }, { input: 1 }, { input: 2 }, { input: 3 }, { output: 0 }],
        workgroups,
      },
    ];
  },
  gradient: ([upstream], { inputs: [, cos, sin, positions], attrs }) => [
    () => call(rope, [upstream!, cos!, sin!, positions!], { ...attrs, inverse: !attrs.inverse })[0]!,
    ...[null, null, null],
  ],
  cases: [
    ropeCase(1, 1, 1, 2),
    ropeCase(2, 3, 2, 8),
    ropeCase(1, 5, 3, 6, { turned: 4 }),
    ropeCase(2, 4, 2, 10, { inverse: true }),
    ropeCase(2, 3, 1, 4, {}, 5),
    ropeCase(1, 17, 4, 64, {}, 0),
  ],
});

function ropeCase(
  batch: number,
  time: number,
  heads: number,
  headDim: number,
  more: Partial<RopeAttrs> = {},
  rest = 0,
): KernelCase<RopeAttrs> {
  const attrs = { heads, headDim, turned: headDim, inverse: false, ...more };
  const table = { shape: [time + 3, attrs.turned / 2], dtype: 'float32' } as const;
  const positions = { shape: [rest ? batch : 1, time], dtype: 'int32', fill: { ids: time + 3 } } as const;
  return {
    inputs: [{ shape: [batch, time, heads * headDim + rest], dtype: 'float32' }, table, table, positions],
    attrs,
  };
}
