// Adafactor on a GPU: a workgroup a parameter, its sums over 64 partial sums in a fixed order.
import type { AdafactorAttrs } from './adafactor';
import { controlAt, hyperAt, wordsPerRate } from './optimizer-layout';

export function adafactorShader(attrs: AdafactorAttrs, count: number, across: number, rates: boolean): string {
  const torch = attrs.variant === 'torch';
  const rateOf = torch ? 'min(given, slowing)' : attrs.relativeStep ? 'min(1e-2, slowing)' : 'given';
  const scaled = torch || attrs.scaleParameter;
  return `@group(0) @binding(0) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> hyper: array<f32>;
@group(0) @binding(3) var<storage, read> control: array<f32>;
@group(0) @binding(4) var<storage, read> table: array<i32>;
@group(0) @binding(5) var<storage, read_write> factors: array<f32>;
@group(0) @binding(6) var<storage, read_write> momentum: array<f32>;
${rates ? '@group(0) @binding(7) var<storage, read> rates: array<f32>;' : ''}
var<workgroup> parts: array<f32, 64>;

fn total(local: u32, part: f32) -> f32 {
  workgroupBarrier();
  parts[local] = part;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half >>= 1u) {
    if (local < half) { parts[local] += parts[local + half]; }
    workgroupBarrier();
  }
  return parts[0];
}

fn slopeAt(i: u32) -> f32 {
  let most = select(3.4e38, hyper[${hyperAt.maxValue}], hyper[${hyperAt.maxValue}] > 0.0);
  return clamp(gradients[i] * control[${controlAt.gradientScale}], -most, most);
}

fn changeAt(i: u32, offset: u32, rows: u32, columns: u32, place: u32, mean: f32) -> f32 {
  let at = i - offset;
  var variance = factors[place + rows + at % columns];
  if (rows > 0u) { variance = factors[place + at / columns] / mean * variance; }
  ${torch ? 'variance = max(variance, 1.4210855e-14);' : ''}
  return slopeAt(i) / sqrt(variance);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let k = min(group.y * ${across}u + group.x, ${count - 1}u);
  let idle = group.y * ${across}u + group.x >= ${count}u || control[${controlAt.apply}] == 0.0;
  let offset = u32(table[4u * k]);
  let rows = select(u32(table[4u * k + 1u]), 0u, idle);
  let columns = select(u32(table[4u * k + 2u]), 0u, idle);
  let place = u32(table[4u * k + 3u]);
  let size = max(1u, rows) * columns;
  let given = hyper[${hyperAt.learningRate}]${rates ? ` * rates[offset / ${wordsPerRate}u]` : ''};
  let step = control[${controlAt.step}];
  let share = pow(step, -0.8);
  let slowing = inverseSqrt(step);
  var squares = 0.0;
  for (var i = local; i < size; i += 64u) { squares += parameters[offset + i] * parameters[offset + i]; }
  let whole = total(local, squares);
  let rate = ${rateOf}${scaled ? ' * max(1e-3, sqrt(whole / f32(max(1u, size))))' : ''};
  for (var row = local; row < rows; row += 64u) {
    var sum = 0.0;
    for (var c = 0u; c < columns; c++) {
      let g = slopeAt(offset + row * columns + c);
      sum += g * g + ${torch ? '0.0' : '1e-30'};
    }
    factors[place + row] = factors[place + row] * (1.0 - share) + sum / f32(columns) * share;
  }
  for (var c = local; c < columns; c += 64u) {
    var sum = 0.0;
    for (var row = 0u; row < max(1u, rows); row++) {
      let g = slopeAt(offset + row * columns + c);
      sum += g * g + ${torch ? '0.0' : '1e-30'};
    }
    let at = place + rows + c;
    factors[at] = factors[at] * (1.0 - share) + sum / f32(max(1u, rows)) * share;
  }
  storageBarrier();
  var rowSum = 0.0;
  for (var row = local; row < rows; row += 64u) { rowSum += factors[place + row]; }
  var mean = total(local, rowSum) / f32(max(1u, rows));
  ${torch ? 'mean = max(mean, 1.1920929e-7);' : ''}
  var changes = 0.0;
  for (var i = local; i < size; i += 64u) {
    let change = changeAt(offset + i, offset, rows, columns, place, mean);
    changes += change * change;
  }
  let shrunk = rate / max(1.0, sqrt(total(local, changes) / f32(max(1u, size))));
  let first = hyper[${hyperAt.first}];
  let decay = select(0.0, hyper[${hyperAt.weightDecay}], offset < ${attrs.decayed}u);
  let kept = 1.0 - ${torch ? 'given' : 'rate'} * decay;
  for (var i = local; i < size; i += 64u) {
    let at = offset + i;
    var by = changeAt(at, offset, rows, columns, place, mean) * shrunk;
    if (first > 0.0) {
      by = momentum[at] * first + by * hyper[${hyperAt.oneMinusFirst}];
      momentum[at] = by;
    }
    parameters[at] = parameters[at] * kept - by;
  }
}`;
}
