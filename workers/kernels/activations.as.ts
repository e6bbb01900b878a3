// Functions of single values and their gradients: one loop each over this thread's share. `op` is a constant where the
// loops are inlined, so the compiler keeps one branch of `unary` and `backward`.
import { erf4, exp4, expFlushed4, loadPart, log4, sigmoid4, softplus4, storePart, tanh4 } from './math.as';
import { firstOf, madd } from './simd.as';

const RELU = 0;
const GELU_ERF = 1;
const GELU_TANH = 2;
const SILU = 3;
const SIGMOID = 4;
const TANH = 5;
const EXP = 6;
const LOG = 7;
const SOFTPLUS = 8;

/** sqrt(2 / π), and times 0.044715: the inner polynomial of GELU by tanh. */
const ROOT: f32 = 0.7978845608028654;
const CUBIC: f32 = 0.035677408136300125;

@inline
function geluArgument(x: v128): v128 {
  return f32x4.mul(x, madd(f32x4.mul(x, x), f32x4.splat(CUBIC), f32x4.splat(ROOT)));
}

@inline
function unary(op: i32, x: v128): v128 {
  if (op == RELU) return f32x4.pmax(x, f32x4.splat(0));
  if (op == GELU_ERF) {
    const half = f32x4.mul(x, f32x4.splat(0.5));
    return madd(half, erf4(f32x4.mul(x, f32x4.splat(0.7071067811865476))), half);
  }
  if (op == GELU_TANH) {
    const half = f32x4.mul(x, f32x4.splat(0.5));
    return madd(half, tanh4(geluArgument(x)), half);
  }
  if (op == SILU) return f32x4.mul(x, sigmoid4(x));
  if (op == SIGMOID) return sigmoid4(x);
  if (op == TANH) return tanh4(x);
  if (op == EXP) return exp4(x);
  if (op == LOG) return log4(x);
  return softplus4(x);
}

/** The derivative times `dy`. `v` is the function's result for Relu, Sigmoid, Tanh and Exp, else its argument. */
@inline
function backward(op: i32, v: v128, dy: v128): v128 {
  const one = f32x4.splat(1);
  if (op == RELU) return v128.and(dy, f32x4.gt(v, f32x4.splat(0)));
  if (op == GELU_ERF) {
    const half = f32x4.splat(0.5);
    const cumulative = madd(half, erf4(f32x4.mul(v, f32x4.splat(0.7071067811865476))), half);
    const density = f32x4.mul(
      expFlushed4(f32x4.mul(f32x4.mul(v, v), f32x4.splat(-0.5))),
      f32x4.splat(0.3989422804014327),
    );
    return f32x4.mul(dy, madd(v, density, cumulative));
  }
  if (op == GELU_TANH) {
    const t = tanh4(geluArgument(v));
    const slope = madd(f32x4.mul(v, v), f32x4.splat(3 * CUBIC), f32x4.splat(ROOT));
    const bend = f32x4.mul(f32x4.mul(v, slope), f32x4.sub(one, f32x4.mul(t, t)));
    return f32x4.mul(f32x4.mul(dy, f32x4.splat(0.5)), f32x4.add(f32x4.add(one, t), bend));
  }
  if (op == SILU) {
    const s = sigmoid4(v);
    return f32x4.mul(f32x4.mul(dy, s), madd(v, f32x4.sub(one, s), one));
  }
  if (op == SIGMOID) return f32x4.mul(dy, f32x4.mul(v, f32x4.sub(one, v)));
  if (op == TANH) return f32x4.mul(dy, f32x4.sub(one, f32x4.mul(v, v)));
  if (op == EXP) return f32x4.mul(dy, v);
  if (op == LOG) return f32x4.div(dy, v);
  return f32x4.mul(dy, sigmoid4(v));
}

@inline
function map(op: i32, x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  const end = firstOf(thread + 1, threads, count, 16);
  let i = firstOf(thread, threads, count, 16);
  for (; i + 4 <= end; i += 4) v128.store(y + (i << 2), unary(op, v128.load(x + (i << 2))));
  if (i < end) storePart(y + (i << 2), unary(op, loadPart(x + (i << 2), end - i)), end - i);
}

@inline
function mapBack(op: i32, v: usize, dy: usize, dx: usize, count: i32, thread: i32, threads: i32): void {
  const end = firstOf(thread + 1, threads, count, 16);
  let i = firstOf(thread, threads, count, 16);
  for (; i + 4 <= end; i += 4) {
    const at = i << 2;
    v128.store(dx + at, backward(op, v128.load(v + at), v128.load(dy + at)));
  }
  if (i < end) {
    const at = i << 2;
    storePart(dx + at, backward(op, loadPart(v + at, end - i), loadPart(dy + at, end - i)), end - i);
  }
}

export function relu(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  map(RELU, x, y, count, thread, threads);
}
export function relu_gradient(v: usize, dy: usize, dx: usize, count: i32, thread: i32, threads: i32): void {
  mapBack(RELU, v, dy, dx, count, thread, threads);
}

export function gelu_erf(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  map(GELU_ERF, x, y, count, thread, threads);
}
export function gelu_erf_gradient(v: usize, dy: usize, dx: usize, count: i32, thread: i32, threads: i32): void {
  mapBack(GELU_ERF, v, dy, dx, count, thread, threads);
}

export function gelu_tanh(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  map(GELU_TANH, x, y, count, thread, threads);
}
export function gelu_tanh_gradient(v: usize, dy: usize, dx: usize, count: i32, thread: i32, threads: i32): void {
  mapBack(GELU_TANH, v, dy, dx, count, thread, threads);
}

export function silu(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  map(SILU, x, y, count, thread, threads);
}
export function silu_gradient(v: usize, dy: usize, dx: usize, count: i32, thread: i32, threads: i32): void {
  mapBack(SILU, v, dy, dx, count, thread, threads);
}

export function sigmoid(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  map(SIGMOID, x, y, count, thread, threads);
}
export function sigmoid_gradient(v: usize, dy: usize, dx: usize, count: i32, thread: i32, threads: i32): void {
  mapBack(SIGMOID, v, dy, dx, count, thread, threads);
}

export function tanh(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  map(TANH, x, y, count, thread, threads);
}
export function tanh_gradient(v: usize, dy: usize, dx: usize, count: i32, thread: i32, threads: i32): void {
  mapBack(TANH, v, dy, dx, count, thread, threads);
}

export function exp(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  map(EXP, x, y, count, thread, threads);
}
export function exp_gradient(v: usize, dy: usize, dx: usize, count: i32, thread: i32, threads: i32): void {
  mapBack(EXP, v, dy, dx, count, thread, threads);
}

export function log(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  map(LOG, x, y, count, thread, threads);
}
export function log_gradient(v: usize, dy: usize, dx: usize, count: i32, thread: i32, threads: i32): void {
  mapBack(LOG, v, dy, dx, count, thread, threads);
}

export function softplus(x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  map(SOFTPLUS, x, y, count, thread, threads);
}
export function softplus_gradient(v: usize, dy: usize, dx: usize, count: i32, thread: i32, threads: i32): void {
  mapBack(SOFTPLUS, v, dy, dx, count, thread, threads);
}
