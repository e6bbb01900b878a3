// Memory that all plans of a WebAssembly device share. The device itself is in wasm-device.test.ts.
import { expect, it } from 'vitest';
import { WasmEngine } from './wasm-engine';
import { WasmHeap } from './wasm-heap';
import type { Instance } from './wasm-module';

const instance: Instance = {
  functions: [],
  join: () => undefined,
  barrier: () => undefined,
  memoryStart: 64,
  madd: (a, b, c) => a * b + c,
};

it('scratch that cannot grow stays whose it was', () => {
  const heap = new WasmHeap(new WebAssembly.Memory({ initial: 1, maximum: 4 }), 64);
  const engine = new WasmEngine(instance, [], heap, null);
  engine.reserveScratch(1000);
  const { address } = engine.scratch;
  expect(() => engine.reserveScratch(1e7)).toThrow(/Scratch memory/);
  expect(engine.scratch).toEqual({ address, bytes: 1000 });
  expect(heap.allocate(1000, 'Another array')).not.toBe(address);
  expect(engine.moves).toBe(1);
});

it('scratch that grows makes every plan look up its addresses again', () => {
  const heap = new WasmHeap(new WebAssembly.Memory({ initial: 1, maximum: 4 }), 64);
  const engine = new WasmEngine(instance, [], heap, null);
  engine.reserveScratch(1000);
  engine.reserveScratch(500);
  expect(engine.moves).toBe(1);
  engine.reserveScratch(2000);
  expect(engine.moves).toBe(2);
  expect(engine.scratch.bytes).toBe(2000);
  expect(heap.bytes()).toBe(2048);
});
