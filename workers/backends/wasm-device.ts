// The WebAssembly device: our own kernels on our own memory, with our own threads. A plan is a list of calls that every
// thread replays; the result does not depend on how many threads there are.
import { DeviceError } from '../../src/contract/errors';
import type { Device } from './device';
import { WasmEngine } from './wasm-engine';
import { WasmHeap } from './wasm-heap';
import {
  bestBuild,
  canShareMemory,
  createMemory,
  functionNames,
  instantiate,
  loadModule,
  maddIsRight,
  wasmAdapter,
  wasmThreads,
  type LoadWasm,
  type WasmBuild,
} from './wasm-module';
import { WasmSession } from './wasm-session';
import { Threads, type StartThread } from './wasm-threads';

export interface WasmOptions {
  /** 1 to 8, with the calling thread; by default as many as there are cores. Never changes a result. */
  threads?: number;
  /** By default the fastest that runs here. */
  build?: WasmBuild;
  load: LoadWasm;
  /** Without it there is one thread. */
  startThread?: StartThread;
}

/** Opens a device. Throws DeviceError where WebAssembly, its SIMD or its memory is not to be had. */
export async function openWasmDevice({ threads, build, load, startThread }: WasmOptions): Promise<Device> {
  const wanted = wasmThreads(threads);
  const shared = wanted > 1 && startThread !== undefined && canShareMemory();
  const chosen = build ?? bestBuild();
  const module = await loadModule(shared ? `${chosen}-shared` : chosen, load);
  const memory = createMemory(shared);
  let others: Threads | null = null;
  const instance = await instantiate(module, memory, () => others?.waited());
  if (!maddIsRight(instance)) {
    if (chosen === 'relaxed' && !build)
      return openWasmDevice({
        build: 'simd',
        load,
        ...(threads ? { threads } : {}),
        ...(startThread ? { startThread } : {}),
      });
    throw new DeviceError('This browser computes WebAssembly SIMD wrongly. Update it, or choose "cpu" in Settings.');
  }
  if (shared && startThread) others = await Threads.start(module, memory, wanted, startThread);
  const heap = new WasmHeap(memory, instance.memoryStart);
  const engine = new WasmEngine(instance, functionNames(module), heap, others);
  instance.join(engine.threadCount);
  return {
    backend: 'wasm',
    adapter: wasmAdapter(chosen),
    threads: engine.threadCount,
    session: () => new WasmSession(engine),
    replace: (kernel) => Boolean(engine.replaced.add(kernel)),
    dispose: () => engine.dispose(),
  };
}
