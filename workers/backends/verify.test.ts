// What the device panel's buttons do where a backend does not start: the others are looked at all the same.
import { expect, it } from 'vitest';
import { DeviceError } from '../../src/contract/errors';
import { Backends } from './start';
import { tuneBackends, verifyBackends } from './verify';

it('a backend that does not start has no findings', async () => {
  const openWasm = () => Promise.reject(new DeviceError('No memory.'));
  const backends = new Backends({ build: 'test', openWasm });
  expect((await backends.detect()).find(({ backend }) => backend === 'wasm')).toMatchObject({ usable: true });
  expect(await verifyBackends(backends)).toEqual([]);
  expect(await tuneBackends(backends, () => undefined, new AbortController().signal)).toEqual([]);
});

it('an error of the program itself is not passed over', async () => {
  const backends = new Backends({ build: 'test', openWasm: () => Promise.reject(new TypeError('x')) });
  await expect(verifyBackends(backends)).rejects.toThrow(TypeError);
});
