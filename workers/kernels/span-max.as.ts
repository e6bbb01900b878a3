// The largest of each column over runs of rows, four columns at a time; its gradient shares out the columns, so that every
// number is added by one thread in one order.
import { firstOf } from './simd.as';

export function span_max(x: usize, spans: usize, y: usize, picks: usize, rows: i32, columns: i32, thread: i32, threads: i32): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  const stride = (<usize>columns) << 2;
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const from = load<i32>(spans + ((<usize>row) << 3));
    const to = load<i32>(spans + ((<usize>row) << 3), 4);
    const yRow = y + <usize>row * stride;
    const pickRow = picks + <usize>row * stride;
    if (to <= from) {
      memory.fill(yRow, 0, stride);
      memory.fill(pickRow, 0xff, stride);
      continue;
    }
    let column = 0;
    for (; column + 4 <= columns; column += 4) {
      let at = x + <usize>from * stride + ((<usize>column) << 2);
      let most = v128.load(at);
      let pick = i32x4.splat(from);
      for (let place = from + 1; place < to; place++) {
        at += stride;
        const value = v128.load(at);
        const larger = f32x4.gt(value, most);
        most = v128.bitselect(value, most, larger);
        pick = v128.bitselect(i32x4.splat(place), pick, larger);
      }
      v128.store(yRow + ((<usize>column) << 2), most);
      v128.store(pickRow + ((<usize>column) << 2), pick);
    }
    for (; column < columns; column++) {
      let at = x + <usize>from * stride + ((<usize>column) << 2);
      let most = load<f32>(at);
      let pick = from;
      for (let place = from + 1; place < to; place++) {
        at += stride;
        if (load<f32>(at) > most) {
          most = load<f32>(at);
          pick = place;
        }
      }
      store<f32>(yRow + ((<usize>column) << 2), most);
      store<i32>(pickRow + ((<usize>column) << 2), pick);
    }
  }
}

export function span_max_gradient(dy: usize, picks: usize, dx: usize, rows: i32, columns: i32, places: i32, thread: i32, threads: i32): void {
  const from = firstOf(thread, threads, columns, 16);
  const to = firstOf(thread + 1, threads, columns, 16);
  if (from >= to) return;
  const stride = (<usize>columns) << 2;
  for (let place = 0; place < places; place++)
    memory.fill(dx + <usize>place * stride + ((<usize>from) << 2), 0, (<usize>(to - from)) << 2);
  for (let row = 0; row < rows; row++)
    for (let column = from; column < to; column++) {
      const at = <usize>row * stride + ((<usize>column) << 2);
      const pick = load<i32>(picks + at);
      if (pick < 0) continue;
      const target = dx + <usize>pick * stride + ((<usize>column) << 2);
      store<f32>(target, load<f32>(target) + load<f32>(dy + at));
    }
}
