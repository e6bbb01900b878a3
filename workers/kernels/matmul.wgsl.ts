// Matrix products in WGSL: all four transposes, batches, and what is done with the sum before it is stored. Which
// variant runs is decided by size and by what was measured on the adapter (matmul-variants.ts); every variant is right for
// every size and adds in a fixed order, k ascending, so that one variant gives the same bits everywhere it rounds alike.
import type { GpuFacts, GpuPass, Place } from './kernel';
import { matmulVariant, type MatmulVariant } from './matmul-variants';
import { registerTile } from './matmul-register.wgsl';
import { sharedTile } from './matmul-shared.wgsl';

/** out[b] = A[b] · B[b]; A is [m, k] ([k, m] where transposed), B is [k, n] ([n, k]). */
export interface MatmulShape {
  m: number;
  n: number;
  k: number;
  transposeA: boolean;
  transposeB: boolean;
  /** Products in the batch; a factor without a batch (batchA, batchB false) is the same for all of them. */
  batch: number;
  batchA: boolean;
  batchB: boolean;
}

/** `gelu` is the erf form, `geluTanh` the tanh form. */
export type Activation = 'none' | 'relu' | 'gelu' | 'geluTanh' | 'silu' | 'tanh' | 'sigmoid';

/** What happens to a sum s at [row, column]: s·scale + bias → store in `pre` → activation → zero where gate ≤ 0 → store. */
export interface Epilogue {
  scale?: number;
  /** [n] */
  bias?: Place;
  /** [batch, m, n], gets the sum before the activation. */
  pre?: Place;
  activation?: Activation;
  /** [batch, m, n]: ReLU's gradient is a product that is zero where the output was. */
  gate?: Place;
}

export interface MatmulPlaces {
  a: Place;
  b: Place;
  out: Place;
}

/** The passes of one product. `gpu.variant('matmul', sizeClass)` may name the variant. */
export function matmulPasses(
  shape: MatmulShape,
  places: MatmulPlaces,
  gpu: GpuFacts,
  epilogue: Epilogue = {},
): GpuPass[] {
  const variant = matmulVariant(shape, gpu);
  const bindings: Place[] = [places.a, places.b, places.out];
  const names: Record<'bias' | 'pre' | 'gate', number> = { bias: -1, pre: -1, gate: -1 };
  for (const name of ['bias', 'pre', 'gate'] as const) {
    const place = epilogue[name];
    if (place) names[name] = bindings.push(place) - 1;
  }
  const passes: GpuPass[] = [];
  // The batch is the grid's third dimension, which has a limit of its own.
  for (let first = 0; first < shape.batch; first += gpu.maxWorkgroupsPerDimension) {
    const count = Math.min(gpu.maxWorkgroupsPerDimension, shape.batch - first);
    passes.push({
      wgsl: matmulShader(shape, variant, epilogue, names, first),
      bindings,
      workgroups: [
        Math.ceil(shape.n / (variant.columns * variant.across)),
        Math.ceil(shape.m / (variant.rows * variant.down)),
        count,
      ],
    });
  }
  return passes;
}

