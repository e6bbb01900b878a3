// AdamW (Loshchilov and Hutter 2019), as torch computes it: decay first and apart from the gradient, epsilon
// outside the root and after the bias correction. Parameters are named and carry their own moments, so another
// order or subset never uses the wrong ones. In place on typed arrays: f32 to train, f64 to be checked.

export type FloatArray = Float32Array | Float64Array;

export interface AdamWSettings {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
}

export const adamWDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

export interface Parameter {
  value: FloatArray;
  firstMoment: FloatArray;
  secondMoment: FloatArray;
  /** Biases and norms do not decay. */
  decays: boolean;
}

export function makeParameter(value: FloatArray, decays: boolean): Parameter {
  const zeros = (): FloatArray =>
    value instanceof Float64Array ? new Float64Array(value.length) : new Float32Array(value.length);
  return { value, firstMoment: zeros(), secondMoment: zeros(), decays };
}

/**
 * One update of `count` values from `offset`, by `gradient[gradientOffset …]`. `step` counts from 1. A table of
 * which a step touches few rows is updated row by row with the same call.
 */
export function adamWUpdate(
  parameter: Parameter,
  gradient: FloatArray,
  step: number,
  settings: AdamWSettings,
  scale = 1,
  offset = 0,
  gradientOffset = 0,
  count = parameter.value.length,
): void {
  const { learningRate, beta1, beta2, epsilon } = settings;
  const { value, firstMoment, secondMoment } = parameter;
  const keep = parameter.decays ? 1 - learningRate * settings.weightDecay : 1;
  const stepSize = learningRate / (1 - Math.pow(beta1, step));
  const root = Math.sqrt(1 - Math.pow(beta2, step));
  for (let i = offset, j = gradientOffset; i < offset + count; i++, j++) {
    const g = gradient[j]! * scale;
    const m = (firstMoment[i] = beta1 * firstMoment[i]! + (1 - beta1) * g);
    const v = (secondMoment[i] = beta2 * secondMoment[i]! + (1 - beta2) * g * g);
    value[i] = value[i]! * keep - (stepSize * m) / (Math.sqrt(v) / root + epsilon);
  }
}

/** Factor that brings gradients of this norm to at most `most` (torch's clip_grad_norm_); 0 = no clipping. */
export function clipFactor(norm: number, most: number): number {
  return most > 0 ? Math.min(1, most / (norm + 1e-6)) : 1;
}

export function sumOfSquares(values: FloatArray, from = 0, to = values.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]! * values[i]!;
  return sum;
}
