// The sums of dual-descent.ts for WebAssembly: the same operations in the same order on 64-bit numbers, so both give the
// same bits and either can go on where the other stopped. Addresses are bytes into the memory of the job.

const ACTIVE = 0;
const GRADIENT_MAX = 8;
const SWEEPS = 16;
const DONE = 24;
const LOSS = 32;
const RANDOM = 40;
const SHRINK: f64 = 0.5;

// What the problems of a fit share; set before any other call, so that calls stay short.
let offsets: usize;
let indices: usize;
let values: usize;
let columns: usize;
let classOf: usize;
let halfInverseCost: usize;
let squaredNorm: usize;
let rows: usize;
let rowCount: u32;

@inline function int(base: usize, at: usize): u32 { return load<u32>(base + (at << 2)); }
@inline function double(base: usize, at: usize): f64 { return load<f64>(base + (at << 3)); }
@inline function setInt(base: usize, at: usize, value: u32): void { store<u32>(base + (at << 2), value); }
@inline function setDouble(base: usize, at: usize, value: f64): void { store<f64>(base + (at << 3), value); }

export function set_matrix(offsets_: usize, indices_: usize, values_: usize, columns_: usize): void {
  offsets = offsets_;
  indices = indices_;
  values = values_;
  columns = columns_;
}

export function set_rows(classOf_: usize, halfInverseCost_: usize, squaredNorm_: usize, rows_: usize, rowCount_: u32): void {
  classOf = classOf_;
  halfInverseCost = halfInverseCost_;
  squaredNorm = squaredNorm_;
  rows = rows_;
  rowCount = rowCount_;
}

/** One sweep over the rows still active; see `sweep` of dual-descent.ts. */
export function sweep(alpha: usize, w: usize, order: usize, scalars: usize, positive: u32, positiveWeight: f64, negativeWeight: f64, tolerance: f64): void {
  const scalePositive = 1 / positiveWeight;
  const scaleNegative = 1 / negativeWeight;
  const active = <u32>load<f64>(scalars, ACTIVE);
  const oldMax = load<f64>(scalars, GRADIENT_MAX);
  let newMax: f64 = -Infinity;
  let newMin: f64 = Infinity;
  let loss: f64 = 0;
  let kept: u32 = 0;
  let bias = double(w, columns);
  let random = <u32><i32>load<f64>(scalars, RANDOM);
  for (let s: u32 = 0; s < active; s++) {
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    const t = s + <u32>(<f64>random * 2.3283064365386963e-10 * <f64>(active - s));
    const i = int(order, t);
    setInt(order, t, int(order, s));
    const row = int(rows, i);
    const from = int(offsets, row);
    const to = int(offsets, row + 1);
    let even = bias;
    let odd: f64 = 0;
    let j = from;
    for (; j + 1 < to; j += 2) {
      even += double(values, j) * double(w, int(indices, j));
      odd += double(values, j + 1) * double(w, int(indices, j + 1));
    }
    if (j < to) even += double(values, j) * double(w, int(indices, j));
    const isPositive = int(classOf, row) == positive;
    const margin = isPositive ? 1 - (even + odd) : 1 + (even + odd);
    if (margin > 0) loss += margin * margin;
    const before = double(alpha, i);
    const diagonal = double(halfInverseCost, row) * (isPositive ? scalePositive : scaleNegative);
    const gradient = before * diagonal - margin;
    if (before == 0) {
      if (gradient > oldMax) continue;
      if (gradient >= 0) {
        setInt(order, kept, i);
        kept++;
        if (newMax < 0) newMax = 0;
        if (newMin > 0) newMin = 0;
        continue;
      }
    }
    setInt(order, kept, i);
    kept++;
    if (gradient > newMax) newMax = gradient;
    if (gradient < newMin) newMin = gradient;
    if (gradient < 1e-12 && gradient > -1e-12) continue;
    let after = before - gradient / (diagonal + double(squaredNorm, row));
    if (after < 0) after = 0;
    setDouble(alpha, i, after);
    const change = isPositive ? after - before : before - after;
    bias += change;
    for (j = from; j < to; j++) {
      const at = w + (<usize>int(indices, j) << 3);
      store<f64>(at, load<f64>(at) + change * double(values, j));
    }
  }
  setDouble(w, columns, bias);
  store<f64>(scalars, <f64><i32>random, RANDOM);
  store<f64>(scalars, load<f64>(scalars, SWEEPS) + 1, SWEEPS);
  store<f64>(scalars, loss / <f64>rowCount, LOSS);
  if (newMax - newMin > tolerance) {
    store<f64>(scalars, <f64>kept, ACTIVE);
    store<f64>(scalars, newMax <= 0 ? Infinity : newMax * SHRINK, GRADIENT_MAX);
    return;
  }
  if (active == rowCount) store<f64>(scalars, 1, DONE);
  for (let i: u32 = 0; i < rowCount; i++) setInt(order, i, i);
  store<f64>(scalars, <f64>rowCount, ACTIVE);
  store<f64>(scalars, Infinity, GRADIENT_MAX);
}

