// WGSL of cross-entropy over a large vocabulary (chunked-cross-entropy.ts): products of a chunk with each invocation
// holding a tile of 4 × 4, and the rows' work between them.
import { chunksOf, type ChunkedCrossEntropyAttrs, type ChunkedSize } from './chunked-cross-entropy';
import type { GpuFacts, GpuPass, Place } from './kernel';
import { weightBindings } from './cross-entropy.wgsl';
import { rowScaleWgsl, totalPass } from './loss-total';
import { gridOver, gridShader } from './wgsl-grid';
import { declare, placesOf, rowPass, type Binding } from './wgsl-rows';

interface Product {
  m: number;
  k: number;
  n: number;
  transposeA?: boolean;
  transposeB?: boolean;
  /** Where the matrices begin in their arrays. */
  bFirst?: number;
  cFirst?: number;
  /** c += instead of c =. */
  adds?: boolean;
}

/** c = A · B; the sums run over k in order. */
function productPass(gpu: GpuFacts, [a, b, c]: readonly [Place, Place, Place], shape: Product): GpuPass {
  const { m, k, n, transposeA, transposeB, bFirst = 0, cFirst = 0, adds } = shape;
  const across = Math.ceil(n / 4);
  const count = Math.ceil(m / 4) * across;
  const { workgroups, index } = gridOver(count, gpu);
  const bindings: Binding[] = [
    { name: 'a', place: a },
    { name: 'b', place: b },
    { name: 'c', place: c, writes: true },
  ];
  const at = (lane: number, name: 'row' | 'column'): string =>
    name === 'row' ? `min(row + ${lane}u, ${m - 1}u)` : `min(column + ${lane}u, ${n - 1}u)`;
  const aAt = (lane: number): string =>
    transposeA ? `a[p * ${m}u + ${at(lane, 'row')}]` : `a[${at(lane, 'row')} * ${k}u + p]`;
  const bAt = (lane: number): string =>
    transposeB
      ? `b[${bFirst}u + ${at(lane, 'column')} * ${k}u + p]`
      : `b[${bFirst}u + p * ${n}u + ${at(lane, 'column')}]`;
  const four = (of: (lane: number) => string): string => `vec4f(${[0, 1, 2, 3].map(of).join(', ')})`;
  const body = `  let row = (i / ${across}u) * 4u;
  let column = (i % ${across}u) * 4u;
  var tile = array<vec4f, 4>();
  for (var p = 0u; p < ${k}u; p++) {
    let right = ${four(bAt)};
    let left = ${four(aAt)};
    for (var j = 0u; j < 4u; j++) { tile[j] = fma(vec4f(left[j]), right, tile[j]); }
  }
  for (var j = 0u; j < min(4u, ${m}u - row); j++) {
    for (var l = 0u; l < min(4u, ${n}u - column); l++) {
      c[${cFirst}u + (row + j) * ${n}u + column + l] ${adds ? '+=' : '='} tile[j][l];
    }
  }`;
  return { wgsl: gridShader(declare(bindings), body, index, count), bindings: placesOf(bindings), workgroups };
}

const logits: Place = { scratch: 0 };

export function chunkedPasses(gpu: GpuFacts, size: ChunkedSize, attrs: ChunkedCrossEntropyAttrs): GpuPass[] {
  const { rows, hidden, classes } = size;
  const places = { losses: { output: 1 }, weights: { scratch: 2 }, loss: { output: 0 }, weight: { output: 3 } };
  return [
    ...chunksOf(classes, attrs.chunk).flatMap(({ first, width }) => [
      productPass(gpu, [{ input: 0 }, { input: 1 }, logits], {
        ...{ m: rows, k: hidden, n: width, transposeB: true, bFirst: first * hidden },
      }),
      logSumPass(gpu, rows, attrs, first, width),
    ]),
    ...(attrs.classWeights ? [classTotalPass(gpu, classes)] : []),
    lossPass(gpu, size, attrs),
    totalPass(gpu, places, rows, attrs.reduction),
  ];
}

