// The Gauss error function in 64 bits, for the references of kernels, which approximate it in 32.

const scale = 2 / Math.sqrt(Math.PI);

/** erf(x) to about 1e-15: 2/√π e^(-x²) Σ 2^n x^(2n+1) / (2n+1)!!, whose terms are all of one sign. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return scale * Math.exp(-x * x) * sum;
}

/** The numbers of erf4 in math.as.ts, as WGSL: `name` becomes erf of the expression `argument`. */
export const erfWgsl = (name: string, argument: string): string =>
  `let ${name}_x = clamp(${argument}, -3.92, 3.92);
  let ${name}_s = ${name}_x * ${name}_x;
  let ${name}_p = ${horner(`${name}_s`, numerator)};
  let ${name}_q = ${horner(`${name}_s`, denominator)};
  let ${name} = clamp(${name}_x * ${name}_p / ${name}_q, -1.0, 1.0);`;

const numerator = [
  1.128379225730896, 0.1904071420431137, 0.05274881795048714, 0.0037656454369425774, 0.00028488345560617745,
  2.0500831396930153e-6,
];
const denominator = [
  1, 0.5020766258239746, 0.11410938203334808, 0.01496927347034216, 0.0011625423794612288, 3.809170812019147e-5,
];

const horner = (s: string, factors: readonly number[]): string =>
  factors.reduceRight((sum, factor) => (sum ? `fma(${sum}, ${s}, ${factor}f)` : `${factor}f`), '');
