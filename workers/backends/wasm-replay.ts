// Lists of kernel calls as threads share them, and what one thread does with them. A list is written into the shared
// memory once; afterwards a signal is enough. The calling thread (wasm-device.ts) has a list of its own.
import type { Control } from './wasm-control';
import type { Instance } from './wasm-module';

/** A call of function number `fn`; -1: only the first thread works, the others wait for it. */
export interface WasmStep {
  fn: number;
  args: readonly number[];
}

/** Numbers for a Float64Array: how many steps, then function, how many arguments, arguments. */
export function encodeSteps(steps: readonly WasmStep[]): number[] {
  return [steps.length, ...steps.flatMap(({ fn, args }) => [fn, args.length, ...args])];
}

export function decodeSteps(numbers: Float64Array): WasmStep[] {
  const steps: WasmStep[] = [];
  let at = 1;
  for (let left = numbers[0] ?? 0; left > 0; left--) {
    const [fn = -1, count = 0] = numbers.subarray(at, at + 2);
    steps.push({ fn, args: [...numbers.subarray(at + 2, at + 2 + count)] });
    at += 2 + count;
  }
  return steps;
}

type Work = (() => void) | null;

/** Steps made ready for one thread: functions with their arguments. */
export function bindSteps(
  steps: readonly WasmStep[],
  { functions }: Pick<Instance, 'functions'>,
  thread: number,
  threads: number,
): Work[] {
  return steps.map(({ fn, args }) => {
    const kernel = functions[fn];
    if (!kernel) return null;
    const all = [...args, thread, threads];
    return () => void kernel(...all);
  });
}

/** Short enough to cost nothing between two runs of a training step, long enough not to sleep there. */
const spinMs = 1.5;
/** Lists that a thread keeps decoded. */
const keptLists = 256;

/** Runs lists whenever signalled, until the device ends or something fails. Does not return before. */
export function serveLists(
  memory: WebAssembly.Memory,
  control: Control,
  instance: Instance,
  thread: number,
  threads: number,
): void {
  const known = new Map<number, Work[]>();
  let seen = 0;
  for (;;) {
    seen = nextSignal(control, seen);
    if (control.isEnded) return;
    try {
      const { address, number } = control.list();
      let list = known.get(number);
      if (!list) {
        list = bindSteps(decodeSteps(new Float64Array(memory.buffer, address)), instance, thread, threads);
        if (known.size >= keptLists) known.clear();
        known.set(number, list);
      }
      for (const work of list) {
        work?.();
        instance.barrier();
      }
    } catch (error) {
      control.fail(thread, error instanceof Error ? error.message : String(error));
      return;
    }
  }
}

function nextSignal(control: Control, seen: number): number {
  const until = performance.now() + spinMs;
  do {
    for (let i = 0; i < 256; i++) if (control.signals !== seen) return control.signals;
  } while (performance.now() < until);
  while (control.signals === seen) control.sleep(seen);
  return control.signals;
}