/** Σ of the classes' weights into the second number of the last output. */
function classTotalPass(gpu: GpuFacts, classes: number): GpuPass {
  const bindings: Binding[] = [
    { name: 'classWeights', place: { input: 3 } },
    { name: 'totals', place: { output: 3 }, writes: true },
  ];
  const body = `  var sum = 0.0;
  for (var i = lane; i < ${classes}u; i += lanes) { sum += classWeights[i]; }
  sum = laneSum(sum, lane);
  if (lane == 0u) { totals[1] = sum; }`;
  return rowPass(gpu, 1, bindings, body);
}

/** Kept of each row: largest logit, Σ exp, the target's logit, and where it is smoothed the weighted Σ of its logits. */
function logSumPass(
  gpu: GpuFacts,
  rows: number,
  { labelSmoothing, classWeights }: ChunkedCrossEntropyAttrs,
  first: number,
  width: number,
): GpuPass {
  const weighs = labelSmoothing !== 0 && classWeights;
  const bindings: Binding[] = [
    { name: 'logits', place: logits },
    { name: 'targets', place: { input: 2 }, type: 'i32' },
    { name: 'kept', place: { scratch: 1 }, writes: true },
    ...(weighs ? [{ name: 'classWeights', place: { input: 3 } }] : []),
  ];
  const spread = `  var all = 0.0;
  for (var i = lane; i < ${width}u; i += lanes) {
    all += logits[start + i]${weighs ? ` * classWeights[${first}u + i]` : ''};
  }
  all = laneSum(all, lane);
  if (lane == 0u) { kept[row * 4u + 3u] = all${first > 0 ? ' + kept[row * 4u + 3u]' : ''}; }`;
  const body = `  let start = row * ${width}u;
  var most = -3e38;
  for (var i = lane; i < ${width}u; i += lanes) { most = max(most, logits[start + i]); }
  most = laneMax(most, lane);
  ${first > 0 ? 'let before = kept[row * 4u];\n  most = max(most, before);' : ''}
  var sum = 0.0;
  for (var i = lane; i < ${width}u; i += lanes) { sum += exp(max(logits[start + i] - most, -100.0)); }
  sum = laneSum(sum, lane);
  if (lane == 0u) {
    ${first > 0 ? 'sum += kept[row * 4u + 1u] * exp(max(before - most, -100.0));' : ''}
    kept[row * 4u] = most;
    kept[row * 4u + 1u] = sum;
    let own = targets[row] - ${first};
    if (own >= 0 && own < ${width}) { kept[row * 4u + 2u] = logits[start + u32(own)]; }
  }
${labelSmoothing === 0 ? '' : spread}`;
  return rowPass(gpu, rows, bindings, body);
}

const counted = (classes: number, { ignoreIndex }: ChunkedCrossEntropyAttrs): string =>
  `targets[row] != ${ignoreIndex} && targets[row] >= 0 && targets[row] < ${classes}`;

