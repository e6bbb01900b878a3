// Rotary position embedding, rotate_half form: element i of the first half of a head turns with element i of the second.
import { firstOf } from './simd.as';

/**
 * x, y: rows of `width` floats; the first `heads` x `dim` columns are heads whose first `turned` dims turn, the rest is
 * copied. cos, sin [·, turned / 2], row positions[row % times or row]. `sign` -1 turns back.
 */
export function rope(
  x: usize, cos: usize, sin: usize, positions: usize, y: usize, rows: i32, times: i32, width: i32, heads: i32, dim: i32,
  turned: i32, sign: f32, thread: i32, threads: i32,
): void {
  const half = turned >> 1;
  const end = firstOf(thread + 1, threads, rows, 1);
  const signs = f32x4.splat(sign);
  const step = (<usize>half) << 2;
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const table = (<usize>load<i32>(positions + ((<usize>(row % times)) << 2)) * <usize>half) << 2;
    let from = x + ((<usize>row * <usize>width) << 2);
    let to = y + ((<usize>row * <usize>width) << 2);
    for (let head = 0; head < heads; head++) {
      let i = 0;
      for (; i + 4 <= half; i += 4) {
        const at = (<usize>i) << 2;
        const c = v128.load(cos + table + at);
        const s = f32x4.mul(v128.load(sin + table + at), signs);
        const a = v128.load(from + at);
        const b = v128.load(from + at + step);
        v128.store(to + at, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
        v128.store(to + at + step, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)));
      }
      for (; i < half; i++) {
        const at = (<usize>i) << 2;
        const c = load<f32>(cos + table + at);
        const s = load<f32>(sin + table + at) * sign;
        const a = load<f32>(from + at);
        const b = load<f32>(from + at + step);
        store<f32>(to + at, a * c - b * s);
        store<f32>(to + at + step, b * c + a * s);
      }
      memory.copy(to + ((<usize>turned) << 2), from + ((<usize>turned) << 2), (<usize>(dim - turned)) << 2);
      from += (<usize>dim) << 2;
      to += (<usize>dim) << 2;
    }
    memory.copy(to, from, (<usize>(width - heads * dim)) << 2);
  }
}
