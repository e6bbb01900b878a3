// Two arrays, element by element, each walked by four strides (0 where it is repeated). Split by elements: none depends
// on another.
import { loadPart, storePart } from './math.as';
import { firstOf } from './simd.as';

const ADD = 0;
const SUBTRACT = 1;
const MULTIPLY = 2;
const DIVIDE = 3;
const FIRST = 4;

@inline
function combined(op: i32, a: v128, b: v128): v128 {
  if (op == ADD) return f32x4.add(a, b);
  if (op == SUBTRACT) return f32x4.sub(a, b);
  if (op == MULTIPLY) return f32x4.mul(a, b);
  if (op == DIVIDE) return f32x4.div(a, b);
  return a;
}

/** `count` elements in a row; the steps are 0 (repeated) or 1. */
@inline
function run(op: i32, a: usize, stepA: i32, b: usize, stepB: i32, y: usize, count: i32): void {
  const wholeEnd = y + ((<usize>count & ~3) << 2);
  const rest = count & 3;
  if (stepA == 0) {
    const first = v128.load32_splat(a);
    for (; y < wholeEnd; y += 16, b += 16) v128.store(y, combined(op, first, v128.load(b)));
    if (rest) storePart(y, combined(op, first, stepB == 0 ? v128.load32_splat(b) : loadPart(b, rest)), rest);
  } else if (stepB == 0) {
    const second = v128.load32_splat(b);
    for (; y < wholeEnd; y += 16, a += 16) v128.store(y, combined(op, v128.load(a), second));
    if (rest) storePart(y, combined(op, loadPart(a, rest), second), rest);
  } else {
    for (; y < wholeEnd; y += 16, a += 16, b += 16) v128.store(y, combined(op, v128.load(a), v128.load(b)));
    if (rest) storePart(y, combined(op, loadPart(a, rest), loadPart(b, rest)), rest);
  }
}

/** Repeats of one value, where neither array moves: `run` would read past it. */
@inline
function repeat(op: i32, a: usize, b: usize, y: usize, count: i32): void {
  const value = f32x4.extract_lane(combined(op, v128.load32_splat(a), v128.load32_splat(b)), 0);
  for (let i = 0; i < count; i++) store<f32>(y + (<usize>i << 2), value);
}

@inline
function row(op: i32, a: usize, stepA: i32, b: usize, stepB: i32, y: usize, count: i32): void {
  if (stepA == 0 && stepB == 0) repeat(op, a, b, y, count);
  else run(op, a, stepA, b, stepB, y, count);
}

/** y = a op b over n0 × n1 × n2 × n3 elements; strides in words, the last ones 0 or 1. y is dense. */
export function arithmetic(
  a: usize, b: usize, y: usize, op: i32,
  n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32,
  thread: i32, threads: i32,
): void {
  const total = n0 * n1 * n2 * n3;
  let at = firstOf(thread, threads, total, 16);
  const end = firstOf(thread + 1, threads, total, 16);
  while (at < end) {
    const column = at % n3;
    const line = at / n3;
    const i2 = line % n2;
    const i1 = (line / n2) % n1;
    const i0 = line / n2 / n1;
    const count = min<i32>(n3 - column, end - at);
    const from = a + (<usize>(i0 * a0 + i1 * a1 + i2 * a2 + column * a3) << 2);
    const with_ = b + (<usize>(i0 * b0 + i1 * b1 + i2 * b2 + column * b3) << 2);
    const to = y + (<usize>at << 2);
    if (op == ADD) row(ADD, from, a3, with_, b3, to, count);
    else if (op == SUBTRACT) row(SUBTRACT, from, a3, with_, b3, to, count);
    else if (op == MULTIPLY) row(MULTIPLY, from, a3, with_, b3, to, count);
    else if (op == DIVIDE) row(DIVIDE, from, a3, with_, b3, to, count);
    else row(FIRST, from, a3, with_, b3, to, count);
    at += count;
  }
}
