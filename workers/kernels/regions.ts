// Moving a box of one array into a box of another: what Slice, Pad and Concat are made of on wasm.
import type { Place, WasmCall } from './kernel';
import { collapse, stridesOf } from './strides';

/** Words before the element at `begin`. */
export const offsetOf = (shape: readonly number[], begin: readonly number[]): number =>
  stridesOf(shape).reduce((sum, stride, axis) => sum + stride * begin[axis]!, 0);

export interface Region {
  array: Place;
  shape: readonly number[];
  /** First element of the box. */
  begin: readonly number[];
}

/** Copies a box of `size` elements. */
export function copyRegion(from: Region, to: Region, size: readonly number[]): WasmCall {
  const { sizes, strides } = collapse(size, [stridesOf(from.shape), stridesOf(to.shape)]);
  const offsets = [offsetOf(from.shape, from.begin), offsetOf(to.shape, to.begin)];
  return { fn: 'copy_strided', args: [from.array, to.array, ...offsets, ...sizes, ...strides.flat()] };
}

/** The position along each axis of the element `index` of an array of this shape. */
export function positionOf(shape: readonly number[], index: number): number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(index / stride) % shape[axis]!);
}

/** WGSL: the position along one axis of element `index` of an array of this shape. */
export function axisWgsl(shape: readonly number[], axis: number, index = 'i'): string {
  const stride = stridesOf(shape)[axis]!;
  const divided = stride === 1 ? index : `(${index} / ${stride}u)`;
  return axis === 0 ? divided : `(${divided} % ${shape[axis]!}u)`;
}
