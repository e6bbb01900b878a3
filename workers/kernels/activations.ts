// Activations and the other functions of single values, each with its gradient. As in PyTorch: GeluErf is gelu(),
// GeluTanh gelu(approximate='tanh'), Silu x·sigmoid(x), Softplus log(1 + e^x).
import { erf, erfWgsl } from './erf';
import { defineMap } from './map-kernels';

const sigmoidOf = (x: number): number => 1 / (1 + Math.exp(-x));
const root = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

const reluMap = defineMap({
  name: 'Relu',
  fn: 'relu',
  value: (x) => (x < 0 ? 0 : x),
  slope: (y) => (y > 0 ? 1 : 0),
  slopeFrom: 'result',
  wgsl: { value: 'max(x0[i], 0.0)', slope: 'select(0.0, 1.0, x0[i] > 0.0)' },
  smooth: false,
});
export const relu = reluMap.apply;
export const reluGradient = reluMap.applyGradient;

const density = 1 / Math.sqrt(2 * Math.PI);
const geluErfMap = defineMap({
  name: 'GeluErf',
  fn: 'gelu_erf',
  value: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  slope: (x) => 0.5 * (1 + erf(x * Math.SQRT1_2)) + x * density * Math.exp(-0.5 * x * x),
  slopeFrom: 'argument',
  wgsl: {
    before: erfWgsl('e', `x0[i] * ${Math.SQRT1_2}f`),
    value: '0.5 * x0[i] * (1.0 + e)',
    slopeBefore: erfWgsl('e', `x0[i] * ${Math.SQRT1_2}f`),
    slope: `0.5 * (1.0 + e) + x0[i] * ${density}f * exp(-0.5 * x0[i] * x0[i])`,
  },
});
export const geluErf = geluErfMap.apply;

// The argument is clamped: tanh of large numbers overflows on some GPUs.
const tanhWgsl = (x: string): string => `tanh(clamp(${x}, -9.01, 9.01))`;
const innerWgsl = `let v = x0[i];
  let t = ${tanhWgsl(`${root}f * v * (1.0 + ${cubic}f * v * v)`)};`;
const geluTanhMap = defineMap({
  name: 'GeluTanh',
  fn: 'gelu_tanh',
  value: (x) => 0.5 * x * (1 + Math.tanh(root * (x + cubic * x ** 3))),
  slope: (x) => {
    const t = Math.tanh(root * (x + cubic * x ** 3));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * root * (1 + 3 * cubic * x * x);
  },
  slopeFrom: 'argument',
  wgsl: {
    before: innerWgsl,
    value: '0.5 * v * (1.0 + t)',
    slopeBefore: innerWgsl,
    slope: `0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * ${root}f * (1.0 + ${3 * cubic}f * v * v)`,
  },
});
export const geluTanh = geluTanhMap.apply;

const sigmoidWgsl = 'let v = x0[i];\n  let s = 1.0 / (1.0 + exp(-clamp(v, -88.0, 88.0)));';
const siluMap = defineMap({
  name: 'Silu',
  fn: 'silu',
  value: (x) => x * sigmoidOf(x),
  slope: (x) => sigmoidOf(x) * (1 + x * (1 - sigmoidOf(x))),
  slopeFrom: 'argument',
  wgsl: { before: sigmoidWgsl, value: 'v * s', slopeBefore: sigmoidWgsl, slope: 's * (1.0 + v * (1.0 - s))' },
});
export const silu = siluMap.apply;

const sigmoidMap = defineMap({
  name: 'Sigmoid',
  fn: 'sigmoid',
  value: sigmoidOf,
  slope: (y) => y * (1 - y),
  slopeFrom: 'result',
  wgsl: { before: sigmoidWgsl, value: 's', slope: 'x0[i] * (1.0 - x0[i])' },
});
export const sigmoid = sigmoidMap.apply;

const tanhMap = defineMap({
  name: 'Tanh',
  fn: 'tanh',
  value: Math.tanh,
  slope: (y) => 1 - y * y,
  slopeFrom: 'result',
  wgsl: { value: tanhWgsl('x0[i]'), slope: '1.0 - x0[i] * x0[i]' },
});
export const tanh = tanhMap.apply;

const expMap = defineMap({
  name: 'Exp',
  fn: 'exp',
  value: Math.exp,
  slope: (y) => y,
  slopeFrom: 'result',
  wgsl: { value: 'exp(x0[i])', slope: 'x0[i]' },
});
export const exp = expMap.apply;

const logMap = defineMap({
  name: 'Log',
  fn: 'log',
  value: Math.log,
  slope: (x) => 1 / x,
  slopeFrom: 'argument',
  wgsl: { value: 'log(x0[i])', slope: '1.0 / x0[i]' },
  fill: 'positive',
});
export const log = logMap.apply;

const softplusMap = defineMap({
  name: 'Softplus',
  fn: 'softplus',
  value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  slope: sigmoidOf,
  slopeFrom: 'argument',
  wgsl: { value: 'max(x0[i], 0.0) + log(1.0 + exp(-abs(x0[i])))', slopeBefore: sigmoidWgsl, slope: 's' },
});
export const softplus = softplusMap.apply;

export const activationKernels = [
  reluMap,
  geluErfMap,
  geluTanhMap,
  siluMap,
  sigmoidMap,
  tanhMap,
  expMap,
  logMap,
  softplusMap,
].flatMap(({ kernels }) => kernels);
