// A trained classifier as it lies in the registry: its tensors by name and the facts needed to use them.
import { FormatError } from '../../contract/errors';
import type { TensorMap } from '../../contract/records';
import type { TextReader } from './encoded';
import { featureVersion, type FeatureSettings } from './features';
import type { LabelRule } from './label-rule';
import { readStoredBase, storedBase, type ModelBase } from './stored-base';
import { denseShapes, tableName, type Dense, type Shape } from './shape';
import { Vocabulary } from './vocabulary';

export interface ClassifierModel {
  vocabulary: Vocabulary;
  shape: Shape;
  /** [vocabulary, vectorSize] */
  table: Float32Array;
  /** Where the run began with one. */
  base: ModelBase | null;
  dense: Dense;
  rule: LabelRule;
}

interface Meta extends LabelRule {
  featureVersion: number;
  features: FeatureSettings;
  shape: Shape;
  /** config.json of the base. */
  base?: unknown;
}

/** What is kept of a trained network: `weights` are the parameters by name. */
export function storedModel(
  { vocabulary, pieces }: TextReader,
  shape: Shape,
  rule: LabelRule,
  weights: TensorMap,
): { tensors: TensorMap; meta: Record<string, unknown> } {
  const base = pieces && storedBase(pieces);
  return {
    tensors: {
      vocabulary: { shape: [vocabulary.size], dtype: 'int32', data: vocabulary.hashes.slice() },
      ...weights,
      ...base?.tensors,
    },
    meta: { featureVersion, features: vocabulary.settings, shape, ...(base ? { base: base.meta } : {}), ...rule },
  };
}

/** FormatError where the weights are of another kind or an older, unknown way of making features. */
export function readModel(stored: { tensors: TensorMap; meta: Record<string, unknown> }): ClassifierModel {
  const meta = stored.meta as Partial<Meta>;
  if (meta.featureVersion !== featureVersion || !meta.features || !meta.shape)
    throw new FormatError(
      `This model was made by another version of the classifier (features ${String(meta.featureVersion)}, here ${featureVersion}). Train it again.`,
    );
  const { shape, thresholds, atLeastOne, parents } = meta;
  const hashes = stored.tensors['vocabulary']?.data;
  if (!(hashes instanceof Int32Array)) throw new FormatError('This model has no vocabulary. Train it again.');
  const dense: Dense = {};
  for (const [name] of denseShapes(shape)) dense[name] = floats(stored.tensors, name);
  return {
    vocabulary: new Vocabulary(hashes, meta.features),
    shape,
    table: floats(stored.tensors, tableName),
    base: meta.base === undefined ? null : readStoredBase(stored.tensors, meta.base),
    dense,
    rule: {
      ...(thresholds ? { thresholds } : {}),
      ...(atLeastOne ? { atLeastOne } : {}),
      ...(parents ? { parents } : {}),
    },
  };
}

function floats(tensors: TensorMap, name: string): Float32Array {
  const data = tensors[name]?.data;
  if (data instanceof Float32Array) return data;
  throw new FormatError(`This model has no weights "${name}". Train it again.`);
}
