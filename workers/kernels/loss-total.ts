// What losses share: the sum or weighted mean of rows' losses as a last step, in a fixed order, and how many that counts.
import type { GpuFacts, GpuPass, Numbers, Place, WasmCall } from './kernel';
import { rowPass } from './wgsl-rows';

/** mean: over the rows' weights · sum: not divided. */
export type Reduction = 'mean' | 'sum';

export interface TotalPlaces {
  losses: Place;
  /** Null where every row weighs 1. */
  weights: Place | null;
  loss: Place;
  /** Σ weights, kept for the gradient. */
  weight: Place;
}

export function totalReference(
  losses: Numbers,
  weights: Numbers | null,
  [loss, weight]: readonly [Numbers, Numbers],
  reduction: Reduction,
): void {
  let sum = 0;
  let all = 0;
  for (let row = 0; row < losses.length; row++) {
    sum += losses[row]!;
    all += weights ? weights[row]! : 1;
  }
  loss[0] = reduction === 'sum' ? sum : all === 0 ? 0 : sum / all;
  weight[0] = all;
}

/** Upstream of the total and of the row's own loss, as what the row's gradient is scaled by. */
export function rowScale(
  row: number,
  [dLoss, dLosses, weight]: readonly [Numbers, Numbers, Numbers],
  reduction: Reduction,
): number {
  const shared = reduction === 'sum' ? dLoss[0]! : weight[0] === 0 ? 0 : dLoss[0]! / weight[0]!;
  return shared + dLosses[row]!;
}

export function totalCall(
  { losses, weights, loss, weight }: TotalPlaces,
  rows: number,
  reduction: Reduction,
): WasmCall {
  return { fn: 'loss_total', args: [losses, weights ?? 0, loss, weight, rows, reduction === 'mean' ? 1 : 0] };
}

export function totalPass(
  gpu: GpuFacts,
  { losses, weights, loss, weight }: TotalPlaces,
  rows: number,
  reduction: Reduction,
): GpuPass {
  const bindings = [
    { name: 'losses', place: losses },
    ...(weights ? [{ name: 'weights', place: weights }] : []),
    { name: 'loss', place: loss, writes: true },
    { name: 'weight', place: weight, writes: true },
  ];
  return rowPass(
    gpu,
    1,
    bindings,
    `  var sum = 0.0;
  var all = 0.0;
  for (var i = lane; i < ${rows}u; i += lanes) { sum += losses[i]; all += ${weights ? 'weights[i]' : '1.0'}; }
  sum = laneSum(sum, lane);
  all = laneSum(all, lane);
  if (lane == 0u) {
    loss[0] = ${reduction === 'sum' ? 'sum' : 'select(sum / max(all, 1e-37), 0.0, all == 0.0)'};
    weight[0] = all;
  }`,
  );
}

/** WGSL that declares `scale` for `row`, from bindings dLoss, dLosses and, for a mean, weight. */
export const rowScaleWgsl = (reduction: Reduction): string =>
  `let scale = ${
    reduction === 'sum' ? 'dLoss[0]' : 'select(dLoss[0] / max(weight[0], 1e-37), 0.0, weight[0] == 0.0)'
  } + dLosses[row];`;
