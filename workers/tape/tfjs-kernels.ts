// tfjs's own operations (tf.add, x.reshape …) on the backend "plan": each is passed on to a kernel of ours, or is
// another view of the same array. Its tape needs Add, Identity and Cast; model code may use all that stand here. The
// gradients are ours, but only where tfjs's own are not loaded: those are made of operations that stand here, too.
import {
  getGradient,
  registerGradient,
  registerKernel,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { kernelNamed } from '../kernels/catalog';
import { broadcastTo } from '../kernels/broadcast';
import type { Attrs } from '../kernels/kernel';
import { scale } from '../kernels/scale';
import { arrayOf, currentRecording, infoOf, inputsInOrder, planBackend, reshaped } from './plan-backend';
import { reshape } from './reshape';

interface Saved {
  inputs: readonly Tensor[];
  output: Tensor;
  attrs: NamedAttrMap;
}

interface TfjsKernel {
  name: string;
  /** Names of its inputs; null where it takes a list. */
  inputs: readonly string[] | null;
  run(inputs: readonly TensorInfo[], attrs: NamedAttrMap): TensorInfo;
  /** Null where no gradient flows. */
  gradient: ((dy: Tensor, saved: Saved) => readonly ((() => Tensor) | null)[]) | null;
}

/** One call of a kernel of ours. */
function apply(kernel: string, inputs: readonly TensorInfo[], attrs: Attrs): TensorInfo {
  return infoOf(currentRecording().call(kernelNamed(kernel), inputs.map(arrayOf), attrs)[0]!);
}

/** A tfjs kernel that is one of ours under another name. */
function same(
  name: string,
  kernel: string,
  inputs: readonly string[] | null,
  attrsOf: (attrs: NamedAttrMap, inputs: readonly { shape: number[] }[]) => Attrs = () => ({}),
): TfjsKernel {
  return {
    name,
    inputs,
    run: (given, attrs) => apply(kernel, given, attrsOf(attrs, given)),
    gradient: (dy, saved) =>
      kernelNamed(kernel).gradient?.([dy], {
        inputs: saved.inputs,
        outputs: [saved.output],
        attrs: attrsOf(saved.attrs, saved.inputs),
      }) ?? [],
  };
}

const filledLike = (name: string, value: number): TfjsKernel => ({
  name,
  inputs: ['x'],
  run: ([x]) => apply('Fill', [], { shape: x!.shape, dtype: x!.dtype === 'int32' ? 'int32' : 'float32', value }),
  gradient: null,
});

const axesOf = (value: unknown, rank: number): number[] =>
  numbers(value).map((axis) => (axis < 0 ? axis + rank : axis));

const sumAttrs = (attrs: NamedAttrMap, [x]: readonly { shape: number[] }[]) => {
  const { axis, keepDims } = attrs;
  const rank = x!.shape.length;
  const axes = axis === null || axis === undefined ? x!.shape.map((_, i) => i) : axesOf(axis, rank);
  return { axes, keepDims: keepDims === true };
};

const table: readonly TfjsKernel[] = [
  {
    name: 'Identity',
    inputs: ['x'],
    run: ([x]) => reshaped(x!, x!.shape),
    gradient: (dy) => [() => dy.clone()],
  },
  {
    name: 'Reshape',
    inputs: ['x'],
    run: ([x], { shape }) => reshaped(x!, sizes(shape, x!)),
    gradient: (dy, { inputs: [x] }) => [() => reshape(dy, x!.shape).clone()],
  },
  {
    name: 'Cast',
    inputs: ['x'],
    run: ([x], { dtype }) => {
      if (dtype === x!.dtype) return reshaped(x!, x!.shape);
      if (dtype === 'float32') return apply('ToFloats', [x!], {});
      throw new Error(`A plan cannot turn ${x!.dtype} into ${String(dtype)}.`);
    },
    gradient: (dy) => [() => dy.clone()],
  },
  same('Add', 'Add', ['a', 'b']),
  same('Sub', 'Subtract', ['a', 'b']),
  same('Multiply', 'Multiply', ['a', 'b']),
  same('RealDiv', 'Divide', ['a', 'b']),
  same('Neg', 'Scale', ['x'], () => ({ factor: -1, shift: 0 })),
  same('Sqrt', 'Sqrt', ['x']),
  same('Exp', 'Exp', ['x']),
  same('Log', 'Log', ['x']),
  same('Relu', 'Relu', ['x']),
  same('Sigmoid', 'Sigmoid', ['x']),
  same('Tanh', 'Tanh', ['x']),
  same('Sum', 'Sum', ['x'], sumAttrs),
  {
    name: 'Mean',
    inputs: ['x'],
    run: ([x], attrs) => {
      const ours = sumAttrs(attrs, [x!]);
      return apply('Scale', [apply('Sum', [x!], ours)], { factor: shareOf(x!.shape, ours.axes), shift: 0 });
    },
    gradient: (dy, { inputs: [x], attrs }) => [
      () => {
        const { axes } = sumAttrs(attrs, [x!]);
        const kept = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
        return broadcastTo(reshape(scale(dy, shareOf(x!.shape, axes)), kept), x!.shape);
      },
    ],
  },
  {
    name: 'Square',
    inputs: ['x'],
    run: ([x]) => apply('Multiply', [x!, x!], {}),
    gradient: (dy, { inputs: [x] }) => [
      () => kernelNamed('Multiply').gradient!([scale(dy, 2)], { inputs: [x!, x!], outputs: [dy], attrs: {} })[0]!(),
    ],
  },
  same('Transpose', 'Transpose', ['x'], ({ perm }) => ({ order: numbers(perm) })),
  same('Slice', 'Slice', ['x'], ({ begin, size }, [x]) => {
    const from = numbers(begin);
    return { begin: from, size: numbers(size).map((n, axis) => (n === -1 ? x!.shape[axis]! - from[axis]! : n)) };
  }),
  same('Concat', 'Concat', null, ({ axis }, [x]) => ({ axis: axesOf([axis], x!.shape.length)[0]! })),
  same('PadV2', 'Pad', ['x'], ({ paddings, constantValue }) => ({
    before: pairs(paddings).map(([before]) => before),
    after: pairs(paddings).map(([, after]) => after),
    value: Number(constantValue),
  })),
  same('BatchMatMul', 'MatMul', ['a', 'b'], ({ transposeA, transposeB }) => ({
    transposeA: transposeA === true,
    transposeB: transposeB === true,
    alpha: 1,
  })),
  filledLike('ZerosLike', 0),
  filledLike('OnesLike', 1),
  {
    name: 'Fill',
    inputs: [],
    run: (_, { shape, value, dtype }) =>
      apply('Fill', [], {
        shape: numbers(shape),
        dtype: dtype === 'int32' ? 'int32' : 'float32',
        value: Number(value),
      }),
    gradient: null,
  },
];

let registered = false;

export function registerTfjsKernels(): void {
  if (registered) return;
  registered = true;
  for (const entry of table) {
    const { name, inputs, run, gradient } = entry;
    registerKernel({
      kernelName: name,
      backendName: planBackend,
      kernelFunc: (call) => run(inOrder(entry, call.inputs), call.attrs ?? {}),
    });
    if (!gradient || getGradient(name)) continue;
    registerGradient({
      kernelName: name,
      ...(inputs ? { inputsToSave: [...inputs] } : { saveAllInputs: true }),
      outputsToSave: [true],
      gradFunc: (dy, saved, attrs) => {
        const upstream = Array.isArray(dy) ? dy[0]! : dy;
        const output = saved.at(-1)!;
        const thunks = gradient(upstream, { inputs: saved.slice(0, -1), output, attrs });
        return Object.fromEntries(
          thunks.map((thunk, index): [string, () => Tensor] => [
            inputs?.[index] ?? String(index),
            // A tensor handed out must be a new one: tfjs disposes of a gradient once it was added to another.
            () => distinct(thunk, upstream, name),
          ]),
        );
      },
    });
  }
}

function distinct(thunk: (() => Tensor) | null, upstream: Tensor, name: string): Tensor {
  if (!thunk) throw new Error(`${name} has no gradient, but the loss depends on it.`);
  const tensor = thunk();
  return tensor === upstream ? tensor.clone() : tensor;
}

function inOrder({ name, inputs }: TfjsKernel, given: NamedTensorInfoMap): TensorInfo[] {
  if (!inputs) return inputsInOrder(given);
  return inputs.map((input) => {
    const tensor = given[input];
    if (!tensor) throw new Error(`${name} was called without its input ${input}.`);
    return tensor;
  });
}

const shareOf = (shape: readonly number[], axes: readonly number[]): number =>
  1 / axes.reduce((count, axis) => count * shape[axis]!, 1);

/** A shape attribute; -1 stands for what is left. */
function sizes(value: unknown, { shape }: TensorInfo): number[] {
  const wanted = numbers(value);
  const all = shape.reduce((product, size) => product * size, 1);
  const known = wanted.reduce((product, size) => (size === -1 ? product : product * size), 1);
  return wanted.map((size) => (size === -1 ? all / known : size));
}

function numbers(value: unknown): number[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map(Number);
}

function pairs(value: unknown): [number, number][] {
  const list: unknown[] = Array.isArray(value) ? value : [];
  return list.map((pair) => {
    const [before = 0, after = 0] = numbers(pair);
    return [before, after];
  });
}
