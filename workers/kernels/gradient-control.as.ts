// Sums of squares in blocks of fixed length and the decision made from them (gradient-control.ts). The decision is a
// few dozen numbers, so thread 0 makes it alone.
import { firstOf, madd } from './simd.as';

const BLOCK: i32 = 4096;

/** sums[b] = Σ x² over the block's words in a fixed order; infinite where a number is not finite. */
export function squared_norm(x: usize, sums: usize, words: i32, thread: i32, threads: i32): void {
  const blocks = (words + BLOCK - 1) / BLOCK;
  for (let block = firstOf(thread, threads, blocks, 1), end = firstOf(thread + 1, threads, blocks, 1); block < end; block++) {
    const from = block * BLOCK;
    const to = min<i32>(words, from + BLOCK);
    const whole = from + ((to - from) & ~15);
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let i = from; i < whole; i += 16) {
      const at = x + (<usize>i << 2);
      const p = v128.load(at);
      const q = v128.load(at, 16);
      const r = v128.load(at, 32);
      const s = v128.load(at, 48);
      a = madd(p, p, a);
      b = madd(q, q, b);
      c = madd(r, r, c);
      d = madd(s, s, d);
    }
    const half = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    let sum: f64 =
      <f64>f32x4.extract_lane(half, 0) + <f64>f32x4.extract_lane(half, 1) +
      (<f64>f32x4.extract_lane(half, 2) + <f64>f32x4.extract_lane(half, 3));
    for (let i = whole; i < to; i++) {
      const value = f32.load(x + (<usize>i << 2));
      sum += <f64>value * <f64>value;
    }
    f32.store(sums + (<usize>block << 2), sum < Infinity ? <f32>sum : f32.MAX_VALUE * <f32>2);
  }
}

export function gradient_control(
  hyper: usize, scaler: usize, control: usize, sums: usize, count: i32, thread: i32, threads: i32,
): void {
  if (thread != 0) return;
  let squares: f64 = 0;
  for (let i: i32 = 0; i < count; i++) squares += f32.load(sums + (<usize>i << 2));
  const finite = squares <= f32.MAX_VALUE;
  const scale = <f64>f32.load(scaler, 4);
  const step = <f64>f32.load(scaler) + 1;
  const factor = <f64>f32.load(hyper, 9 << 2) / scale;
  const norm: f64 = finite ? sqrt<f64>(squares) * factor : Infinity;
  const most = <f64>f32.load(hyper, 10 << 2);
  const clip: f64 = most > 0 && finite ? min<f64>(1, most / (norm + 1e-6)) : 1;
  f32.store(control, <f32>(factor * clip));
  f32.store(control, finite ? 1 : 0, 1 << 2);
  f32.store(control, <f32>-NativeMath.expm1(-step * <f64>f32.load(hyper, 7 << 2)), 2 << 2);
  f32.store(control, <f32>sqrt<f64>(-NativeMath.expm1(-step * <f64>f32.load(hyper, 8 << 2))), 3 << 2);
  f32.store(control, <f32>norm, 4 << 2);
  f32.store(control, <f32>step, 5 << 2);
  f32.store(control, <f32>scale, 6 << 2);
  f32.store(control, <f32>clip, 7 << 2);
  const interval = f32.load(hyper, 12 << 2);
  if (finite) {
    const clean = f32.load(scaler, 2 << 2) + 1;
    const grows = interval > 0 && clean >= interval;
    f32.store(scaler, <f32>step);
    f32.store(scaler, grows ? 0 : clean, 2 << 2);
    if (grows) f32.store(scaler, <f32>min<f64>(16777216, scale * 2), 1 << 2);
  } else {
    f32.store(scaler, f32.load(scaler, 3 << 2) + 1, 3 << 2);
    f32.store(scaler, 0, 2 << 2);
    if (interval > 0) f32.store(scaler, <f32>max<f64>(1, scale / 2), 1 << 2);
  }
}
