// WebGPU on a device of our own: tfjs asks for few limits and handles neither a lost device nor late errors.
import { DeviceError } from '../../src/contract/errors';
import { describeAdapter, findAdapter } from './detect';
import { loadTensorflow } from './tensorflow';

export interface WebgpuDevice {
  adapter: string;
  /** Set once the device is gone or answered an error: what it computes from then on is worth nothing. */
  failure(): DeviceError | null;
}

/** Starts the device with all the adapter offers and registers it with tfjs as `webgpu`. */
export async function startWebgpu(onFailure: (error: DeviceError) => void): Promise<WebgpuDevice> {
  const found = await findAdapter();
  if ('reason' in found) throw new DeviceError(`WebGPU cannot start: ${found.reason}`);
  const { adapter } = found;
  const device = await requestDevice(adapter);
  let failure: DeviceError | null = null;
  const fail = (message: string): void => {
    if (failure) return;
    failure = new DeviceError(message);
    onFailure(failure);
  };
  void device.lost.then((info) =>
    fail(
      `The graphics device was lost (${info.message || info.reason}). The run is kept up to its last checkpoint: resume it, or choose wasm in Settings.`,
    ),
  );
  device.addEventListener('uncapturederror', (event) => {
    const memory = typeof GPUOutOfMemoryError !== 'undefined' && event.error instanceof GPUOutOfMemoryError;
    fail(
      memory
        ? 'The graphics device has no memory left. Lower the batch size or the vector length, or choose wasm in Settings, and resume.'
        : `The graphics device refused a step (${event.error.message.slice(0, 200)}). Choose wasm in Settings and resume.`,
    );
  });
  const tf = await loadTensorflow();
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  // Small inputs would otherwise be computed on the CPU, and a truth test would compare CPU with CPU.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info), 3);
  const started = await tf.setBackend('webgpu').catch(() => false);
  if (!started) throw new DeviceError('The WebGPU backend did not start. Choose wasm in Settings.');
  await tf.ready();
  return { adapter: describeAdapter(adapter.info), failure: () => failure };
}

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const limits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value: unknown = Reflect.get(adapter.limits, name);
    if (typeof value === 'number') limits[name] = value;
  }
  // Some adapters list subgroup sizes among their limits, which are no limits one can ask for.
  delete limits['minSubgroupSize'];
  delete limits['maxSubgroupSize'];
  const requiredFeatures = [...adapter.features].filter((name): name is GPUFeatureName =>
    ['shader-f16', 'subgroups', 'timestamp-query'].includes(name),
  );
  try {
    return await adapter.requestDevice({ requiredFeatures, requiredLimits: limits });
  } catch {
    return adapter.requestDevice();
  }
}
