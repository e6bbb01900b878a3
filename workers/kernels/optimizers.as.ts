// The rules of optimizer-rules.ts in vectors of four, over a whole slab or over the rows of a table that a batch
// touched. Every number is at the same lane or tail whatever the number of threads, so the bits are too.
import { rows_used } from './embedding.as';
import { firstOf, madd } from './simd.as';

const SGD: i32 = 0;
const SGD_MOMENTUM: i32 = 1;
const ADAM: i32 = 2;
const ADAM_AMSGRAD: i32 = 3;
const ADAGRAD: i32 = 4;
const RMS_PROP: i32 = 5;
const RMS_PROP_MOMENTUM: i32 = 6;

@inline
function get(at: usize, single: bool): v128 {
  return single ? v128.load32_zero(at) : v128.load(at);
}

@inline
function put(at: usize, x: v128, single: bool): void {
  if (single) f32.store(at, f32x4.extract_lane(x, 0));
  else v128.store(at, x);
}

/** Word `index` of hyper or control in all lanes. */
@inline
function splatAt(base: usize, index: i32): v128 {
  return v128.load32_splat(base + (<usize>index << 2));
}

/** Four numbers `at` bytes into p, their gradients and states; one where `single`. */
@inline
function quad(
  rule: i32, flag: bool, single: bool, at: usize, p: usize, g: usize, s0: usize, s1: usize, s2: usize,
  scale: v128, top: v128, rate: v128, decay: v128, epsilon: v128, first: v128, notFirst: v128, second: v128, notSecond: v128,
  correctedRate: v128, unroot: v128, fading: v128, kept: v128, start: bool,
): void {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  let x = get(p + at, single);
  const raw = f32x4.max(f32x4.min(f32x4.mul(get(g + at, single), scale), top), f32x4.neg(top));
  if (rule == ADAM || rule == ADAM_AMSGRAD) {
    // `flag`: decoupled decay.
    const slope = flag ? raw : madd(decay, x, raw);
    if (flag) x = f32x4.mul(x, kept);
    const m = madd(first, get(s0 + at, single), f32x4.mul(notFirst, slope));
    const v = madd(second, get(s1 + at, single), f32x4.mul(f32x4.mul(notSecond, slope), slope));
    put(s0 + at, m, single);
    put(s1 + at, v, single);
    let largest = v;
    if (rule == ADAM_AMSGRAD) {
      largest = f32x4.max(get(s2 + at, single), v);
      put(s2 + at, largest, single);
    }
    const below = f32x4.add(f32x4.mul(f32x4.sqrt(largest), unroot), epsilon);
    x = f32x4.sub(x, f32x4.div(f32x4.mul(correctedRate, m), below));
  } else if (rule == SGD) {
    x = f32x4.sub(x, f32x4.mul(rate, madd(decay, x, raw)));
  } else if (rule == SGD_MOMENTUM) {
    // `flag`: Nesterov.
    const slope = madd(decay, x, raw);
    const buffer = start ? slope : madd(first, get(s0 + at, single), f32x4.mul(notSecond, slope));
    put(s0 + at, buffer, single);
    x = f32x4.sub(x, f32x4.mul(rate, flag ? madd(first, buffer, slope) : buffer));
  } else if (rule == ADAGRAD) {
    const slope = madd(decay, x, raw);
    const squares = madd(slope, slope, get(s0 + at, single));
    put(s0 + at, squares, single);
    x = f32x4.sub(x, f32x4.div(f32x4.mul(fading, slope), f32x4.add(f32x4.sqrt(squares), epsilon)));
  } else if (rule == RMS_PROP || rule == RMS_PROP_MOMENTUM) {
    const slope = madd(decay, x, raw);
    const squares = madd(first, get(s0 + at, single), f32x4.mul(f32x4.mul(notFirst, slope), slope));
    put(s0 + at, squares, single);
    let variance = squares;
    // `flag`: centred.
    if (flag && rule == RMS_PROP_MOMENTUM) {
      const old = get(s1 + at, single);
      const average = madd(notFirst, f32x4.sub(slope, old), old);
      put(s1 + at, average, single);
      variance = f32x4.max(zero, f32x4.sub(squares, f32x4.mul(average, average)));
    }
    const below = f32x4.add(f32x4.sqrt(variance), epsilon);
    if (rule == RMS_PROP_MOMENTUM) {
      const buffer = madd(second, get(s2 + at, single), f32x4.div(slope, below));
      put(s2 + at, buffer, single);
      x = f32x4.sub(x, f32x4.mul(rate, buffer));
    } else x = f32x4.sub(x, f32x4.div(f32x4.mul(rate, slope), below));
  } else {
    const momentum = get(s0 + at, single);
    const towards = madd(first, momentum, f32x4.mul(notFirst, raw));
    put(s0 + at, madd(second, momentum, f32x4.mul(notSecond, raw)), single);
    const up = v128.and(f32x4.gt(towards, zero), one);
    const down = v128.and(f32x4.lt(towards, zero), one);
    x = f32x4.sub(f32x4.mul(x, kept), f32x4.mul(rate, f32x4.sub(up, down)));
  }
  put(p + at, x, single);
}