export function descend(alpha: usize, w: usize, order: usize, scalars: usize, positive: u32, positiveWeight: f64, negativeWeight: f64, untilSweep: f64, tolerance: f64): void {
  while (load<f64>(scalars, DONE) != 1 && load<f64>(scalars, SWEEPS) < untilSweep)
    sweep(alpha, w, order, scalars, positive, positiveWeight, negativeWeight, tolerance);
}

/** One column of four: `count` numbers from `from` into every fourth place of `to`. */
export function spread(from: usize, to: usize, count: u32): void {
  for (let k: u32 = 0; k < count; k++) store<f64>(to + (<usize>k << 5), double(from, k));
}

/** Back out of every fourth place. */
export function collect(from: usize, to: usize, count: u32): void {
  for (let k: u32 = 0; k < count; k++) setDouble(to, k, load<f64>(from + (<usize>k << 5)));
}

// Four numbers each, at the start of the place where four problems are worked on together.
const SIGN = 0;
const SCALE = 32;
const SCALE_POSITIVE = 64;
const SCALE_NEGATIVE = 96;
const MOST = 128;
const MEAN_LOSS = 160;
const OPENING_RANDOM = 192;

/** One opening sweep of four problems whose classes follow each other: four numbers lie side by side in `w` and `alpha`. */
export function open_sweep(place: usize, w: usize, alpha: usize, order: usize, positive: u32): void {
  for (let i: u32 = 0; i < rowCount; i++) setInt(order, i, i);
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  let most0 = f64x2.splat(-Infinity);
  let most1 = most0;
  let loss0 = zero;
  let loss1 = zero;
  for (let lane: usize = 0; lane < 32; lane += 8) {
    store<f64>(place + lane, -1, SIGN);
    store<f64>(place + lane, load<f64>(place + lane, SCALE_NEGATIVE), SCALE);
  }
  let bias0 = v128.load(w + (columns << 5));
  let bias1 = v128.load(w + (columns << 5), 16);
  let random = <u32><i32>load<f64>(place, OPENING_RANDOM);
  for (let s: u32 = 0; s < rowCount; s++) {
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    const t = s + <u32>(<f64>random * 2.3283064365386963e-10 * <f64>(rowCount - s));
    const i = int(order, t);
    setInt(order, t, int(order, s));
    const row = int(rows, i);
    const from = int(offsets, row);
    const to = int(offsets, row + 1);
    let even0 = bias0;
    let even1 = bias1;
    let odd0 = zero;
    let odd1 = zero;
    let j = from;
    for (; j + 1 < to; j += 2) {
      let value = v128.load64_splat(values + (<usize>j << 3));
      let at = w + (<usize>int(indices, j) << 5);
      even0 = f64x2.add(even0, f64x2.mul(value, v128.load(at)));
      even1 = f64x2.add(even1, f64x2.mul(value, v128.load(at, 16)));
      value = v128.load64_splat(values + (<usize>j << 3), 8);
      at = w + (<usize>int(indices, j + 1) << 5);
      odd0 = f64x2.add(odd0, f64x2.mul(value, v128.load(at)));
      odd1 = f64x2.add(odd1, f64x2.mul(value, v128.load(at, 16)));
    }
    if (j < to) {
      const value = v128.load64_splat(values + (<usize>j << 3));
      const at = w + (<usize>int(indices, j) << 5);
      even0 = f64x2.add(even0, f64x2.mul(value, v128.load(at)));
      even1 = f64x2.add(even1, f64x2.mul(value, v128.load(at, 16)));
    }
    const own = int(classOf, row) - positive;
    if (own < 4) {
      const lane = place + (<usize>own << 3);
      store<f64>(lane, 1, SIGN);
      store<f64>(lane, load<f64>(lane, SCALE_POSITIVE), SCALE);
    }
    const sign0 = v128.load(place, SIGN);
    const sign1 = v128.load(place, SIGN + 16);
    const margin0 = f64x2.sub(one, f64x2.mul(sign0, f64x2.add(even0, odd0)));
    const margin1 = f64x2.sub(one, f64x2.mul(sign1, f64x2.add(even1, odd1)));
    const missed0 = f64x2.max(margin0, zero);
    const missed1 = f64x2.max(margin1, zero);
    loss0 = f64x2.add(loss0, f64x2.mul(missed0, missed0));
    loss1 = f64x2.add(loss1, f64x2.mul(missed1, missed1));
    const half = v128.load64_splat(halfInverseCost + (<usize>row << 3));
    const norm = v128.load64_splat(squaredNorm + (<usize>row << 3));
    const diagonal0 = f64x2.mul(half, v128.load(place, SCALE));
    const diagonal1 = f64x2.mul(half, v128.load(place, SCALE + 16));
    const dual = alpha + (<usize>i << 5);
    const before0 = v128.load(dual);
    const before1 = v128.load(dual, 16);
    const gradient0 = f64x2.sub(f64x2.mul(before0, diagonal0), margin0);
    const gradient1 = f64x2.sub(f64x2.mul(before1, diagonal1), margin1);
    most0 = f64x2.max(most0, v128.andnot(gradient0, v128.and(f64x2.eq(before0, zero), f64x2.ge(gradient0, zero))));
    most1 = f64x2.max(most1, v128.andnot(gradient1, v128.and(f64x2.eq(before1, zero), f64x2.ge(gradient1, zero))));
    const after0 = f64x2.max(f64x2.sub(before0, f64x2.div(gradient0, f64x2.add(diagonal0, norm))), zero);
    const after1 = f64x2.max(f64x2.sub(before1, f64x2.div(gradient1, f64x2.add(diagonal1, norm))), zero);
    const change0 = f64x2.mul(sign0, f64x2.sub(after0, before0));
    const change1 = f64x2.mul(sign1, f64x2.sub(after1, before1));
    if (own < 4) {
      const lane = place + (<usize>own << 3);
      store<f64>(lane, -1, SIGN);
      store<f64>(lane, load<f64>(lane, SCALE_NEGATIVE), SCALE);
    }
    if (!v128.any_true(v128.or(f64x2.ne(change0, zero), f64x2.ne(change1, zero)))) continue;
    v128.store(dual, after0);
    v128.store(dual, after1, 16);
    bias0 = f64x2.add(bias0, change0);
    bias1 = f64x2.add(bias1, change1);
    for (j = from; j < to; j++) {
      const value = v128.load64_splat(values + (<usize>j << 3));
      const at = w + (<usize>int(indices, j) << 5);
      v128.store(at, f64x2.add(v128.load(at), f64x2.mul(change0, value)));
      v128.store(at, f64x2.add(v128.load(at, 16), f64x2.mul(change1, value)), 16);
    }
  }
  v128.store(w + (columns << 5), bias0);
  v128.store(w + (columns << 5), bias1, 16);
  v128.store(place, most0, MOST);
  v128.store(place, most1, MOST + 16);
  const count = f64x2.splat(<f64>rowCount);
  v128.store(place, f64x2.div(loss0, count), MEAN_LOSS);
  v128.store(place, f64x2.div(loss1, count), MEAN_LOSS + 16);
  store<f64>(place, <f64><i32>random, OPENING_RANDOM);
}

/** w from alpha anew. */
export function settle(alpha: usize, w: usize, positive: u32): void {
  memory.fill(w, 0, (columns + 1) << 3);
  for (let i: u32 = 0; i < rowCount; i++) {
    const own = double(alpha, i);
    if (own == 0) continue;
    const row = int(rows, i);
    const signed = int(classOf, row) == positive ? own : -own;
    setDouble(w, columns, double(w, columns) + signed);
    const to = int(offsets, row + 1);
    for (let j = int(offsets, row); j < to; j++) {
      const at = w + (<usize>int(indices, j) << 3);
      store<f64>(at, load<f64>(at) + signed * double(values, j));
    }
  }
}

/** f(x) of every `stride`-th of the `count` rows of a list, each into column `output` of `scores`, [rows of the matrix, outputs]. */
export function score(list: usize, count: u32, stride: u32, w: usize, scores: usize, outputs: u32, output: u32): void {
  for (let k: u32 = 0; k < count; k += stride) {
    const row = int(list, k);
    let f = double(w, columns);
    const to = int(offsets, row + 1);
    for (let j = int(offsets, row); j < to; j++) f += double(values, j) * double(w, int(indices, j));
    setDouble(scores, <usize>row * outputs + output, f);
  }
}
