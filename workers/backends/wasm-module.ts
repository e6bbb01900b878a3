// Which build of the kernels runs here, and its start: feature tests, the memory, one instance a thread. The builds are
// made by scripts/wasm.mjs; who asks says where they lie.
import { DeviceError } from '../../src/contract/errors';
import { barrierAddress, controlBytes } from './wasm-control';

export type WasmBuild = 'relaxed' | 'simd';
/** Name of a file of scripts/wasm.mjs, without its ending. */
export type WasmFile = WasmBuild | `${WasmBuild}-shared`;
export type LoadWasm = (file: WasmFile) => Promise<BufferSource | WebAssembly.Module>;

type Export = (...args: number[]) => number | undefined;

/** A module of one function `f`: three floats, each spread over a vector, one instruction on the three, its first lane. */
const oneInstruction = (...code: number[]): BufferSource => {
  const spread = [0, 1, 2].flatMap((argument) => [32, argument, 0xfd, 0x13]);
  const body = [0, ...spread, ...code, 0xfd, 0x1f, 0, 11];
  return new Uint8Array([
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 125, 125, 125, 1, 125, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0],
    ...[10, 2 + body.length, 1, body.length, ...body],
  ]);
};
const relaxedMadd = (): BufferSource => oneInstruction(0xfd, 0x85, 0x02);
const bitselect = (): BufferSource => oneInstruction(0xfd, 0x52);

/** The relaxed multiply-add as this browser computes it. */
function ownMadd(): Instance['madd'] {
  const f = asFunction(new WebAssembly.Instance(new WebAssembly.Module(relaxedMadd())).exports['f']);
  return (a, b, c) => f(a, b, c) ?? NaN;
}

/** The fastest build that this browser can run, and runs right. Throws DeviceError where there is no SIMD at all. */
export function bestBuild(madd = ownMadd): WasmBuild {
  if (WebAssembly.validate(relaxedMadd()) && maddIsRight({ madd: madd() })) return 'relaxed';
  if (WebAssembly.validate(bitselect())) return 'simd';
  throw new DeviceError('This browser has no WebAssembly SIMD. Update it, or choose "cpu" in Settings.');
}

/** What a build is called where adapters are named. */
export const wasmAdapter = (build: WasmBuild): string => `WebAssembly ${build === 'relaxed' ? 'relaxed SIMD' : 'SIMD'}`;

const mostThreads = 8;

/** Threads a device gets: as many as asked for, or as there are cores; one where memory cannot be shared. */
export function wasmThreads(asked?: number): number {
  if (!canShareMemory()) return 1;
  const cores = typeof navigator === 'undefined' ? 1 : navigator.hardwareConcurrency;
  return Math.max(1, Math.min(mostThreads, Math.floor(asked ?? cores)));
}

/** Whether threads can share memory: in an isolated page, and in Node. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  return typeof crossOriginIsolated === 'undefined' || crossOriginIsolated;
}

/** In pages of 64 KiB. Some devices do not even reserve addresses for 4 GiB. */
const largest = [65536, 32768, 16384, 8192];

export function createMemory(shared: boolean): WebAssembly.Memory {
  let reason: unknown;
  for (const maximum of largest) {
    try {
      return new WebAssembly.Memory({ initial: 64, maximum, shared });
    } catch (error) {
      reason = error;
    }
  }
  throw new DeviceError('This browser gives WebAssembly no memory. Close other tabs and try again.', { cause: reason });
}

/** Compiles what `load` gives. */
export async function loadModule(file: WasmFile, load: LoadWasm): Promise<WebAssembly.Module> {
  try {
    const source = await load(file);
    return source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DeviceError(`The kernels (${file}.wasm) could not be loaded: ${reason}. Reload the page.`, {
      cause: error,
    });
  }
}

/** One thread's instance of the module. */
export interface Instance {
  /** By position in `functionNames`. */
  functions: readonly Export[];
  /** Says how many threads meet at the barrier; one until then. */
  join(threads: number): void;
  /** Waits for the other threads; returns at once where there are none. */
  barrier(): void;
  /** First byte that no constant of the module uses. */
  memoryStart: number;
  /** a × b + c by the build's own instruction. */
  madd(a: number, b: number, c: number): number;
}

/** The exported functions; equal in every thread, so a call can be given as a number. */
export function functionNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module)
    .filter(({ kind }) => kind === 'function')
    .map(({ name }) => name);
}

/** `waited` is called after each 100 ms at the barrier and throws to end the waiting. */
export async function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  waited: () => void,
): Promise<Instance> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, waited, abort: unreachable } });
  const functions = functionNames(module).map((name) => asFunction(exports[name]));
  const named = (name: string): Export => asFunction(exports[name]);
  const barrierInit = named('barrier_init');
  const barrier = named('barrier');
  const madd = named('madd_check');
  return {
    functions,
    join: (threads) => void barrierInit(barrierAddress, threads),
    barrier: () => void barrier(),
    memoryStart: Math.max(controlBytes, named('memory_start')() ?? 0),
    madd: (a, b, c) => madd(a, b, c) ?? NaN,
  };
}

/** Whether the build's multiply-add is one: some engines had relaxed instructions that were wrong. */
export function maddIsRight({ madd }: Pick<Instance, 'madd'>): boolean {
  return [
    [1.5, -2.25, 10],
    [3, 7, -21],
    [1e20, 1e-20, -0.5],
  ].every(([a, b, c]) => {
    const expected = a! * b! + c!;
    return Math.abs(madd(a!, b!, c!) - expected) <= 1e-6 * Math.max(1, Math.abs(expected));
  });
}

function asFunction(value: WebAssembly.ExportValue | undefined): Export {
  if (!isFunction(value)) throw new DeviceError('The kernels are of another build. Reload the page.');
  return value;
}

const isFunction = (value: unknown): value is Export => typeof value === 'function';

function unreachable(): never {
  throw new Error('A kernel stopped itself.');
}
