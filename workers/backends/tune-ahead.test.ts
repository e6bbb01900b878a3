// Tuning before it is needed, on an adapter that Dawn finds and that goes by another name: only real adapters are tuned.
import { describe, expect, it } from 'vitest';
import { AbortError } from '../../src/contract/errors';
import { startDawn } from './testing/dawn';
import { standIn } from './testing/stand-in';
import { Backends } from './start';
import { storedTuning, storeTuning, tuningVersion } from './tuning-table';
import { tuneAhead } from './tune-ahead';

const dawn = await startDawn();
const title = 'reason' in dawn ? `(skipped: ${dawn.reason})` : '';

function backendsOn(adapter: string): Backends {
  if ('reason' in dawn) throw new Error(dawn.reason);
  const { gpu } = dawn;
  const info = { vendor: adapter, architecture: '', device: '', description: '' };
  const requestAdapter = async (options: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const real = await gpu.requestAdapter(options);
    return real && standIn(real, { info });
  };
  const openWasm = () => Promise.reject(new Error('not used in this test'));
  return new Backends({ build: 'test', openWasm, gpu: standIn(gpu, { requestAdapter }) });
}
const going = (): AbortSignal => new AbortController().signal;

describe.skipIf(title !== '')(`tuning ahead of the first run ${title}`, () => {
  it('times the variants, so that the first run has its table without waiting; once', async () => {
    const backends = backendsOn('Real one');
    expect(await tuneAhead(backends, 'webgpu', going())).toBe(true);
    const stored = await storedTuning('webgpu', 'Real one');
    expect(stored?.seconds).toBeLessThan(3.5);
    expect(stored?.entries.some(({ tried }) => tried.length > 0)).toBe(true);
    expect((await backends.start('webgpu')).tuning).toEqual(stored);
    expect(await tuneAhead(backendsOn('Real one'), 'webgpu', going())).toBe(true);
    expect(await storedTuning('webgpu', 'Real one')).toEqual(stored);
  }, 20_000);

  it('stops at once when it is called off, keeps nothing, and leaves the device as it was', async () => {
    const backends = backendsOn('Real two');
    const { gpu } = await backends.opened('webgpu');
    const controller = new AbortController();
    const tuning = tuneAhead(backends, 'webgpu', controller.signal);
    await expect.poll(() => gpu?.tuning(), { timeout: 5000, interval: 1 }).not.toBeNull();
    const asked = performance.now();
    controller.abort();
    await expect(tuning).rejects.toBeInstanceOf(AbortError);
    expect(performance.now() - asked).toBeLessThan(100);
    expect(gpu?.tuning()).toBeNull();
    expect(await storedTuning('webgpu', 'Real two')).toBeNull();
    // A run that holds to its own variants is not given others, whatever was measured meanwhile.
    const own = { backend: 'webgpu' as const, version: tuningVersion, at: 1, seconds: 1, entries: [] };
    await storeTuning('Real two', { ...own, at: 2 });
    expect((await backends.start('webgpu', own)).tuning).toEqual(own);
    expect((await backends.start('webgpu', null)).tuning).toBeNull();
  }, 20_000);

  it('leaves other backends and software adapters alone', async () => {
    expect(await tuneAhead(backendsOn('Real three'), 'wasm', going())).toBe(false);
    expect(await tuneAhead(backendsOn('SwiftShader'), 'webgpu', going())).toBe(false);
    expect(await storedTuning('webgpu', 'SwiftShader')).toBeNull();
  }, 20_000);
});
