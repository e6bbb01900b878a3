// How kernels are called from model code and from gradients: through tfjs's engine, so that its tape sees the call.
import { engine, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import type { Attrs, Kernel } from '../kernels/kernel';
import { currentRecording, planKernel } from './plan-backend';

/**
 * Records one call of `kernel` and gives its outputs. Only inside record(); shapes are checked by the kernel's infer.
 * For kernels that update inputs in place use Recorder.mutate: the tape must not see those.
 */
export function call<A extends Attrs>(kernel: Kernel<A>, inputs: readonly Tensor[], attrs: A): Tensor[] {
  if (kernel.mutates?.length) throw new Error(`${kernel.name} changes its inputs: record it with mutate().`);
  const request = currentRecording().request(kernel, attrs);
  return engine().runKernel<Tensor[]>(planKernel, numbered(inputs), { request });
}

/** tfjs keeps all inputs for the gradient only where they are an array; its types ask for a map of names. */
function numbered(inputs: readonly Tensor[]): NamedTensorMap {
  const map: NamedTensorMap = Object.fromEntries(inputs.map((input, index) => [String(index), input]));
  return Object.assign(new Array<Tensor>(), map);
}
