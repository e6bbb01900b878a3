// What must be known of all gradients before any parameter moves: their global norm, whether they are finite, the loss
// scale, and from these one factor for every optimizer kernel. All of it stays on the device, so that a step is skipped
// and the loss scale halves without asking the host, at the same step in every repeat of a run.
import { defineKernel, sizeOf, type Numbers, type Spec } from './kernel';
import {
  controlAt,
  controlWords,
  hyperAt,
  hyperWords,
  lossScaleRange,
  scalerAt,
  scalerWords,
} from './optimizer-layout';

/** Words that are summed to one partial sum: fixed, so that sums do not depend on threads or workgroups. */
const blockWords = 4096;

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });

/** Sum of squares of each block of 4,096 numbers; infinite where a number is not finite. x [n] → [⌈n / 4096⌉] */
export const squaredNorm = defineKernel({
  name: 'SquaredNorm',
  inputs: ['x'],
  infer: ([x]) => [float(Math.ceil(sizeOf(x!) / blockWords))],
  reference([x], [sums]) {
    for (let block = 0; block < sums!.length; block++) {
      let sum = 0;
      for (let i = block * blockWords; i < Math.min(x!.length, (block + 1) * blockWords); i++) sum += x![i]! * x![i]!;
      sums![block] = Number.isFinite(sum) ? sum : Infinity;
    }
  },
  wasm: ({ inputs: [x] }) => [{ fn: 'squared_norm', args: [{ input: 0 }, { output: 0 }, sizeOf(x!)] }],
  webgpu({ inputs: [x] }, gpu) {
    const blocks = Math.ceil(sizeOf(x!) / blockWords);
    const across = Math.min(blocks, gpu.maxWorkgroupsPerDimension);
    const wgsl = `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
var<workgroup> parts: array<f32, 64>;
var<workgroup> broken: array<u32, 64>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = group.y * ${across}u + group.x;
  var sum = 0.0;
  var odd = 0u;
  if (block < ${blocks}u) {
    let end = min(${sizeOf(x!)}u, (block + 1u) * ${blockWords}u);
    for (var i = block * ${blockWords}u + local; i < end; i += 64u) {
      let value = x[i];
      // Compilers may assume that there are no infinities; the bits cannot lie.
      odd |= select(0u, 1u, (bitcast<u32>(value) & 0x7f800000u) == 0x7f800000u);
      sum += value * value;
    }
  }
  parts[local] = sum;
  broken[local] = odd;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half >>= 1u) {
    if (local < half) {
      parts[local] += parts[local + half];
      broken[local] |= broken[local + half];
    }
    workgroupBarrier();
  }
  if (local == 0u && block < ${blocks}u) {
    sums[block] = select(parts[0], bitcast<f32>(0x7f800000u + (broken[0] - 1u)), broken[0] == 1u);
  }
}`;
    const workgroups = [across, Math.ceil(blocks / across), 1] as const;
    return [{ wgsl, bindings: [{ input: 0 }, { output: 0 }], workgroups }];
  },
  cases: [1, 63, 64, 65, 4096, 4097, 9001].map((size) => ({ inputs: [float(size)], attrs: {} })),
});

/** control and scaler (optimizer-layout.ts) from all partial sums. */
export function decideUpdate(hyper: Numbers, scaler: Numbers, sums: Numbers, control: Numbers): void {
  let squares = 0;
  for (const sum of sums) squares += sum;
  const finite = Number.isFinite(squares) && Number.isFinite(Math.fround(squares));
  const scale = scaler[scalerAt.lossScale]!;
  const step = scaler[scalerAt.applied]! + 1;
  const factor = hyper[hyperAt.gradientFactor]! / scale;
  const norm = finite ? Math.sqrt(squares) * factor : Infinity;
  const most = hyper[hyperAt.maxNorm]!;
  const clip = most > 0 && finite ? Math.min(1, most / (norm + 1e-6)) : 1;
  control[controlAt.gradientScale] = factor * clip;
  control[controlAt.apply] = finite ? 1 : 0;
  control[controlAt.firstCorrection] = -Math.expm1(-step * hyper[hyperAt.firstLog]!);
  control[controlAt.secondCorrectionRoot] = Math.sqrt(-Math.expm1(-step * hyper[hyperAt.secondLog]!));
  control[controlAt.norm] = norm;
  control[controlAt.step] = step;
  control[controlAt.lossScale] = scale;
  control[controlAt.clip] = clip;
  const interval = hyper[hyperAt.growthInterval]!;
  if (finite) {
    const clean = scaler[scalerAt.clean]! + 1;
    const grows = interval > 0 && clean >= interval;
    scaler[scalerAt.applied] = step;
    scaler[scalerAt.clean] = grows ? 0 : clean;
    if (grows) scaler[scalerAt.lossScale] = Math.min(lossScaleRange.most, scale * 2);
  } else {
    scaler[scalerAt.skipped] = scaler[scalerAt.skipped]! + 1;
    scaler[scalerAt.clean] = 0;
    if (interval > 0) scaler[scalerAt.lossScale] = Math.max(lossScaleRange.least, scale / 2);
  }
}

