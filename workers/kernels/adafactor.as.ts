// Adafactor (adafactor.ts): parameter k is wholly the work of thread k mod threads. Plain loops with sums in 64 bits; what it
// saves is memory, not time.

function slopeAt(g: usize, i: i32, scale: f64, most: f64): f64 {
  return max<f64>(-most, min<f64>(most, <f64>f32.load(g + (<usize>i << 2)) * scale));
}

function variance(factors: usize, at: i32, rows: i32, columns: i32, mean: f64): f64 {
  const column = <f64>f32.load(factors + (<usize>(rows + at % columns) << 2));
  return rows > 0 ? (<f64>f32.load(factors + (<usize>(at / columns) << 2)) / mean) * column : column;
}

/** factor = factor · (1 - share) + mean · share */
function move(factors: usize, at: i32, mean: f64, share: f64): void {
  const place = factors + (<usize>at << 2);
  f32.store(place, <f32>(<f64>f32.load(place) * (1 - share) + mean * share));
}

export function adafactor_update(
  parameters: usize, gradients: usize, hyper: usize, control: usize, table: usize, allFactors: usize, momenta: usize, rates: usize,
  count: i32, decayed: i32, torch: i32, scaled: i32, relative: i32, thread: i32, threads: i32,
): void {
  if (f32.load(control, 1 << 2) == 0) return;
  const step = <f64>f32.load(control, 5 << 2);
  const scale = <f64>f32.load(control);
  const shared = <f64>f32.load(hyper);
  const clip = <f64>f32.load(hyper, 11 << 2);
  const most: f64 = clip > 0 ? clip : f64.MAX_VALUE;
  const first = <f64>f32.load(hyper, 3 << 2);
  const notFirst = <f64>f32.load(hyper, 4 << 2);
  const share = NativeMath.pow(step, -0.8);
  const floor: f64 = torch ? 0 : 1e-30;
  const epsilon: f64 = 1.1920928955078125e-7;
  for (let k = thread; k < count; k += threads) {
    const row4 = table + (<usize>k << 4);
    const offset = i32.load(row4);
    const rows = i32.load(row4, 4);
    const columns = i32.load(row4, 8);
    const factors = allFactors + (<usize>i32.load(row4, 12) << 2);
    const p = parameters + (<usize>offset << 2);
    const g = gradients + (<usize>offset << 2);
    const momentum = momenta + (<usize>offset << 2);
    const height = max<i32>(1, rows);
    const size = height * columns;
    // A rate for each 64 words of the slab.
    const given = rates ? shared * <f64>f32.load(rates + (<usize>(offset >> 6) << 2)) : shared;
    let rate: f64 = torch ? min<f64>(given, 1 / sqrt<f64>(step)) : relative ? min<f64>(1e-2, 1 / sqrt<f64>(step)) : given;
    if (torch || scaled) {
      let squares: f64 = 0;
      for (let i: i32 = 0; i < size; i++) squares += <f64>f32.load(p + (<usize>i << 2)) * <f64>f32.load(p + (<usize>i << 2));
      rate *= max<f64>(1e-3, sqrt<f64>(squares / size));
    }
    for (let row: i32 = 0; row < rows; row++) {
      let sum: f64 = 0;
      for (let c: i32 = 0; c < columns; c++) {
        const slope = slopeAt(g, row * columns + c, scale, most);
        sum += slope * slope + floor;
      }
      move(factors, row, sum / columns, share);
    }
    for (let c: i32 = 0; c < columns; c++) {
      let sum: f64 = 0;
      for (let row: i32 = 0; row < height; row++) {
        const slope = slopeAt(g, row * columns + c, scale, most);
        sum += slope * slope + floor;
      }
      move(factors, rows + c, sum / height, share);
    }
    let mean: f64 = 0;
    for (let row: i32 = 0; row < rows; row++) mean += <f64>f32.load(factors + (<usize>row << 2)) / rows;
    if (torch) mean = max<f64>(mean, epsilon);
    const least: f64 = torch ? epsilon * epsilon : 0;
    let changes: f64 = 0;
    for (let i: i32 = 0; i < size; i++) {
      const slope = slopeAt(g, i, scale, most);
      changes += (slope * slope) / max<f64>(variance(factors, i, rows, columns, mean), least);
    }
    const shrunk = rate / max<f64>(1, sqrt<f64>(changes / size));
    const decay: f64 = offset < decayed ? <f64>f32.load(hyper, 4) : 0;
    const kept = 1 - (torch ? given : rate) * decay;
    for (let i: i32 = 0; i < size; i++) {
      const at = <usize>i << 2;
      let by = (slopeAt(g, i, scale, most) / sqrt<f64>(max<f64>(variance(factors, i, rows, columns, mean), least))) * shrunk;
      if (first > 0) {
        by = <f64>f32.load(momentum + at) * first + by * notFirst;
        f32.store(momentum + at, <f32>by);
      }
      f32.store(p + at, <f32>(<f64>f32.load(p + at) * kept - by));
    }
  }
}
