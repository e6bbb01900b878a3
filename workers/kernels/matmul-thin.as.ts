// Products with few rows (a text at a time, an output layer): no packing, B is read once where it lies. Columns are
// split over threads.
import { firstOf, madd, sum4 } from './simd.as';

/** c = activation(alpha × A·B + bias); A is [m, k], B is [k, n], or [n, k] where `transposeB`. */
export function matmul_thin(
  a: usize, b: usize, c: usize, bias: usize, m: i32, k: i32, n: i32, transposeB: i32, alpha: f32, relu: i32,
  thread: i32, threads: i32,
): void {
  const column0 = firstOf(thread, threads, n, 16);
  const column1 = firstOf(thread + 1, threads, n, 16);
  if (column0 >= column1) return;
  const first = (<usize>column0) << 2;
  if (bias) bias += first;
  for (let row = 0; row < m; row++) {
    const from = a + ((<usize>row * k) << 2);
    const to = c + ((<usize>row * n) << 2) + first;
    if (transposeB) dots(from, b + (<usize>column0 * k << 2), to, k, column1 - column0);
    else streams(from, b + first, to, k, column1 - column0, (<usize>n) << 2);
    finishRow(to, bias, column1 - column0, alpha, relu != 0);
  }
}

/** c[j] = a · b[j]. */
function dots(a: usize, b: usize, c: usize, k: i32, columns: i32): void {
  const whole = k & ~7;
  for (let column = 0; column < columns; column++, b += (<usize>k) << 2, c += 4) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let x = a;
    let y = b;
    for (let i = 0; i < whole; i += 8, x += 32, y += 32) {
      s0 = madd(v128.load(x), v128.load(y), s0);
      s1 = madd(v128.load(x, 16), v128.load(y, 16), s1);
    }
    let sum = sum4(f32x4.add(s0, s1));
    for (let i = whole; i < k; i++, x += 4, y += 4) sum += load<f32>(x) * load<f32>(y);
    store<f32>(c, sum);
  }
}

/** c = Σ a[i] × b[i][…], four rows of B at a time. */
function streams(a: usize, b: usize, c: usize, k: i32, columns: i32, stride: usize): void {
  memory.fill(c, 0, (<usize>columns) << 2);
  const whole = columns & ~3;
  let i = 0;
  for (; i + 4 <= k; i += 4, a += 16) {
    const b0 = b + <usize>i * stride;
    const b1 = b0 + stride;
    const b2 = b1 + stride;
    const b3 = b2 + stride;
    const a0 = v128.load32_splat(a, 0);
    const a1 = v128.load32_splat(a, 4);
    const a2 = v128.load32_splat(a, 8);
    const a3 = v128.load32_splat(a, 12);
    let at: usize = 0;
    for (const end = (<usize>whole) << 2; at < end; at += 16) {
      const low = madd(a1, v128.load(b1 + at), madd(a0, v128.load(b0 + at), v128.load(c + at)));
      v128.store(c + at, madd(a3, v128.load(b3 + at), madd(a2, v128.load(b2 + at), low)));
    }
    for (const end = (<usize>columns) << 2; at < end; at += 4) {
      let sum = load<f32>(c + at) + load<f32>(a) * load<f32>(b0 + at);
      sum += load<f32>(a, 4) * load<f32>(b1 + at);
      sum += load<f32>(a, 8) * load<f32>(b2 + at);
      store<f32>(c + at, sum + load<f32>(a, 12) * load<f32>(b3 + at));
    }
  }
  for (; i < k; i++, a += 4) {
    const row = b + <usize>i * stride;
    const factor = v128.load32_splat(a);
    let at: usize = 0;
    for (const end = (<usize>whole) << 2; at < end; at += 16)
      v128.store(c + at, madd(factor, v128.load(row + at), v128.load(c + at)));
    for (const end = (<usize>columns) << 2; at < end; at += 4)
      store<f32>(c + at, load<f32>(c + at) + load<f32>(a) * load<f32>(row + at));
  }
}

function finishRow(c: usize, bias: usize, columns: i32, alpha: f32, relu: bool): void {
  if (!bias && alpha == 1 && !relu) return;
  for (let at: usize = 0, end = (<usize>columns) << 2; at < end; at += 4) {
    let x = load<f32>(c + at) * alpha + (bias ? load<f32>(bias + at) : 0);
    if (relu) x = max<f32>(x, 0);
    store<f32>(c + at, x);
  }
}
