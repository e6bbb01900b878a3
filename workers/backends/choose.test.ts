import { describe, expect, it } from 'vitest';
import { DeviceError } from '../../src/contract/errors';
import { chooseBackend, needsProbe, ranked } from './choose';
import type { BackendFact } from './types';

const fact = (backend: BackendFact['backend'], more: Partial<BackendFact> = {}): BackendFact => ({
  backend,
  adapter: backend,
  usable: true,
  software: false,
  reason: 'because.',
  ...more,
});
const speed = (gflops: number) => ({ speed: { gflops, at: 0 } });

describe('the backend of a run', () => {
  it('is the fastest measured one, whatever it is called', () => {
    const slowGpu = [fact('webgpu', speed(3)), fact('wasm', speed(90)), fact('cpu')];
    expect(ranked(slowGpu).map(({ backend }) => backend)).toEqual(['wasm', 'webgpu', 'cpu']);
    expect(chooseBackend('auto', [fact('webgpu', speed(900)), fact('wasm', speed(90))]).backend).toBe('webgpu');
  });
  it('goes by kind where nothing was measured', () => {
    expect(chooseBackend('auto', [fact('webgpu'), fact('wasm'), fact('cpu')]).backend).toBe('webgpu');
    expect(chooseBackend('auto', [fact('webgpu', { software: true }), fact('wasm')]).backend).toBe('wasm');
    expect(chooseBackend('auto', [fact('webgpu', { usable: false }), fact('cpu')]).backend).toBe('cpu');
  });
  it('lets a software adapter win only by its measurement', () => {
    const facts = [fact('webgpu', { software: true, ...speed(120) }), fact('wasm', speed(90))];
    expect(chooseBackend('auto', facts).backend).toBe('webgpu');
  });
  it('is the one asked for, or a refusal that says why', () => {
    expect(chooseBackend('cpu', [fact('wasm'), fact('cpu')]).backend).toBe('cpu');
    expect(() => chooseBackend('webgpu', [fact('webgpu', { usable: false })])).toThrow(/webgpu.*because/);
    expect(() => chooseBackend('auto', [])).toThrow(DeviceError);
  });
  it('is worth a measurement where two could do the work', () => {
    expect(needsProbe([fact('webgpu'), fact('wasm', speed(90)), fact('cpu')])).toBe(true);
    expect(needsProbe([fact('webgpu', speed(3)), fact('wasm', speed(90)), fact('cpu')])).toBe(false);
    expect(needsProbe([fact('webgpu', { usable: false }), fact('wasm'), fact('cpu')])).toBe(false);
  });
});
