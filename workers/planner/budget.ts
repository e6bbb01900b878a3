// How many bytes a run may hold here. A tab that asks for more is ended by the browser without a word, so the budget
// is cautious: memory of wasm ends at 4 GB by its addresses, and browsers tell no more than 8 GB of a machine.
import type { BackendName } from '../../src/contract/records';

const wasmCeiling = 3e9;
const gigabyte = 2 ** 30;

export interface MemoryFacts {
  /** `navigator.deviceMemory`, GB, rounded down by the browser and at most 8; undefined where it is not told. */
  deviceMemory: number | undefined;
  /** `maxBufferSize` of the adapter; undefined without one. */
  maxBufferBytes: number | undefined;
}

/** Bytes, for weights, moments, activations and rows together. */
export function memoryBudget(backend: BackendName, facts: MemoryFacts): number {
  const machine = (facts.deviceMemory ?? 4) * gigabyte;
  if (backend !== 'webgpu') return Math.min(wasmCeiling, machine / 2);
  // No browser tells the memory of a GPU. Its largest buffer is a share of it: a quarter is usual.
  const told = facts.maxBufferBytes ?? gigabyte / 4;
  return Math.min(4 * told, Math.max(told, machine));
}

export function memoryFactsHere(maxBufferBytes?: number): MemoryFacts {
  const given: unknown = typeof navigator === 'undefined' ? undefined : Reflect.get(navigator, 'deviceMemory');
  return { deviceMemory: typeof given === 'number' ? given : undefined, maxBufferBytes };
}
