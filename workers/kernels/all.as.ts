// All kernels of the WebAssembly backend in one module (AssemblyScript, compiled by scripts/wasm.mjs; no allocation, no
// classes). To add a kernel:
//   1. `<name>.as.ts` exports `<name>(…: usize, …: i32, thread: i32, threads: i32): void`: addresses and sizes, then
//      which share of how many is this thread's. `firstOf` (simd.as.ts) gives the share; rows or columns, never a sum.
//   2. Arithmetic by v128 and `madd` (simd.as.ts); a `barrier()` (barrier.as.ts) inside where phases depend on each other.
//      Addresses are 64-byte aligned. Module-level `let` is each thread's own; the memory is everybody's.
//   3. One line below, and `npm run wasm -- workers/kernels/<name>.as.ts` shows the compiler's opinion of it alone.
//   4. `<name>.ts` names the function in `wasm(call)`.
export { relu, relu_gradient, gelu_erf, gelu_erf_gradient, gelu_tanh, gelu_tanh_gradient, silu, silu_gradient, sigmoid, sigmoid_gradient, tanh, tanh_gradient, exp, exp_gradient, log, log_gradient, softplus, softplus_gradient } from './activations.as';
export { adafactor_update } from './adafactor.as';
export { arithmetic } from './arithmetic.as';
export * from './arrays.as';
export { attention_bias_grad } from './attention-bias-grad.as';
export { attention_grad } from './attention-grad.as';
export { attention } from './attention.as';
export { barrier, barrier_init, memory_start } from './barrier.as';
export { binary_cross_entropy, binary_cross_entropy_gradient } from './binary-cross-entropy.as';
export { madd_check } from './check.as';
export { matmul_within, chunk_log_sums, chunk_losses, chunk_gradient, add_into } from './chunked-cross-entropy.as';
export { cross_entropy, loss_total, cross_entropy_gradient, soft_cross_entropy, soft_cross_entropy_gradient } from './cross-entropy.as';
export { dropout } from './dropout.as';
export { embedding, embedding_bag, embedding_bag_gradient, embedding_gradient, row_scatter, segment_sums } from './embedding.as';
export { gradient_control, squared_norm } from './gradient-control.as';
export { pack_half, unpack_half } from './half.as';
export { matmul_thin } from './matmul-thin.as';
export { matmul } from './matmul.as';
export { norm, norm_gradient, norm_gain_gradient } from './norm.as';
export { optimizer_update, sparse_optimizer_update } from './optimizers.as';
export { packed_matmul } from './packed-matmul.as';
export { pair_loss, pair_loss_gradient } from './pair-loss.as';
export { relative_bias, relative_bias_grad } from './relative-bias.as';
export { rope } from './rope.as';
export { multi_margin, multi_margin_gradient, distillation, distillation_gradient, co_sent, co_sent_total, co_sent_gradient } from './row-losses.as';
export { normalize_rows, normalize_rows_gradient, row_distance, row_distance_gradient, arg_max, finite_blocks, finite_total } from './rows.as';
export { accumulate, accumulate_rows, average_weights } from './slab-update.as';
export { softmax, softmax_gradient, log_sum_exp, log_sum_exp_gradient } from './softmax.as';
export { span_max, span_max_gradient } from './span-max.as';
export { loss_scaling, step_log } from './step-log.as';
export { sum_columns, sum_rows } from './sum.as';
export { swi_glu, swi_glu_gradient } from './swiglu.as';
export { top_k } from './top-k.as';
