// What is said of the WebAssembly backend before and after it started: names must be those its findings are kept by.
import { expect, it } from 'vitest';
import { keepCertificate } from './certificates';
import { openCpuDevice } from './cpu-device';
import { deviceInfo } from './device-info';
import { Backends } from './start';
import { bestBuild } from './wasm-module';

it('a relaxed build that computes wrong is not chosen', () => {
  expect(bestBuild(() => () => 0)).toBe('simd');
  expect(bestBuild(() => (a, b, c) => a * b + c)).toBe(bestBuild());
});

it('a backend goes by the build and the threads it started with, and its certificate is found by them', async () => {
  const plain = { ...openCpuDevice(), backend: 'wasm' as const, adapter: 'WebAssembly SIMD', threads: 1 };
  const backends = new Backends({ build: 'test', openWasm: () => Promise.resolve(plain) });
  const certificate = { at: 1, build: 'test', state: 'passed' as const, seconds: 1, checks: [], replaced: [] };
  await keepCertificate('wasm', plain.adapter, certificate);
  await backends.detect();
  await backends.opened('wasm');
  for (const look of [0, 1]) {
    if (look === 1) backends.forgetFacts();
    const facts = (await deviceInfo(backends, 'wasm')).backends?.find(({ backend }) => backend === 'wasm');
    expect(facts).toMatchObject({ adapter: 'WebAssembly SIMD', threads: 1, relaxedSimd: false, certificate });
    expect(facts?.features).toEqual(['simd']);
  }
});
