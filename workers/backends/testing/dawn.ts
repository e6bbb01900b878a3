// WebGPU in plain Node through the package `webgpu` (Dawn), for tests and benches; never part of the app. Where no adapter
// can start it says why, and what needs one is skipped with that reason.
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';

const systemFolders = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib',
];

const driverFolders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** Folders where browsers bring a Vulkan loader and a software adapter along; a system's own is found without them. */
const browserFolders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];

let started: Promise<{ gpu: GPU } | { reason: string }> | null = null;

/** The same `GPU` at each asking. Sets the globals (`GPUBufferUsage` …) that kernels and devices use. */
export function startDawn(): Promise<{ gpu: GPU } | { reason: string }> {
  started ??= start();
  return started;
}

async function start(): Promise<{ gpu: GPU } | { reason: string }> {
  try {
    const loaderIn = (folder: string): boolean => existsSync(path.join(folder, 'libvulkan.so.1'));
    const folder = browserFolders.find(loaderIn);
    if (folder && !systemFolders.some(loaderIn)) preload(path.join(folder, 'libvulkan.so.1'));
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    const hasDriver =
      'VK_ICD_FILENAMES' in process.env ||
      driverFolders.some((each) => existsSync(each) && readdirSync(each).length > 0);
    // Asking without any driver works, too, but is answered with a page of warnings.
    if (folder && !hasDriver) useSoftware(folder);
    // The machine's own adapter wins; the browser's software adapter is for machines without one.
    const own = await firstAdapter(create([]));
    if (own) return { gpu: own };
    if (!folder) return { reason: 'Dawn found no graphics adapter on this machine.' };
    useSoftware(folder);
    const software = await firstAdapter(create([]));
    return software ? { gpu: software } : { reason: 'Dawn found no graphics adapter, nor a browser’s software one.' };
  } catch (error) {
    return { reason: `Dawn did not start: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function useSoftware(folder: string): void {
  process.env['VK_DRIVER_FILES'] ??= path.join(folder, 'vk_swiftshader_icd.json');
}

async function firstAdapter(gpu: GPU): Promise<GPU | null> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  return adapter ? gpu : null;
}

/** Keeps the library loaded, so that Dawn finds it by its name. Node complains that it is no addon; it stays all the same. */
function preload(library: string): void {
  const stayLoaded = 0x1000;
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | stayLoaded);
  } catch {
    return;
  }
}
