// Arrays seen through strides: which axes can be walked as one, and which are repeated to fit another shape.
import type { Spec } from './kernel';

/** Words from one element to the next along each axis, row-major. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

export interface Walk {
  /** Four sizes, outermost first. */
  sizes: number[];
  /** For each array its four strides. */
  strides: number[][];
}

/** Merges axes that all arrays walk without a jump, so that four loops are enough. Throws where they are not. */
export function collapse(sizes: readonly number[], strides: readonly (readonly number[])[]): Walk {
  const merged: { size: number; steps: number[] }[] = [];
  sizes.forEach((size, axis) => {
    if (size === 1) return;
    const steps = strides.map((each) => each[axis]!);
    const outer = merged.at(-1);
    if (outer?.steps.every((step, i) => step === steps[i]! * size)) {
      outer.size *= size;
      outer.steps = steps;
    } else merged.push({ size, steps });
  });
  if (merged.length > 4) throw new Error('Shapes that differ in so many places need more than four loops.');
  while (merged.length < 4) merged.unshift({ size: 1, steps: strides.map(() => 0) });
  return {
    sizes: merged.map(({ size }) => size),
    strides: strides.map((_, i) => merged.map(({ steps }) => steps[i]!)),
  };
}

/** The shape that both shapes are repeated to (numpy's broadcasting). Throws where they do not fit. */
export function commonShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new Error(`[${a.join()}] and [${b.join()}] cannot be brought to one shape`);
    return Math.max(x, y);
  });
}

/** Strides of an array of `shape` where it is repeated to `target`: 0 along the axes it is repeated on. */
export function repeatedStrides(shape: readonly number[], target: readonly number[]): number[] {
  const strides = stridesOf(shape);
  const missing = target.length - shape.length;
  return target.map((size, axis) => {
    const own = shape[axis - missing] ?? 1;
    if (own !== size && own !== 1) throw new Error(`[${shape.join()}] cannot be repeated to [${target.join()}]`);
    return own === 1 ? 0 : strides[axis - missing]!;
  });
}

/** WGSL: the offset of element `index` of a walk in an array with these strides. */
export function offsetWgsl({ sizes }: Walk, strides: readonly number[], index: string): string {
  const terms: string[] = [];
  let below = 1;
  for (let axis = 3; axis >= 0; axis--) {
    const size = sizes[axis]!;
    const stride = strides[axis]!;
    if (size > 1 && stride > 0) {
      const divided = below === 1 ? index : `${index} / ${below}u`;
      const outermost = sizes.slice(0, axis).every((each) => each === 1);
      const position = outermost ? `(${divided})` : `((${divided}) % ${size}u)`;
      terms.push(stride === 1 ? position : `${position} * ${stride}u`);
    }
    below *= size;
  }
  return terms.length > 0 ? terms.join(' + ') : '0u';
}

/** Calls `visit` with the offsets in all arrays of each element, in row-major order. */
export function walkOver({ sizes, strides }: Walk, visit: (index: number, offsets: readonly number[]) => void): void {
  const [n0, n1, n2, n3] = sizes as [number, number, number, number];
  const offsets = strides.map(() => 0);
  let index = 0;
  for (let a = 0; a < n0; a++)
    for (let b = 0; b < n1; b++)
      for (let c = 0; c < n2; c++)
        for (let d = 0; d < n3; d++) {
          strides.forEach((s, i) => (offsets[i] = a * s[0]! + b * s[1]! + c * s[2]! + d * s[3]!));
          visit(index++, offsets);
        }
}

/** Refuses whole numbers where a kernel computes with floats. */
export function onlyFloats(specs: readonly Spec[]): void {
  if (specs.some(({ dtype }) => dtype !== 'float32')) throw new Error('it takes float32 arrays only');
}
