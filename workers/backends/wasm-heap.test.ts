// The heap: nothing overlaps, and everything comes back.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WasmHeap } from './wasm-heap';

test('pieces are zero, aligned, apart, and one hole again when all are freed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(200_000), fc.nat(9)), { maxLength: 60 }), (orders) => {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 4096 });
      const heap = new WasmHeap(memory, 5000);
      const held = new Map<number, number>();
      for (const [bytes, which] of orders) {
        const old = [...held.keys()][which];
        if (old !== undefined && bytes % 3 === 0) {
          heap.free(old);
          held.delete(old);
          continue;
        }
        const address = heap.allocate(bytes, 'a piece');
        expect(address % 64).toBe(0);
        expect(address).toBeGreaterThanOrEqual(5000);
        const view = new Uint8Array(memory.buffer, address, bytes);
        expect(view.every((value) => value === 0)).toBe(true);
        view.fill(255);
        for (const [start, size] of held) expect(address + bytes <= start || start + size <= address).toBe(true);
        held.set(address, bytes);
      }
      for (const address of held.keys()) heap.free(address);
      expect(heap.bytes()).toBe(0);
      const all = memory.buffer.byteLength - 5056;
      expect(heap.allocate(all, 'everything')).toBe(5056);
      expect(memory.buffer.byteLength - 5056).toBe(all);
    }),
  );
});
