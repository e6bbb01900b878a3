// All kernels of the WebAssembly backend in one module (AssemblyScript, compiled by scripts/wasm.mjs; no allocation, no
// classes). To add a kernel:
//   1. `<name>.as.ts` exports `<name>(…: usize, …: i32, thread: i32, threads: i32): void`: addresses and sizes, then
//      which share of how many is this thread's. `firstOf` (simd.as.ts) gives the share; rows or columns, never a sum.
//   2. Arithmetic by v128 and `madd` (simd.as.ts); a `barrier()` (barrier.as.ts) inside where phases depend on each other.
//      Addresses are 64-byte aligned. Module-level `let` is each thread's own; the memory is everybody's.
//   3. One line below, and `npm run wasm -- workers/kernels/<name>.as.ts` shows the compiler's opinion of it alone.
//   4. `<name>.ts` names the function in `wasm(call)`.
export * from './activations.as';
export { arithmetic } from './arithmetic.as';
export * from './arrays.as';
export { attention_bias_grad } from './attention-bias-grad.as';
export { attention_grad } from './attention-grad.as';
export { attention } from './attention.as';
export { barrier, barrier_init, memory_start } from './barrier.as';
export { madd_check } from './check.as';
export * from './cross-entropy.as';
export { embedding, embedding_bag, embedding_bag_gradient, embedding_gradient, row_scatter, segment_sums } from './embedding.as';
export { gradient_control, squared_norm } from './gradient-control.as';
export { pack_half, unpack_half } from './half.as';
export { matmul_thin } from './matmul-thin.as';
export { matmul } from './matmul.as';
export * from './norm.as';
export { optimizer_update, sparse_optimizer_update } from './optimizers.as';
export { packed_matmul } from './packed-matmul.as';
export { rope } from './rope.as';
export { accumulate, average_weights } from './slab-update.as';
export * from './softmax.as';
export { loss_scaling, step_log } from './step-log.as';
export { sum_columns, sum_rows } from './sum.as';
export * from './swiglu.as';
export { top_k } from './top-k.as';
export * from './binary-cross-entropy.as';
export * from './dropout.as';
export * from './pair-loss.as';
export * from './chunked-cross-entropy.as';
