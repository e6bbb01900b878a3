// A call of a plan that plain loops compute between two submissions: a kernel that has no
// shader. Slow (arrays cross to the host and back), and right.
import type { Dtype, Numbers } from '../kernels/kernel';
import type { GpuCore } from './webgpu-core';
import type { Location } from './webgpu-layout';

/** An argument of such a call, with its place once that is known. */
export interface HostArgument<P> {
  at: P;
  words: number;
  dtype: Dtype;
  /** An output, or an input that is updated in place. */
  written: boolean;
}

export interface HostCall<P> {
  inputs: readonly HostArgument<P>[];
  outputs: readonly HostArgument<P>[];
  compute(inputs: readonly Numbers[], outputs: readonly Numbers[]): void;
}

export async function runOnHost(
  core: GpuCore,
  call: HostCall<Location>,
  bufferOf: (at: Location) => GPUBuffer,
): Promise<void> {
  const inputs = await Promise.all(
    call.inputs.map(async ({ at, words, dtype }) => {
      const bytes = await core.memory.read(bufferOf(at), at.offset, words);
      return dtype === 'float32' ? new Float32Array(bytes) : new Int32Array(bytes);
    }),
  );
  const outputs = call.outputs.map(({ words, dtype }) =>
    dtype === 'float32' ? new Float32Array(words) : new Int32Array(words),
  );
  call.compute(inputs, outputs);
  const write = (argument: HostArgument<Location>, values: Float32Array | Int32Array | undefined): void => {
    if (!argument.written || !values) return;
    const { at } = argument;
    core.device.queue.writeBuffer(bufferOf(at), at.offset * 4, values.buffer, values.byteOffset, values.byteLength);
  };
  call.inputs.forEach((argument, index) => write(argument, inputs[index]));
  call.outputs.forEach((argument, index) => write(argument, outputs[index]));
}