function matmulShader(
  shape: MatmulShape,
  variant: MatmulVariant,
  epilogue: Epilogue,
  names: Record<'bias' | 'pre' | 'gate', number>,
  firstBatch: number,
): string {
  const { m, n, k } = shape;
  const type = (vector: boolean): string => (vector ? 'vec4f' : 'f32');
  const wide = vectorLoads(shape);
  const lines = [
    `@group(0) @binding(0) var<storage, read> a: array<${type(wide.a)}>;`,
    `@group(0) @binding(1) var<storage, read> b: array<${type(wide.b)}>;`,
    `@group(0) @binding(2) var<storage, read_write> out: array<${type(wide.out)}>;`,
  ];
  if (epilogue.bias) lines.push(`@group(0) @binding(${names.bias}) var<storage, read> bias: array<${type(wide.out)}>;`);
  if (epilogue.pre)
    lines.push(`@group(0) @binding(${names.pre}) var<storage, read_write> pre: array<${type(wide.out)}>;`);
  if (epilogue.gate) lines.push(`@group(0) @binding(${names.gate}) var<storage, read> gate: array<${type(wide.out)}>;`);
  const base = (given: boolean, words: number, vector: boolean): string =>
    given ? `(group.z + ${firstBatch}u) * ${vector ? words / 4 : words}u` : '0u';
  lines.push(
    activationFunction(epilogue.activation ?? 'none', wide.out),
    storeFunction(n, epilogue, wide.out),
    `const M = ${m}u; const N = ${n}u; const K = ${k}u;`,
  );
  const bases = `
  let aBase = ${base(shape.batchA, m * k, wide.a)};
  let bBase = ${base(shape.batchB, k * n, wide.b)};
  let outBase = ${base(shape.batch > 1, m * n, false)};`;
  const body = variant.shared ? sharedTile(shape, variant, wide, bases) : registerTile(shape, variant, wide, bases);
  return `${lines.join('\n')}\n${body}`;
}

/** Which arrays can be read four at a time: those whose rows (and so whose batches) start at multiples of four. */
export interface VectorLoads {
  a: boolean;
  b: boolean;
  out: boolean;
}

export function vectorLoads({ m, n, k, transposeA, transposeB }: MatmulShape): VectorLoads {
  return { a: (transposeA ? m : k) % 4 === 0, b: (transposeB ? k : n) % 4 === 0, out: n % 4 === 0 };
}

/** `store(at, column, sum)`: at is the element's index in out, in floats, also where four go at once. */
function storeFunction(n: number, epilogue: Epilogue, vector: boolean): string {
  const type = vector ? 'vec4f' : 'f32';
  const index = vector ? 'at / 4u' : 'at';
  const steps: string[] = [];
  if (epilogue.scale !== undefined && epilogue.scale !== 1)
    steps.push(`value = value * ${floatLiteral(epilogue.scale)};`);
  if (epilogue.bias) steps.push(`value = value + bias[${vector ? 'column / 4u' : 'column'}];`);
  if (epilogue.pre) steps.push(`pre[${index}] = value;`);
  steps.push('value = activate(value);');
  if (epilogue.gate) steps.push(`value = select(${type}(0.0), value, gate[${index}] > ${type}(0.0));`);
  return `fn store(at: u32, column: u32, sum: ${type}) {
  var value = sum;
  ${steps.join('\n  ')}
  out[${index}] = value;
}
// Columns past the last one (of ${n}) are not stored.`;
}

export const floatLiteral = (value: number): string => {
  const text = String(Math.fround(value));
  return `f32(${/[.e]/.test(text) ? text : `${text}.0`})`;
};

const activations: Record<Activation, string> = {
  none: 'return x;',
  relu: 'return max(x, T(0.0));',
  // Abramowitz and Stegun 7.1.26 has an error of 1.5e-7, which is float32's own.
  gelu: `let z = abs(x) * 0.70710678118;
  let t = 1.0 / (1.0 + 0.3275911 * z);
  let poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let erf = sign(x) * (1.0 - poly * exp(-z * z));
  return 0.5 * x * (1.0 + erf);`,
  // tanh overflows for large arguments on some adapters.
  geluTanh: `let u = clamp(0.7978845608 * (x + 0.044715 * x * x * x), T(-15.0), T(15.0));
  return 0.5 * x * (1.0 + tanh(u));`,
  silu: 'return x / (1.0 + exp(-x));',
  tanh: 'return tanh(clamp(x, T(-15.0), T(15.0)));',
  sigmoid: 'return 1.0 / (1.0 + exp(-x));',
};

function activationFunction(activation: Activation, vector: boolean): string {
  const type = vector ? 'vec4f' : 'f32';
  return `fn activate(x: ${type}) -> ${type} {\n  ${activations[activation].replaceAll('T(', `${type}(`)}\n}`;
}
