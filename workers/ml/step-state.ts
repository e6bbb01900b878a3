// What a stepper is made of between two steps, by name and bit for bit, so that another order of layers still finds its
// numbers. Goes into checkpoints as tensors.
import { FormatError } from '../../src/contract/errors';
import type { TensorMap } from '../../src/contract/records';
import type { Session } from '../backends/device';
import { scalerWords } from '../kernels/optimizer-layout';
import { weightsSlab, type PlacedParameter } from './parameters';
import { slabs, stateSlab, type StepShape } from './step-plan';

export interface StepperState {
  /** `weights/<name>`, `<what the optimizer remembers>/<name>`, `average/<name>`, and `scaler`. */
  tensors: TensorMap;
  /** Steps made, skipped ones included: dropout counts on from here. */
  steps: number;
}

/** Where each tensor of a state lies. */
function places({ parameters, optimizer, averaged }: StepShape) {
  const found: { key: string; parameter: PlacedParameter; slab: string }[] = [];
  for (const parameter of parameters.layout().placed.values()) {
    const { name, group } = parameter;
    found.push({ key: `weights/${name}`, parameter, slab: parameter.slab });
    if (group === 'frozen') continue;
    for (const state of optimizer.states) {
      const slab = group === 'rows' ? stateSlab(state.name, name) : stateSlab(state.name);
      found.push({ key: `${state.name}/${name}`, parameter, slab });
    }
    if (averaged && parameter.slab === weightsSlab)
      found.push({ key: `average/${name}`, parameter, slab: slabs.average });
  }
  return found;
}

export async function readState(session: Session, shape: StepShape, steps: number): Promise<StepperState> {
  const tensors: TensorMap = {};
  for (const { key, parameter, slab } of places(shape)) {
    const data = await session.readFloats(slab, parameter.offset, parameter.words);
    tensors[key] = { shape: [...parameter.shape], dtype: 'float32', data };
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
  const writes = places(shape).map(({ key, parameter, slab }) => ({
    slab,
    offset: parameter.offset,
    data: take(key, parameter.words),
  }));
  const scaler = take('scaler', scalerWords);
  for (const { slab, offset, data } of writes) {
    session.ensure(slab, offset + data.length);
    session.write(slab, data, offset);
  }
  session.write(slabs.scaler, scaler);
}
