// The losses of two numbers that pair-loss.ts offers: value and derivatives, in JavaScript and in WGSL. The numbers are
// those of pair-loss.as.ts.

export interface PairKind {
  /** Number of the kind in pair-loss.as.ts. */
  code: number;
  value(a: number, b: number, p: number, q: number): number;
  slopeA(a: number, b: number, p: number, q: number): number;
  slopeB(a: number, b: number, p: number, q: number): number;
  /** WGSL expressions of a, b, p and q. */
  wgsl: { value: string; slopeA: string; slopeB: string };
  /** Whether central differences fail somewhere. */
  kinks: boolean;
}

const softplusOf = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoidOf = (x: number): number => 1 / (1 + Math.exp(-x));
const clamp = (x: number, most: number): number => Math.max(-most, Math.min(most, x));
const active = (x: number): number => (x > 0 ? 1 : 0);

/** The kinds of a − b alone: the derivative by b is that by a, with the other sign. */
const ofDifference = (
  code: number,
  kinks: boolean,
  value: (d: number, p: number, q: number) => number,
  slope: (d: number, p: number, q: number) => number,
  wgsl: { value: string; slope: string },
): PairKind => ({
  code,
  kinks,
  value: (a, b, p, q) => value(a - b, p, q),
  slopeA: (a, b, p, q) => slope(a - b, p, q),
  slopeB: (a, b, p, q) => -slope(a - b, p, q),
  wgsl: { value: wgsl.value, slopeA: wgsl.slope, slopeB: `-(${wgsl.slope})` },
});

const clampWgsl = 'clamp(a - b, -p, p)';
const huberWgsl = `${clampWgsl} * (a - b - 0.5 * ${clampWgsl})`;
const huberOf = (d: number, p: number): number => clamp(d, p) * (d - 0.5 * clamp(d, p));
const hingeOf = (a: number, b: number): number => Math.max(0, 1 - a * b);
const hingeWgsl = 'max(1.0 - a * b, 0.0)';

export const pairKinds = {
  /** (a − b − p)². */
  squared: ofDifference(
    0,
    false,
    (d, p) => (d - p) ** 2,
    (d, p) => 2 * (d - p),
    {
      value: '(a - b - p) * (a - b - p)',
      slope: '2.0 * (a - b - p)',
    },
  ),
  absolute: ofDifference(1, true, Math.abs, Math.sign, { value: 'abs(a - b)', slope: 'sign(a - b)' }),
  /** PyTorch's huber_loss with delta p. */
  huber: ofDifference(2, true, huberOf, clamp, { value: huberWgsl, slope: clampWgsl }),
  /** PyTorch's smooth_l1_loss with beta p. */
  smoothAbsolute: ofDifference(
    3,
    true,
    (d, p) => huberOf(d, p) / p,
    (d, p) => clamp(d, p) / p,
    {
      value: `${huberWgsl} / p`,
      slope: `${clampWgsl} / p`,
    },
  ),
  /** max(0, 1 − a b) with b = ±1. */
  hinge: {
    code: 4,
    kinks: true,
    value: hingeOf,
    slopeA: (a, b) => -b * active(1 - a * b),
    slopeB: (a, b) => -a * active(1 - a * b),
    wgsl: {
      value: hingeWgsl,
      slopeA: 'select(0.0, -b, a * b < 1.0)',
      slopeB: 'select(0.0, -a, a * b < 1.0)',
    },
  },
  squaredHinge: {
    code: 5,
    kinks: false,
    value: (a, b) => hingeOf(a, b) ** 2,
    slopeA: (a, b) => -2 * b * hingeOf(a, b),
    slopeB: (a, b) => -2 * a * hingeOf(a, b),
    wgsl: {
      value: `${hingeWgsl} * ${hingeWgsl}`,
      slopeA: `-2.0 * b * ${hingeWgsl}`,
      slopeB: `-2.0 * a * ${hingeWgsl}`,
    },
  },
  /** −(1 − q) log σ(p(a − b)) − q log σ(−p(a − b)): BPR with p 1 and q 0, DPO with beta p and smoothing q. */
  logistic: ofDifference(
    6,
    false,
    (d, p, q) => softplusOf(-p * d) + q * p * d,
    (d, p, q) => p * (q - sigmoidOf(-p * d)),
    {
      value: 'max(-p * (a - b), 0.0) + log(1.0 + exp(-abs(p * (a - b)))) + q * p * (a - b)',
      slope: 'p * (q - 1.0 / (1.0 + exp(clamp(p * (a - b), -88.0, 88.0))))',
    },
  ),
  /** max(0, p − a + b): margin ranking, and triplets of distances. */
  margin: ofDifference(
    7,
    true,
    (d, p) => Math.max(0, p - d),
    (d, p) => -active(p - d),
    {
      value: 'max(p - (a - b), 0.0)',
      slope: 'select(0.0, -1.0, a - b < p)',
    },
  ),
  /** (b a² + (1 − b) max(0, p − a)²) / 2: a a distance, b 1 for alike. */
  contrastive: {
    code: 8,
    kinks: false,
    value: (a, b, p) => 0.5 * (b * a * a + (1 - b) * Math.max(0, p - a) ** 2),
    slopeA: (a, b, p) => b * a - (1 - b) * Math.max(0, p - a),
    slopeB: (a, _, p) => 0.5 * (a * a - Math.max(0, p - a) ** 2),
    wgsl: {
      value: '0.5 * (b * a * a + (1.0 - b) * max(p - a, 0.0) * max(p - a, 0.0))',
      slopeA: 'b * a - (1.0 - b) * max(p - a, 0.0)',
      slopeB: '0.5 * (a * a - max(p - a, 0.0) * max(p - a, 0.0))',
    },
  },
} as const satisfies Record<string, PairKind>;

export type PairKindName = keyof typeof pairKinds;

export const pairKindNames = [
  'squared',
  'absolute',
  'huber',
  'smoothAbsolute',
  'hinge',
  'squaredHinge',
  'logistic',
  'margin',
  'contrastive',
] as const satisfies readonly PairKindName[];