/**
 * Spans from … to of `count` numbers: span u has its gradients at g + u · count, and its parameters and states at row
 * rows[u], or at u where there is no `rows`. One compiled loop a rule: `rule` and `flag`
 * are constants inside. The rate is the step's times `factor`.
 */
@inline
function spans(
  rule: i32, flag: bool, p: usize, g: usize, s0: usize, s1: usize, s2: usize, count: i32, decays: bool, factor: f32, hyper: usize, control: usize,
  rows: usize, from: i32, to: i32,
): void {
  const scale = splatAt(control, 0);
  const most = f32.load(hyper, 11 << 2);
  const top = f32x4.splat(most > 0 ? most : f32.MAX_VALUE);
  const ownRate = f32.load(hyper) * factor;
  const rate = f32x4.splat(ownRate);
  const decay = decays ? splatAt(hyper, 1) : f32x4.splat(0);
  const epsilon = splatAt(hyper, 2);
  const first = splatAt(hyper, 3);
  const notFirst = splatAt(hyper, 4);
  const second = splatAt(hyper, 5);
  const notSecond = splatAt(hyper, 6);
  const correctedRate = f32x4.div(rate, splatAt(control, 2));
  const unroot = f32x4.splat(<f32>1 / f32.load(control, 3 << 2));
  const step = f32.load(control, 5 << 2);
  const fading = f32x4.splat(ownRate / (<f32>1 + (step - 1) * f32.load(hyper, 13 << 2)));
  const kept = f32x4.sub(f32x4.splat(1), f32x4.mul(rate, decay));
  const bytes = <usize>count << 2;
  const whole = <usize>(count & ~3) << 2;
  for (let u = from; u < to; u++) {
    const row = rows ? i32.load(rows + (<usize>u << 2)) : u;
    const start = <usize>row * bytes;
    // Gradients are found from the parameters' offset.
    const gradient = g + <usize>u * bytes - start;
    for (let at = start, end = start + whole; at < end; at += 16)
      quad(rule, flag, false, at, p, gradient, s0, s1, s2, scale, top, rate, decay, epsilon, first, notFirst, second, notSecond, correctedRate, unroot, fading, kept, step == 1);
    for (let at = start + whole, end = start + bytes; at < end; at += 4)
      quad(rule, flag, true, at, p, gradient, s0, s1, s2, scale, top, rate, decay, epsilon, first, notFirst, second, notSecond, correctedRate, unroot, fading, kept, step == 1);
  }
}

