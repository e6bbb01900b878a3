// The devices that start here, for tests of what must hold on each.
import { loadKernels, startThread } from '../../../scripts/wasm-node.mjs';
import { openCpuDevice } from '../../backends/cpu-device';
import type { Device } from '../../backends/device';
import { startDawn } from '../../backends/testing/dawn';
import { openWasmDevice } from '../../backends/wasm-device';
import { openWebgpuDevice } from '../../backends/webgpu-device';

/** By name; a device that cannot start here is left out. */
export async function devicesHere(): Promise<[string, () => Promise<Device>][]> {
  const dawn = await startDawn();
  return [
    ['cpu', () => Promise.resolve(openCpuDevice())],
    ['wasm on two threads', () => openWasmDevice({ load: loadKernels, startThread, threads: 2 })],
    ...('gpu' in dawn
      ? [['webgpu', () => openWebgpuDevice({ gpu: dawn.gpu })] satisfies [string, () => Promise<Device>]]
      : []),
  ];
}

/** Are all numbers the same, bit for bit? */
export const sameBits = (a: { buffer: ArrayBufferLike }, b: { buffer: ArrayBufferLike }): boolean =>
  Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
