// What a stepper is made of between two steps, by name and bit for bit, so that another order of layers still finds its
// numbers. Goes into checkpoints as tensors.
import { FormatError } from '../../src/contract/errors';
import type { TensorMap } from '../../src/contract/records';
import type { Session } from '../backends/device';
import { scalerWords } from '../kernels/optimizer-layout';
import { stateLayout } from './optimizer';
import { copyOfSlab } from './parameters';
import { slabs, stateSlab, type StepShape } from './step-plan';

export interface StepperState {
  /** `weights/<name>`, `<what the optimizer remembers>/<name>`, `average/<name>`, and `scaler`. */
  tensors: TensorMap;
  /** Steps made, skipped ones included: dropout counts on from here. */
  steps: number;
}

interface Place {
  key: string;
  slab: string;
  offset: number;
  words: number;
  shape: readonly number[];
}

/** Where each tensor of a state lies. */
function placesOf({ parameters, optimizer, averaged }: StepShape): Place[] {
  const { placed, dense } = parameters.layout();
  const found: Place[] = [];
  for (const { name, group, slab, offset, words, shape } of placed.values()) {
    found.push({ key: `weights/${name}`, slab, offset, words, shape });
    if (group === 'frozen') continue;
    for (const state of optimizer.states) {
      const key = `${state.name}/${name}`;
      const at = group === 'rows' ? undefined : stateLayout(state, dense).places.get(name);
      if (!at) found.push({ key, slab: stateSlab(state.name, name), offset, words, shape });
      else found.push({ key, slab: stateSlab(state.name), ...at, shape: at.words === words ? shape : [at.words] });
    }
    if (averaged) found.push({ key: `average/${name}`, slab: copyOfSlab(slabs.average, slab), offset, words, shape });
  }
  return found;
}

export async function readState(session: Session, shape: StepShape, steps: number): Promise<StepperState> {
  const tensors: TensorMap = {};
  for (const { key, slab, offset, words, shape: size } of placesOf(shape)) {
    const data = await session.readFloats(slab, offset, words);
    tensors[key] = { shape: [...size], dtype: 'float32', data };
  }
  const scaler = await session.readFloats(slabs.scaler, 0, scalerWords);
  tensors['scaler'] = { shape: [scalerWords], dtype: 'float32', data: scaler };
  return { tensors, steps };
}

/** Throws FormatError where a tensor is missing or of another size, before anything is written. */
export function writeState(session: Session, shape: StepShape, { tensors }: StepperState): void {
  const take = (key: string, words: number): Float32Array => {
    const data = Object.hasOwn(tensors, key) ? tensors[key]?.data : undefined;
    if (!(data instanceof Float32Array) || data.length !== words)
      throw new FormatError(
        `The checkpoint ${data ? `has another size of "${key}"` : `lacks "${key}"`}: it is of another model or optimizer. ` +
          'Continue it with the settings of its run, or start anew.',
      );
    return data;
  };
  const writes = placesOf(shape).map(({ key, slab, offset, words }) => ({ slab, offset, data: take(key, words) }));
  const scaler = take('scaler', scalerWords);
  for (const { slab, offset, data } of writes) {
    session.ensure(slab, offset + data.length);
    session.write(slab, data, offset);
  }
  session.write(slabs.scaler, scaler);
}
