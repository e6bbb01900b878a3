// tfjs's own operations (tf.add, x.reshape …) on the backend "plan": each is passed on to a kernel of ours, or is
// another view of the same array. Its tape needs Add, Identity and Cast, model code may use all that stand here. The
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
import { planBackend, reshaped } from './plan-backend';
import { reshape } from './reshape';

interface TfjsKernel {
  name: string;
  inputs: readonly string[];
  run(inputs: readonly TensorInfo[], attrs: NamedAttrMap): TensorInfo;
  gradient(dy: Tensor, saved: { inputs: readonly Tensor[]; output: Tensor; attrs: NamedAttrMap }): (() => Tensor)[];
}

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
    gradient: (dy, { inputs: [x] }) => [() => reshape(dy, x!.shape)],
  },
];

let registered = false;

export function registerTfjsKernels(): void {
  if (registered) return;
  registered = true;
  for (const { name, inputs, run, gradient } of table) {
    const inOrder = (given: NamedTensorInfoMap): TensorInfo[] =>
      inputs.map((input) => {
        const tensor = given[input];
        if (!tensor) throw new Error(`${name} was called without its input ${input}.`);
        return tensor;
      });
    registerKernel({
      kernelName: name,
      backendName: planBackend,
      kernelFunc: (call) => run(inOrder(call.inputs), call.attrs ?? {}),
    });
    if (getGradient(name)) continue;
    registerGradient({
      kernelName: name,
      inputsToSave: [...inputs],
      outputsToSave: [true],
      gradFunc: (dy, saved, attrs) => {
        const upstream = Array.isArray(dy) ? dy[0]! : dy;
        const output = saved[inputs.length]!;
        const thunks = gradient(upstream, { inputs: saved.slice(0, inputs.length), output, attrs });
        return Object.fromEntries(inputs.map((input, index) => [input, thunks[index]!]));
      },
    });
  }
}

/** A shape attribute; -1 stands for what is left. */
function sizes(value: unknown, { shape }: TensorInfo): number[] {
  const wanted = numbers(value);
  const all = shape.reduce((product, size) => product * size, 1);
  const known = wanted.reduce((product, size) => (size === -1 ? product : product * size), 1);
  return wanted.map((size) => (size === -1 ? all / known : size));
}

function numbers(value: unknown): number[] {
  if (!Array.isArray(value)) throw new Error('A list of numbers is missing.');
  return value.map(Number);
}
