// A stepper's state without what is frozen, which the base has, and back.
import type { TensorMap } from '../../../contract/records';
import type { EncoderNet } from './network';

/** Names that frozen parameters have in a stepper's state. */
function frozenNames({ parameters }: EncoderNet): ReadonlySet<string> {
  const placed = parameters.layout().placed.values();
  return new Set([...placed].flatMap(({ name, group }) => (group === 'frozen' ? [`weights/${name}`] : [])));
}

export function withoutFrozen(tensors: TensorMap, net: EncoderNet): TensorMap {
  const frozen = frozenNames(net);
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => !frozen.has(name)));
}

/** A head that is fitted begins with zeros again. */
export function withFrozen(tensors: TensorMap, net: EncoderNet): TensorMap {
  const base = net.base();
  const all: TensorMap = { ...tensors };
  for (const { name, shape, group, words } of net.parameters.layout().placed.values())
    if (group === 'frozen')
      all[`weights/${name}`] = base[name] ?? { shape: [...shape], dtype: 'float32', data: new Float32Array(words) };
  return all;
}
