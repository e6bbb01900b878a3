// What is kept of a truth test: findings, never a passing failure; and a failed one is asked again.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { getFact, putFact } from '../../src/storage/facts';
import { kernels } from '../kernels';
import { kernelDifference } from '../kernels/check';
import { Backends } from './start';
import type { BackendFact } from './types';
import { startTrusted } from './verify';

vi.mock('../kernels/check', () => ({ kernelDifference: vi.fn() }));
vi.mock('./tensorflow', () => ({ loadTensorflow: () => Promise.resolve({}) }));

const fact: BackendFact = { backend: 'wasm', adapter: 'test', usable: true, software: false, reason: '' };
const name = 'truth-test 2 wasm test';
const difference = vi.mocked(kernelDifference);

function backends(): Backends {
  const made = new Backends('');
  vi.spyOn(made, 'detect').mockResolvedValue([fact]);
  vi.spyOn(made, 'start').mockResolvedValue({ backend: 'wasm', adapter: 'test', threads: 1 });
  vi.spyOn(made, 'check').mockReturnValue(undefined);
  return made;
}

describe('a backend for a run', () => {
  beforeEach(() => difference.mockReset().mockResolvedValue(0));

  it('is refused once when a check throws, and tested again the next time', async () => {
    difference.mockRejectedValueOnce(new Error('device lost'));
    await expect(startTrusted(backends(), 'wasm')).rejects.toMatchObject({ name: 'DeviceError' });
    expect(await getFact(name)).toBeNull();
    await expect(startTrusted(backends(), 'wasm')).resolves.toMatchObject({ backend: 'wasm' });
  });

  it('is tested again where the stored test failed, and not where it passed', async () => {
    const kernel = kernels[0]!.name;
    await putFact(name, [{ backend: 'wasm', kernel, ok: false, difference: Infinity }]);
    await startTrusted(backends(), 'wasm');
    expect(difference).toHaveBeenCalledTimes(kernels.length);
    await startTrusted(backends(), 'wasm');
    expect(difference).toHaveBeenCalledTimes(kernels.length);
  });
});
