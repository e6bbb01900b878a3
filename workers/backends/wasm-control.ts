// The first 4 KiB of the memory, where threads find each other: the barrier (workers/kernels/barrier.as.ts), the signal to
// run a list of calls, and what went wrong. Nothing else is kept there.

/** Byte address of the barrier: count, generation and sleepers, a cache line each. */
export const barrierAddress = 64;
/** First byte that the heap may use, unless the module's constants reach further. */
export const controlBytes = 4096;

const word = (address: number): number => address / 4;
const barrierCount = word(barrierAddress);
const barrierGeneration = word(barrierAddress + 64);
const barrierSleepers = word(barrierAddress + 128);
/** Rises with each run; threads wait for it. */
const runs = word(256);
/** Address and number of the list to run. */
const listAddress = word(320);
const listNumber = word(324);
/** Thread that failed, plus one; 0 while all is well. */
const failed = word(384);
const ended = word(388);
const messageLength = word(512);
const messageStart = 516;
const mostLetters = 1024;

/** Reads and writes of the control words, in any thread. */
export class Control {
  private readonly words: Int32Array;
  private readonly letters: Uint16Array;

  constructor(memory: WebAssembly.Memory) {
    // The start of a memory stays where it is when it grows, where it is shared; with one thread nobody listens.
    this.words = new Int32Array(memory.buffer, 0, controlBytes / 4);
    this.letters = new Uint16Array(memory.buffer, messageStart, mostLetters);
  }

  /** Tells all threads to run a list. */
  signal(address: number, number: number): void {
    Atomics.store(this.words, listAddress, address);
    Atomics.store(this.words, listNumber, number);
    Atomics.add(this.words, runs, 1);
    Atomics.notify(this.words, runs);
  }

  get signals(): number {
    return Atomics.load(this.words, runs);
  }

  list(): { address: number; number: number } {
    return {
      address: Atomics.load(this.words, listAddress) >>> 0,
      number: Atomics.load(this.words, listNumber),
    };
  }

  /** Sleeps until the signals are no longer `seen`. */
  sleep(seen: number): void {
    Atomics.wait(this.words, runs, seen);
  }

  /** Notes who failed and why, for good, and wakes all who wait at the barrier. Only the first failure is kept. */
  fail(thread: number, message: string): void {
    if (Atomics.compareExchange(this.words, failed, 0, thread + 1) !== 0) return;
    const text = message.slice(0, mostLetters);
    for (let i = 0; i < text.length; i++) this.letters[i] = text.charCodeAt(i);
    Atomics.store(this.words, messageLength, text.length);
    this.wake();
  }

  failure(): { thread: number; message: string } | null {
    const thread = Atomics.load(this.words, failed) - 1;
    if (thread < 0) return null;
    const length = Atomics.load(this.words, messageLength);
    return { thread, message: String.fromCharCode(...this.letters.slice(0, length)) };
  }

  /** Tells all threads to end. */
  end(): void {
    Atomics.store(this.words, ended, 1);
    Atomics.add(this.words, runs, 1);
    Atomics.notify(this.words, runs);
    this.wake();
  }

  get isEnded(): boolean {
    return Atomics.load(this.words, ended) === 1;
  }

  reset(): void {
    this.words.fill(0, barrierCount, controlBytes / 4);
  }

  private wake(): void {
    if (Atomics.load(this.words, barrierSleepers) > 0) Atomics.notify(this.words, barrierGeneration);
  }
}