function lossPass(gpu: GpuFacts, { rows, classes }: ChunkedSize, attrs: ChunkedCrossEntropyAttrs): GpuPass {
  const bindings: Binding[] = [
    { name: 'targets', place: { input: 2 }, type: 'i32' },
    ...weightBindings(attrs, 3),
    { name: 'kept', place: { scratch: 1 } },
    { name: 'totals', place: { output: 3 }, writes: !attrs.classWeights },
    { name: 'losses', place: { output: 1 }, writes: true },
    { name: 'logSums', place: { output: 2 }, writes: true },
    { name: 'weights', place: { scratch: 2 }, writes: true },
  ];
  const { labelSmoothing } = attrs;
  const total = attrs.classWeights ? 'totals[1]' : `${classes}.0`;
  const body = `  let counts = ${counted(classes, attrs)};
  let sample = ${attrs.sampleWeights ? 'sampleWeights[row]' : '1.0'};
  let own = ${attrs.classWeights ? 'classWeights[select(0u, u32(targets[row]), counts)]' : '1.0'};
  let logSum = kept[row * 4u] + log(kept[row * 4u + 1u]);
  var loss = own * ${1 - labelSmoothing}f * (logSum - kept[row * 4u + 2u]);
  ${labelSmoothing ? `loss += ${labelSmoothing / classes}f * (${total} * logSum - kept[row * 4u + 3u]);` : ''}
  ${attrs.classWeights ? '' : `if (row == 0u) { totals[1] = ${classes}.0; }`}
  logSums[row] = logSum;
  losses[row] = select(0.0, sample * loss, counts);
  weights[row] = select(0.0, sample * own, counts);`;
  const { workgroups, index } = gridOver(rows, gpu);
  return {
    wgsl: gridShader(declare(bindings), body, index, rows, 'row'),
    bindings: placesOf(bindings),
    workgroups,
  };
}

export function chunkedGradientPasses(gpu: GpuFacts, size: ChunkedSize, attrs: ChunkedCrossEntropyAttrs): GpuPass[] {
  const { rows, hidden, classes } = size;
  const [x, w]: [Place, Place] = [{ input: 0 }, { input: 1 }];
  return chunksOf(classes, attrs.chunk).flatMap(({ first, width }) => {
    const bFirst = first * hidden;
    return [
      productPass(gpu, [x, w, logits], { m: rows, k: hidden, n: width, transposeB: true, bFirst }),
      chunkGradientPass(gpu, size, attrs, first, width),
      productPass(gpu, [logits, w, { output: 0 }], { m: rows, k: width, n: hidden, bFirst, adds: first > 0 }),
      productPass(gpu, [logits, x, { output: 1 }], { m: width, k: rows, n: hidden, transposeA: true, cFirst: bFirst }),
    ];
  });
}

function chunkGradientPass(
  gpu: GpuFacts,
  { rows, classes }: ChunkedSize,
  attrs: ChunkedCrossEntropyAttrs,
  first: number,
  width: number,
): GpuPass {
  const { labelSmoothing } = attrs;
  const weighs = labelSmoothing !== 0 && attrs.classWeights;
  const total = weighs ? 'weight[1]' : `${classes}.0`;
  const ofClass = weighs ? `classWeights[${first}u + i]` : '1.0';
  const bindings: Binding[] = [
    { name: 'logits', place: logits, writes: true },
    { name: 'targets', place: { input: 2 }, type: 'i32' },
    { name: 'logSums', place: { input: 3 } },
    ...(attrs.reduction === 'mean' || weighs ? [{ name: 'weight', place: { input: 4 } }] : []),
    { name: 'dLoss', place: { input: 5 } },
    { name: 'dLosses', place: { input: 6 } },
    ...weightBindings(attrs, 7),
  ];
  const body = `  ${rowScaleWgsl(attrs.reduction)}
  let counts = ${counted(classes, attrs)};
  let size = select(0.0, scale${attrs.sampleWeights ? ' * sampleWeights[row]' : ''}, counts);
  let hit = ${attrs.classWeights ? 'classWeights[select(0u, u32(targets[row]), counts)]' : '1.0'} * ${1 - labelSmoothing}f;
  let own = targets[row] - ${first};
  for (var i = lane; i < ${width}u; i += lanes) {
    let p = exp(max(logits[row * ${width}u + i] - logSums[row], -100.0));
    var value = hit * (p - select(0.0, 1.0, i32(i) == own));
    ${labelSmoothing ? `value += ${labelSmoothing / classes}f * (${total} * p - ${ofClass});` : ''}
    logits[row * ${width}u + i] = size * value;
  }`;
  return rowPass(gpu, rows, bindings, body);
}
