// All kernels of the WebAssembly backend in one module (AssemblyScript, compiled by scripts/wasm.mjs; no allocation, no
// classes). To add a kernel:
//   1. `<name>.as.ts` exports `<name>(…: usize, …: i32, thread: i32, threads: i32): void`: addresses and sizes, then
//      which share of how many is this thread's. `firstOf` (simd.as.ts) gives the share; rows or columns, never a sum.
//   2. Arithmetic by v128 and `madd` (simd.as.ts); a `barrier()` (barrier.as.ts) inside where phases depend on each other.
//      Addresses are 64-byte aligned. Module-level constants are fine, mutable data is not: threads share the memory.
//   3. One line below, and `npm run wasm -- workers/kernels/<name>.as.ts` shows the compiler's opinion of it alone.
//   4. `<name>.ts` names the function in `wasm(call)`.
export { barrier, barrier_init, memory_start } from './barrier.as';
