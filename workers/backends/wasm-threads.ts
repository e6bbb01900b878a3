// The other threads of a WebAssembly device: starting them, giving them lists, noticing when one is gone. The calling
// thread is thread 0 and works, too. Where threads live (nested workers, Node) is the starter's business.
import { DeviceError } from '../../src/contract/errors';
import { Control } from './wasm-control';
import { instantiate } from './wasm-module';
import { serveLists } from './wasm-replay';

/** What a thread needs to begin; sent to it as a message. */
export interface ThreadOrder {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  thread: number;
  threads: number;
}

/** A thread whose script is loaded. */
export interface StartedThread {
  /** Resolves when the thread waits for lists. */
  begin(order: ThreadOrder): Promise<void>;
  onFailure(handler: (reason: string) => void): void;
  terminate(): void;
}

/** Starts a thread, or rejects. */
export type StartThread = (index: number) => Promise<StartedThread>;

/** The life of one of the other threads: `ready` is called just before it waits for lists. Returns when it ends. */
export async function threadLife({ module, memory, thread, threads }: ThreadOrder, ready: () => void): Promise<void> {
  const control = new Control(memory);
  // Threads wait for the first one without limit: without it there is nothing to do. Only failures end the waiting.
  const instance = await instantiate(module, memory, () => {
    if (control.failure() ?? control.isEnded) throw new Error('Another thread failed.');
  });
  instance.join(threads);
  ready();
  serveLists(memory, control, instance, thread, threads);
}

/** How long thread 0 waits for the others at a barrier, beyond three times what its own share took. */
const patienceMs = 900;
/** As in workers/kernels/barrier.as.ts. */
const waitMs = 100;

/** Thread 0's view of the others. */
export class Threads {
  private waits = 0;
  private began = 0;
  private arrived = 0;

  private constructor(
    readonly control: Control,
    private readonly others: readonly StartedThread[],
  ) {}

  /** How many threads work, with this one. */
  get count(): number {
    return this.others.length + 1;
  }

  /** Starts what can be started; null where that is none. */
  static async start(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    count: number,
    startThread: StartThread,
  ): Promise<Threads | null> {
    const starting = await Promise.allSettled(Array.from({ length: count - 1 }, (_, i) => startThread(i + 1)));
    const others = starting.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (others.length === 0) return null;
    const control = new Control(memory);
    const threads = others.length + 1;
    try {
      await Promise.all(others.map((other, i) => other.begin({ module, memory, thread: i + 1, threads })));
    } catch {
      control.end();
      others.forEach((other) => other.terminate());
      return null;
    }
    others.forEach((other, i) => other.onFailure((reason) => control.fail(i + 1, reason)));
    return new Threads(control, others);
  }

  /** A call of the list begins on thread 0. */
  begin(now: number): void {
    this.began = now;
    this.waits = 0;
  }

  /** Called after each 100 ms at the barrier. Counted, not timed: after a computer slept, the others get their time. */
  readonly waited = (): void => {
    const failure = this.control.failure();
    if (failure) throw new DeviceError(failure.message);
    if (this.waits === 0) this.arrived = performance.now() - waitMs;
    this.waits++;
    if (this.waits * waitMs < patienceMs + 3 * Math.max(0, this.arrived - this.began)) return;
    this.control.fail(0, 'a thread does not answer');
    throw new DeviceError('a thread does not answer');
  };

  end(): void {
    this.control.end();
    this.others.forEach((other) => other.terminate());
  }
}
