// Puts a value into a slab. Best is that the call that makes it writes there at once; where something else reads or
// writes that part of the slab in between, a copy is recorded instead.
import { copy } from '../kernels/copy';
import { sizeOf } from '../kernels/kernel';
import type { Recording } from './recording';

/** After this, the persistent array `view` holds what `array` holds now. Sizes and types must be equal. */
export function settle(recording: Recording, array: number, view: number): void {
  const source = recording.array(array);
  const target = recording.array(view);
  if (sizeOf(source) !== sizeOf(target) || source.dtype !== target.dtype)
    throw new Error(
      `${source.dtype} [${source.shape.join()}] does not fit ${target.dtype} [${target.shape.join()}] in slab "${target.name ?? ''}".`,
    );
  if (target.kind !== 'persistent' || target.name === undefined)
    throw new Error('Values can be kept in slabs only: the target is no persistent array.');
  if (source.name === target.name && source.kind === 'persistent' && source.offset === target.offset) return;
  if (canWriteThere(recording, array, view)) place(recording, recording.root(array), view);
  else recording.call(copy, [recording.view(array, target.shape)], {}, [view]);
}

function canWriteThere(recording: Recording, array: number, view: number): boolean {
  const root = recording.root(array);
  if (recording.array(root).kind !== 'temporary') return false;
  const maker = recording.calls.findIndex(({ outputs }) => outputs.some((id) => recording.root(id) === root));
  if (maker < 0) return false;
  const touches = (id: number): boolean => overlap(recording, id, view);
  return recording.calls.slice(maker).every(({ inputs, outputs }) => !inputs.some(touches) && !outputs.some(touches));
}

function overlap(recording: Recording, a: number, b: number): boolean {
  const one = recording.array(a);
  const other = recording.array(b);
  if (one.kind !== 'persistent' || one.name === undefined || one.name !== other.name) return false;
  const start = one.offset ?? 0;
  const otherStart = other.offset ?? 0;
  return start < otherStart + sizeOf(other) && otherStart < start + sizeOf(one);
}

/** Turns a temporary and every other shape of it into part of the slab. */
function place(recording: Recording, root: number, view: number): void {
  const { name, offset } = recording.array(view);
  for (const array of recording.arrays)
    if (array.id === root || array.alias === root) {
      array.kind = 'persistent';
      if (name !== undefined) array.name = name;
      if (offset !== undefined) array.offset = offset;
    }
}
