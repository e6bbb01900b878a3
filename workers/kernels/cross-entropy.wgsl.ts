// WGSL of softmax cross-entropy with class numbers (cross-entropy.ts).
import { weightPlaces, type CrossEntropyAttrs } from './cross-entropy';
import type { GpuFacts, GpuPass } from './kernel';
import { rowScaleWgsl, totalPass } from './loss-total';
import { rowPass, type Binding } from './wgsl-rows';

interface Size {
  rows: number;
  columns: number;
}

/** Declares `logSum`, in all lanes, of the row that begins at `start`. */
export const logSumWgsl = (columns: number): string => `  var most = -3e38;
  for (var i = lane; i < ${columns}u; i += lanes) { most = max(most, logits[start + i]); }
  most = laneMax(most, lane);
  var exps = 0.0;
  for (var i = lane; i < ${columns}u; i += lanes) { exps += exp(max(logits[start + i] - most, -100.0)); }
  let logSum = most + log(laneSum(exps, lane));`;

export function weightBindings(attrs: { classWeights: boolean; sampleWeights: boolean }, first: number): Binding[] {
  const { classWeights, sampleWeights } = weightPlaces(attrs, first);
  return [
    ...(classWeights ? [{ name: 'classWeights', place: classWeights }] : []),
    ...(sampleWeights ? [{ name: 'sampleWeights', place: sampleWeights }] : []),
  ];
}

const counted = (columns: number, { ignoreIndex }: CrossEntropyAttrs): string =>
  `targets[row] != ${ignoreIndex} && targets[row] >= 0 && targets[row] < ${columns}`;

export function crossEntropyPasses(gpu: GpuFacts, { rows, columns }: Size, attrs: CrossEntropyAttrs): GpuPass[] {
  const { labelSmoothing, gamma, classWeights, sampleWeights, weighsMean } = attrs;
  const bindings: Binding[] = [
    { name: 'logits', place: { input: 0 } },
    { name: 'targets', place: { input: 1 }, type: 'i32' },
    ...weightBindings(attrs, 2),
    { name: 'losses', place: { output: 1 }, writes: true },
    { name: 'logSums', place: { output: 2 }, writes: true },
    { name: 'weights', place: { scratch: 0 }, writes: true },
  ];
  const spread = `  var spread = 0.0;
  for (var i = lane; i < ${columns}u; i += lanes) {
    spread += ${classWeights ? 'classWeights[i] * ' : ''}(logSum - logits[start + i]);
  }
  spread = laneSum(spread, lane);`;
  const body = `  let start = row * ${columns}u;
${logSumWgsl(columns)}
${labelSmoothing ? spread : ''}
  if (lane == 0u) {
    var loss = 0.0;
    var weight = 0.0;
    if (${counted(columns, attrs)}) {
      let target_ = u32(targets[row]);
      let sample = ${sampleWeights ? 'sampleWeights[row]' : '1.0'};
      let own = ${classWeights ? 'classWeights[target_]' : '1.0'};
      let nll = logSum - logits[start + target_];
      loss = own * ${1 - labelSmoothing}f * nll;
      ${gamma ? `loss *= pow(max(1.0 - exp(-nll), 1e-30), ${gamma}f);` : ''}
      ${labelSmoothing ? `loss += ${labelSmoothing / columns}f * spread;` : ''}
      loss *= sample;
      weight = sample${weighsMean ? ' * own' : ''};
    }
    losses[row] = loss;
    logSums[row] = logSum;
    weights[row] = weight;
  }`;
  const places = {
    losses: { output: 1 },
    weights: { scratch: 0 },
    loss: { output: 0 },
    weight: { output: 3 },
  };
  return [rowPass(gpu, rows, bindings, body, columns), totalPass(gpu, places, rows, attrs.reduction)];
}

export function crossEntropyGradientPasses(
  gpu: GpuFacts,
  { rows, columns }: Size,
  attrs: CrossEntropyAttrs,
): GpuPass[] {
  const { labelSmoothing, gamma, classWeights, sampleWeights, reduction } = attrs;
  const bindings: Binding[] = [
    { name: 'logits', place: { input: 0 } },
    { name: 'targets', place: { input: 1 }, type: 'i32' },
    { name: 'logSums', place: { input: 2 } },
    ...(reduction === 'mean' ? [{ name: 'weight', place: { input: 3 } }] : []),
    { name: 'dLoss', place: { input: 4 } },
    { name: 'dLosses', place: { input: 5 } },
    ...weightBindings(attrs, 6),
    { name: 'dLogits', place: { output: 0 }, writes: true },
  ];
  const share = labelSmoothing / columns;
  const weightOf = (index: string): string => (classWeights ? `classWeights[${index}]` : '1.0');
  const classTotal = classWeights
    ? `  var classTotal = 0.0;
  for (var i = lane; i < ${columns}u; i += lanes) { classTotal += classWeights[i]; }
  classTotal = laneSum(classTotal, lane);`
    : `  let classTotal = ${columns}.0;`;
  const focus = `    let p = exp(-nll);
    let missed = max(1.0 - p, 1e-30);
    hit *= pow(missed, ${gamma}f) + ${gamma}f * pow(missed, ${gamma - 1}f) * p * nll;`;
  const body = `  let start = row * ${columns}u;
  ${labelSmoothing ? classTotal : ''}
  if (!(${counted(columns, attrs)})) {
    for (var i = lane; i < ${columns}u; i += lanes) { dLogits[start + i] = 0.0; }
    return;
  }
  let target_ = u32(targets[row]);
  ${rowScaleWgsl(reduction)}
  let size = scale${sampleWeights ? ' * sampleWeights[row]' : ''};
  var hit = ${weightOf('target_')} * ${1 - labelSmoothing}f;
  ${gamma ? `let nll = logSums[row] - logits[start + target_];\n${focus}` : ''}
  for (var i = lane; i < ${columns}u; i += lanes) {
    let probability = exp(max(logits[start + i] - logSums[row], -100.0));
    var value = hit * (probability - select(0.0, 1.0, i == target_));
    ${labelSmoothing ? `value += ${share}f * (classTotal * probability - ${weightOf('i')});` : ''}
    dLogits[start + i] = size * value;
  }`;
  return [rowPass(gpu, rows, bindings, body, columns)];
}
