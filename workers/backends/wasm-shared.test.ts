// Memory that plans of a WebAssembly device use one after another. The device itself is in wasm-device.test.ts.
import { expect, it } from 'vitest';
import { WasmHeap } from './wasm-heap';
import { WasmShared } from './wasm-shared';

function made() {
  const heap = new WasmHeap(new WebAssembly.Memory({ initial: 1, maximum: 4 }), 64);
  let moves = 0;
  return { heap, shared: new WasmShared(heap, 'It', () => moves++), moves: () => moves };
}

it('is as large as the largest needs, and tells of its moves', () => {
  const { heap, shared, moves } = made();
  shared.take(1000);
  shared.take(500);
  expect([moves(), shared.bytes]).toEqual([1, 1000]);
  shared.take(2000);
  expect([moves(), shared.bytes, heap.bytes()]).toEqual([2, 2000, 2048]);
});

it('that cannot grow stays whose it was', () => {
  const { heap, shared } = made();
  shared.take(100_000);
  expect(() => shared.take(1e7)).toThrow(/^It takes/);
  expect(shared.bytes).toBe(100_000);
  const other = heap.allocate(1000, 'Another array');
  expect(other >= shared.address + shared.bytes || other + 1000 <= shared.address).toBe(true);
});

it('grows without needing room for both', () => {
  const { shared } = made();
  shared.take(150_000);
  shared.take(200_000);
  expect(shared.bytes).toBe(200_000);
});

it('is given back by its last user', () => {
  const { heap, shared } = made();
  shared.take(1000);
  shared.take(10);
  shared.leave();
  expect(heap.bytes()).toBe(1024);
  shared.leave();
  expect([heap.bytes(), shared.bytes]).toEqual([0, 0]);
  shared.take(10);
  expect(shared.bytes).toBe(10);
});
