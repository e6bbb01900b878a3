// The GPUDevice of our own: all limits and the features kernels may use. tfjs and most libraries ask for the
// defaults, which bind no array above 128 MB.
import { DeviceError } from '../../src/contract/errors';

const wanted: ReadonlySet<string> = new Set(['shader-f16', 'subgroups', 'timestamp-query']);

/** Throws DeviceError where the adapter gives no device at all. */
export async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value: unknown = Reflect.get(adapter.limits, name);
    // Some adapters list subgroup sizes among their limits, which are no limits one can ask for.
    if (typeof value === 'number' && !/SubgroupSize$/.test(name)) requiredLimits[name] = value;
  }
  const requiredFeatures = [...adapter.features].filter((name): name is GPUFeatureName => wanted.has(name));
  try {
    return await adapter.requestDevice({ requiredFeatures, requiredLimits });
  } catch {
    // An adapter gives one device only, also where it refused: without the extras it may still have one.
    try {
      return await adapter.requestDevice();
    } catch (error) {
      throw new DeviceError(
        `The graphics adapter gave no device (${error instanceof Error ? error.message : String(error)}). Reload the page, or choose wasm in Settings.`,
        { cause: error },
      );
    }
  }
}
