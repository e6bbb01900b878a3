// Lists of arrays as two tensors of a checkpoint, one of doubles and one of integers, and back.
import { FormatError } from '../../contract/errors';
import type { TensorMap } from '../../contract/records';
import { doublesOf, integersOf } from './weights';

type Arrays = readonly (Float64Array | Int32Array)[];

/** Copies, out of shared memory, which storage does not take. */
export function storeArrays(name: string, arrays: Arrays): TensorMap {
  const doubles = new Float64Array(lengthOf(arrays, Float64Array));
  const integers = new Int32Array(lengthOf(arrays, Int32Array));
  let doubleAt = 0;
  let integerAt = 0;
  for (const array of arrays) {
    if (array instanceof Float64Array) doubles.set(array, (doubleAt += array.length) - array.length);
    else integers.set(array, (integerAt += array.length) - array.length);
  }
  return {
    [`${name}.doubles`]: { shape: [doubles.length], dtype: 'float64', data: doubles },
    [`${name}.integers`]: { shape: [integers.length], dtype: 'int32', data: integers },
  };
}

/** Fills the arrays with what `storeArrays` kept of arrays of the same lengths. */
export function restoreArrays(name: string, arrays: Arrays, state: TensorMap): void {
  const doubles = doublesOf(state, `${name}.doubles`);
  const integers = integersOf(state, `${name}.integers`);
  if (doubles.length !== lengthOf(arrays, Float64Array) || integers.length !== lengthOf(arrays, Int32Array))
    throw new FormatError('The checkpoint does not fit the rows of this run. Start a new run.');
  let doubleAt = 0;
  let integerAt = 0;
  for (const array of arrays) {
    if (array instanceof Float64Array) array.set(doubles.subarray(doubleAt, (doubleAt += array.length)));
    else array.set(integers.subarray(integerAt, (integerAt += array.length)));
  }
}

function lengthOf(arrays: Arrays, kind: typeof Float64Array | typeof Int32Array): number {
  return arrays.reduce((sum, array) => (array instanceof kind ? sum + array.length : sum), 0);
}
