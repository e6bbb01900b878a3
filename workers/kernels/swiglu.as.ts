// SwiGLU and its gradient in one pass each: silu(gate) × up.
import { loadPart, sigmoid4, storePart } from './math.as';
import { firstOf, madd } from './simd.as';

export function swi_glu(gate: usize, up: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  const end = firstOf(thread + 1, threads, count, 16);
  let i = firstOf(thread, threads, count, 16);
  for (; i + 4 <= end; i += 4) {
    const g = v128.load(gate + (i << 2));
    const u = v128.load(up + (i << 2));
    v128.store(y + (i << 2), f32x4.mul(f32x4.mul(g, sigmoid4(g)), u));
  }
  if (i < end) {
    const g = loadPart(gate + (i << 2), end - i);
    const u = loadPart(up + (i << 2), end - i);
    storePart(y + (i << 2), f32x4.mul(f32x4.mul(g, sigmoid4(g)), u), end - i);
  }
}

@inline
function gateGradient(g: v128, u: v128, dy: v128, s: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.mul(f32x4.mul(f32x4.mul(dy, u), s), madd(g, f32x4.sub(one, s), one));
}

export function swi_glu_gradient(
  gate: usize,
  up: usize,
  dy: usize,
  dGate: usize,
  dUp: usize,
  count: i32,
  thread: i32,
  threads: i32,
): void {
  const end = firstOf(thread + 1, threads, count, 16);
  let i = firstOf(thread, threads, count, 16);
  for (; i + 4 <= end; i += 4) {
    const at = i << 2;
    const g = v128.load(gate + at);
    const d = v128.load(dy + at);
    const s = sigmoid4(g);
    v128.store(dGate + at, gateGradient(g, v128.load(up + at), d, s));
    v128.store(dUp + at, f32x4.mul(d, f32x4.mul(g, s)));
  }
  if (i < end) {
    const at = i << 2;
    const rest = end - i;
    const g = loadPart(gate + at, rest);
    const d = loadPart(dy + at, rest);
    const s = sigmoid4(g);
    storePart(dGate + at, gateGradient(g, loadPart(up + at, rest), d, s), rest);
    storePart(dUp + at, f32x4.mul(d, f32x4.mul(g, s)), rest);
  }
}
