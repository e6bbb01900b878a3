// A trained classifier on a transformer as it lies in the registry: what training changed, and which base it goes with. The
// base's own numbers are not stored again; its hash lies among the tensors, so that the weights' hash covers it.
import type { BaseIdentity } from '../../../contract/bases';
import { FormatError } from '../../../contract/errors';
import type { TensorMap } from '../../../contract/records';
import type { LabelRule } from '../label-rule';
import type { NetSettings } from './settings';

export interface EncoderModel {
  base: BaseIdentity;
  settings: NetSettings;
  rule: LabelRule;
  /** What training changed, by parameter name. */
  tensors: TensorMap;
}

interface Stored {
  tensors: TensorMap;
  meta: Record<string, unknown>;
}

const network = 'transformer';
const hashName = 'base.hash';

/** Whether stored weights are those of a transformer, not of the small network. */
export const isEncoderModel = ({ meta }: Pick<Stored, 'meta'>): boolean => meta['network'] === network;

export function storeModel({ base, settings, rule, tensors }: EncoderModel): Stored {
  const digits = base.hash.match(/../g) ?? [];
  const hash = Uint8Array.from(digits, (two) => Number.parseInt(two, 16));
  return {
    tensors: { ...tensors, [hashName]: { shape: [hash.length], dtype: 'uint8', data: hash } },
    meta: { network, base, settings, ...rule },
  };
}

/** FormatError where a part is missing. */
export function readEncoderModel({ tensors, meta }: Stored): EncoderModel {
  const { base, settings, thresholds, atLeastOne, parents } = meta as Partial<
    LabelRule & { base: BaseIdentity; settings: NetSettings }
  >;
  if (!base || !settings) throw new FormatError('This model does not say which base it goes with. Train it again.');
  const { [hashName]: _hash, ...own } = tensors;
  return {
    ...{ base, settings, tensors: own },
    rule: {
      ...(thresholds ? { thresholds } : {}),
      ...(atLeastOne ? { atLeastOne } : {}),
      ...(parents ? { parents } : {}),
    },
  };
}