const hyper = [0.01, 0.1, 1e-8, 0.9, 0.1, 0.999, 0.001, 0.10536052, 0.0010005003, 0.5, 1, 0, 2, 0, 0.99, 0.01];
const still = hyper.map((value, i) => (i === hyperAt.growthInterval || i === hyperAt.maxNorm ? 0 : value));
const valuesCase = (values: readonly number[]) => ({ ...float(values.length), fill: { values } });

/** hyper, scaler (updated in place), all partial sums [n] → control [8] */
export const gradientControl = defineKernel({
  name: 'GradientControl',
  inputs: ['hyper', 'scaler', 'sums'],
  mutates: [1],
  infer([hyper, scaler]) {
    if (sizeOf(hyper!) !== hyperWords || sizeOf(scaler!) !== scalerWords)
      throw new Error('hyper and scaler come first.');
    return [float(controlWords)];
  },
  reference([hyper, scaler, sums], [control]) {
    decideUpdate(hyper!, scaler!, sums!, control!);
  },
  wasm: ({ inputs: [, , sums] }) => [
    {
      fn: 'gradient_control',
      args: [{ input: 0 }, { input: 1 }, { output: 0 }, { input: 2 }, sizeOf(sums!)],
    },
  ],
  webgpu({ inputs: [, , sums] }) {
    const wgsl = `@group(0) @binding(0) var<storage, read> hyper: array<f32>;
@group(0) @binding(1) var<storage, read_write> scaler: array<f32>;
@group(0) @binding(2) var<storage, read> sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> control: array<f32>;
var<workgroup> parts: array<f32, 64>;
var<workgroup> broken: array<u32, 64>;
// 1 - exp(-x): by its series where the difference would lose digits.
fn lost(x: f32) -> f32 {
  if (x > 0.3) { return 1.0 - exp(-x); }
  return x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0 * (1.0 - x / 6.0 * (1.0 - x / 7.0))))));
}
fn isOdd(value: f32) -> u32 { return select(0u, 1u, (bitcast<u32>(value) & 0x7f800000u) == 0x7f800000u); }
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  var odd = 0u;
  for (var i = local; i < ${sizeOf(sums!)}u; i += 64u) {
    odd |= isOdd(sums[i]);
    sum += sums[i];
  }
  parts[local] = sum;
  broken[local] = odd;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half >>= 1u) {
    if (local < half) {
      parts[local] += parts[local + half];
      broken[local] |= broken[local + half];
    }
    workgroupBarrier();
  }
  if (local != 0u) { return; }
  let finite = (broken[0] | isOdd(parts[0])) == 0u;
  let scale = scaler[${scalerAt.lossScale}];
  let step = scaler[${scalerAt.applied}] + 1.0;
  let factor = hyper[${hyperAt.gradientFactor}] / scale;
  let norm = sqrt(parts[0]) * factor;
  let most = hyper[${hyperAt.maxNorm}];
  var clip = 1.0;
  if (most > 0.0 && finite) { clip = min(1.0, most / (norm + 1e-6)); }
  control[${controlAt.gradientScale}] = factor * clip;
  control[${controlAt.apply}] = select(0.0, 1.0, finite);
  control[${controlAt.firstCorrection}] = lost(step * hyper[${hyperAt.firstLog}]);
  control[${controlAt.secondCorrectionRoot}] = sqrt(lost(step * hyper[${hyperAt.secondLog}]));
  control[${controlAt.norm}] = select(bitcast<f32>(0x7f800000u + (isOdd(parts[0]) & 0u)), norm, finite);
  control[${controlAt.step}] = step;
  control[${controlAt.lossScale}] = scale;
  control[${controlAt.clip}] = clip;
  let interval = hyper[${hyperAt.growthInterval}];
  if (finite) {
    let clean = scaler[${scalerAt.clean}] + 1.0;
    let grows = interval > 0.0 && clean >= interval;
    scaler[${scalerAt.applied}] = step;
    scaler[${scalerAt.clean}] = select(clean, 0.0, grows);
    if (grows) { scaler[${scalerAt.lossScale}] = min(${lossScaleRange.most}.0, scale * 2.0); }
  } else {
    scaler[${scalerAt.skipped}] = scaler[${scalerAt.skipped}] + 1.0;
    scaler[${scalerAt.clean}] = 0.0;
    if (interval > 0.0) { scaler[${scalerAt.lossScale}] = max(${lossScaleRange.least}.0, scale / 2.0); }
  }
}`;
    const bindings = [...[0, 1, 2].map((input) => ({ input })), { output: 0 }];
    return [{ wgsl, bindings, workgroups: [1, 1, 1] as const }];
  },
  cases: [
    { inputs: [valuesCase(hyper), valuesCase([2, 8, 0, 1]), { ...float(3), fill: 'positive' }], attrs: {} },
    { inputs: [valuesCase(hyper), valuesCase([99, 8, 1, 1]), { ...float(300), fill: 'positive' }], attrs: {} },
    { inputs: [valuesCase(still), valuesCase([0, 1, 0, 0]), { ...float(65), fill: 'positive' }], attrs: {} },
  ],
});
