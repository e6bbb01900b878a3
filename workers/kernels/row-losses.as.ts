// Losses of rows that are no cross-entropy (row-losses.ts), and CoSENT over a batch (co-sent.ts).
import { expFlushed4, loadPart, storePart } from './math.as';
import { combine } from './rows.as';
import { firstOf } from './simd.as';
import { log1, rowExpSum, rowMax } from './softmax.as';

/** Σ over wrong classes of max(0, 1 − x[target] + x[j]), over the number of classes. */
export function multi_margin(
  x: usize, targets: usize, losses: usize, rows: i32, columns: i32, thread: i32, threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const from = x + ((row * columns) << 2);
    const target = load<i32>(targets + (row << 2));
    let sum: f32 = 0;
    if (<u32>target < <u32>columns) {
      const base: f32 = 1 - load<f32>(from + (target << 2));
      for (let i = 0; i < columns; i++) if (i != target) sum += max<f32>(0, base + load<f32>(from + (i << 2)));
    }
    store<f32>(losses + (row << 2), sum / <f32>columns);
  }
}

export function multi_margin_gradient(
  x: usize, targets: usize, dLosses: usize, dx: usize, rows: i32, columns: i32, thread: i32, threads: i32,
): void {
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const from = x + ((row * columns) << 2);
    const to = dx + ((row * columns) << 2);
    const target = load<i32>(targets + (row << 2));
    memory.fill(to, 0, columns << 2);
    if (<u32>target >= <u32>columns) continue;
    const size: f32 = load<f32>(dLosses + (row << 2)) / <f32>columns;
    const base: f32 = 1 - load<f32>(from + (target << 2));
    let active = 0;
    for (let i = 0; i < columns; i++) {
      if (i == target || base + load<f32>(from + (i << 2)) <= 0) continue;
      store<f32>(to + (i << 2), size);
      active++;
    }
    store<f32>(to + (target << 2), -size * <f32>active);
  }
}

/** log Σ exp of a row over a temperature. */
@inline
function temperedLogSum(x: usize, scratch: usize, columns: i32, factor: f32): f32 {
  combine(x, 0, scratch, columns, factor, 0);
  const most = rowMax(scratch, columns);
  return most + log1(rowExpSum(scratch, 0, columns, most));
}

/** T² Σ t (log t − log s), t and s the softmax of teacher and student over T. `row` is scratch, a row a thread. */
export function distillation(
  student: usize, teacher: usize, losses: usize, studentSums: usize, teacherSums: usize, scratch: usize,
  rows: i32, columns: i32, temperature: f32, thread: i32, threads: i32,
): void {
  const factor: f32 = 1 / temperature;
  const own = scratch + ((thread * columns) << 2);
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const at = (row * columns) << 2;
    const studentSum = temperedLogSum(student + at, own, columns, factor);
    const teacherSum = temperedLogSum(teacher + at, own, columns, factor);
    let sum: f32 = 0;
    for (let i = 0; i < columns; i++) {
      const t = load<f32>(teacher + at + (i << 2)) * factor - teacherSum;
      const s = load<f32>(student + at + (i << 2)) * factor - studentSum;
      sum += f32x4.extract_lane(expFlushed4(f32x4.splat(t)), 0) * (t - s);
    }
    store<f32>(losses + (row << 2), temperature * temperature * sum);
    store<f32>(studentSums + (row << 2), studentSum);
    store<f32>(teacherSums + (row << 2), teacherSum);
  }
}

/** T (s − t) times the row's upstream. */
export function distillation_gradient(
  student: usize, teacher: usize, studentSums: usize, teacherSums: usize, dLosses: usize, dStudent: usize,
  rows: i32, columns: i32, temperature: f32, thread: i32, threads: i32,
): void {
  const factor = f32x4.splat(1 / temperature);
  const end = firstOf(thread + 1, threads, rows, 1);
  for (let row = firstOf(thread, threads, rows, 1); row < end; row++) {
    const start = (row * columns) << 2;
    const size = f32x4.splat(temperature * load<f32>(dLosses + (row << 2)));
    const studentSum = f32x4.splat(load<f32>(studentSums + (row << 2)));
    const teacherSum = f32x4.splat(load<f32>(teacherSums + (row << 2)));
    for (let i = 0; i < columns; i += 4) {
      const at = start + (i << 2);
      const rest = columns - i;
      const x = rest >= 4 ? v128.load(student + at) : loadPart(student + at, rest);
      const y = rest >= 4 ? v128.load(teacher + at) : loadPart(teacher + at, rest);
      const s = expFlushed4(f32x4.sub(f32x4.mul(x, factor), studentSum));
      const t = expFlushed4(f32x4.sub(f32x4.mul(y, factor), teacherSum));
      const value = f32x4.mul(size, f32x4.sub(s, t));
      if (rest >= 4) v128.store(dStudent + at, value);
      else storePart(dStudent + at, value, rest);
    }
  }
}

@inline
function exp1(x: f32): f32 {
  return f32x4.extract_lane(expFlushed4(f32x4.splat(x)), 0);
}

/** Of each i: the largest scale (x[i] − x[j]) with score[i] < score[j], and Σ exp of the distances to it. */
export function co_sent(
  x: usize, scores: usize, most: usize, sums: usize, count: i32, scale: f32, thread: i32, threads: i32,
): void {
  const end = firstOf(thread + 1, threads, count, 1);
  for (let i = firstOf(thread, threads, count, 1); i < end; i++) {
    const own = load<f32>(x + (i << 2));
    const score = load<f32>(scores + (i << 2));
    let largest: f32 = -Infinity;
    for (let j = 0; j < count; j++)
      if (score < load<f32>(scores + (j << 2))) largest = max<f32>(largest, scale * (own - load<f32>(x + (j << 2))));
    let sum: f32 = 0;
    for (let j = 0; j < count; j++)
      if (score < load<f32>(scores + (j << 2))) sum += exp1(scale * (own - load<f32>(x + (j << 2))) - largest);
    store<f32>(most + (i << 2), largest);
    store<f32>(sums + (i << 2), sum);
  }
}

/** log(1 + Σ exp) of what co_sent found. */
export function co_sent_total(most: usize, sums: usize, loss: usize, count: i32, thread: i32, threads: i32): void {
  if (thread != 0) return;
  let largest: f32 = 0;
  for (let i = 0; i < count; i++) largest = max<f32>(largest, load<f32>(most + (i << 2)));
  let sum = exp1(-largest);
  for (let i = 0; i < count; i++) {
    const own = load<f32>(sums + (i << 2));
    if (own > 0) sum += own * exp1(load<f32>(most + (i << 2)) - largest);
  }
  store<f32>(loss, largest + log1(sum));
}

export function co_sent_gradient(
  x: usize, scores: usize, loss: usize, dLoss: usize, dx: usize, count: i32, scale: f32, thread: i32, threads: i32,
): void {
  const size = scale * load<f32>(dLoss);
  const total = load<f32>(loss);
  const end = firstOf(thread + 1, threads, count, 1);
  for (let i = firstOf(thread, threads, count, 1); i < end; i++) {
    const own = load<f32>(x + (i << 2));
    const score = load<f32>(scores + (i << 2));
    let sum: f32 = 0;
    for (let j = 0; j < count; j++) {
      const other = load<f32>(scores + (j << 2));
      const d = scale * (own - load<f32>(x + (j << 2)));
      if (score < other) sum += exp1(d - total);
      else if (other < score) sum -= exp1(-d - total);
    }
    store<f32>(dx + (i << 2), size * sum);
  }
}
