// Where threads wait for each other: a counter and a generation in the shared memory. Spins first, because kernels
// are short, and only then sleeps. Never waits in a memory that is not shared: there is one thread there.

/** Called after each 100 ms of waiting; throws where another thread failed or does not come any more. */
@external("env", "waited")
declare function waited(): void;

const spins: i32 = 20000;
const patience: i64 = 100000000;

let address: usize = 0;
let threads: i32 = 1;

/** Gives this thread's instance the 192 bytes of the barrier (zero at first: count, generation, sleepers). */
export function barrier_init(barrierAddress: usize, threadCount: i32): void {
  address = barrierAddress;
  threads = threadCount;
}

/** Returns when all threads came here. Every thread must come; work that cannot be split belongs to thread 0. */
export function barrier(): void {
  if (threads == 1) return;
  const generation = address + 64;
  const sleepers = address + 128;
  const seen = atomic.load<i32>(generation);
  if (atomic.add<i32>(address, 1) == threads - 1) {
    atomic.store<i32>(address, 0);
    atomic.add<i32>(generation, 1);
    if (atomic.load<i32>(sleepers) > 0) atomic.notify(generation, -1);
    return;
  }
  for (let i = 0; i < spins; i++) if (atomic.load<i32>(generation) != seen) return;
  atomic.add<i32>(sleepers, 1);
  while (atomic.load<i32>(generation) == seen) {
    atomic.wait<i32>(generation, seen, patience);
    if (atomic.load<i32>(generation) == seen) waited();
  }
  atomic.sub<i32>(sleepers, 1);
}

/** First byte that no module-level constant uses. */
export function memory_start(): usize {
  return __heap_base;
}