function update(
  rule: i32, flag: bool, p: usize, g: usize, s0: usize, s1: usize, s2: usize, count: i32, decays: bool, factor: f32, hyper: usize, control: usize,
  rows: usize, from: i32, to: i32,
): void {
  switch (rule) {
    case SGD: spans(SGD, false, p, g, s0, s1, s2, count, decays, factor, hyper, control, rows, from, to); break;
    case SGD_MOMENTUM:
      if (flag) spans(SGD_MOMENTUM, true, p, g, s0, s1, s2, count, decays, factor, hyper, control, rows, from, to);
      else spans(SGD_MOMENTUM, false, p, g, s0, s1, s2, count, decays, factor, hyper, control, rows, from, to);
      break;
    case ADAM:
      if (flag) spans(ADAM, true, p, g, s0, s1, s2, count, decays, factor, hyper, control, rows, from, to);
      else spans(ADAM, false, p, g, s0, s1, s2, count, decays, factor, hyper, control, rows, from, to);
      break;
    case ADAM_AMSGRAD: spans(ADAM_AMSGRAD, flag, p, g, s0, s1, s2, count, decays, factor, hyper, control, rows, from, to); break;
    case ADAGRAD: spans(ADAGRAD, false, p, g, s0, s1, s2, count, decays, factor, hyper, control, rows, from, to); break;
    case RMS_PROP: spans(RMS_PROP, false, p, g, s0, s1, s2, count, decays, factor, hyper, control, rows, from, to); break;
    case RMS_PROP_MOMENTUM: spans(RMS_PROP_MOMENTUM, flag, p, g, s0, s1, s2, count, decays, factor, hyper, control, rows, from, to); break;
    default: spans(-1, false, p, g, s0, s1, s2, count, decays, factor, hyper, control, rows, from, to);
  }
}

@inline
function rateAt(rates: usize, word: i32): f32 {
  return f32.load(rates + (<usize>(word >> 6) << 2));
}

/** A slab of `words` numbers, of which the first `decayed` decay; `rates`, if any, holds a factor of the rate for each 64. */
export function optimizer_update(
  rule: i32, flag: i32, p: usize, g: usize, hyper: usize, control: usize, s0: usize, s1: usize, s2: usize,
  rates: usize, words: i32, decayed: i32, thread: i32, threads: i32,
): void {
  if (f32.load(control, 4) == 0) return;
  const from = firstOf(thread, threads, words, 64);
  const to = firstOf(thread + 1, threads, words, 64);
  const middle = max<i32>(from, min<i32>(to, decayed));
  for (let part: i32 = 0; part < 2; part++) {
    const start = part == 0 ? from : middle;
    const end = part == 0 ? middle : to;
    if (start >= end) continue;
    if (!rates) {
      const at = <usize>start << 2;
      update(rule, flag != 0, p + at, g + at, s0 + at, s1 + at, s2 + at, end - start, part == 0, 1, hyper, control, 0, 0, 1);
      continue;
    }
    for (let i = start; i < end; ) {
      const factor = rateAt(rates, i);
      let next = min<i32>(end, (i & ~63) + 64);
      while (next < end && rateAt(rates, next) == factor) next = min<i32>(end, next + 64);
      const at = <usize>i << 2;
      update(rule, flag != 0, p + at, g + at, s0 + at, s1 + at, s2 + at, next - i, part == 0, factor, hyper, control, 0, 0, 1);
      i = next;
    }
  }
}

/** Rows rows[u] of a table [·, dim], by gradient rows g[u], up to the first negative one. No row is named twice. */
export function sparse_optimizer_update(
  rule: i32, flag: i32, p: usize, g: usize, hyper: usize, control: usize, rows: usize, s0: usize, s1: usize, s2: usize,
  count: i32, dim: i32, decays: i32, factor: f32, thread: i32, threads: i32,
): void {
  if (f32.load(control, 4) == 0) return;
  const used = rows_used(rows, count);
  const from = firstOf(thread, threads, used, 1);
  const to = firstOf(thread + 1, threads, used, 1);
  update(rule, flag != 0, p, g, s0, s1, s2, dim, decays != 0, factor, hyper, control, rows, from, to);
}
