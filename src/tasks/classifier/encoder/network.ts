// The network: a pre-trained transformer and a head over it. One declaration for training, evaluation and prediction. Names of
// parameters are those of transformers, so that an exported folder opens there.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { OpenedTransformer } from '../../../../workers/bases/opened-encoder';
import { normalizeRows } from '../../../../workers/kernels/row-geometry';
import { classificationHead } from '../../../../workers/ml/encoder/heads';
import { headNames } from '../../../../workers/ml/encoder/names';
import type { DeclaredEncoder, Encoded } from '../../../../workers/ml/encoder/text-encoder';
import { zeros } from '../../../../workers/ml/initialisers';
import { linear } from '../../../../workers/ml/layers/linear';
import { Parameters } from '../../../../workers/ml/parameters';
import type { StepContext } from '../../../../workers/ml/step-context';
import type { TensorMap } from '../../../contract/records';
import type { NetSettings } from './settings';

/** What is kept of a model: what training changed, and a fitted head. */
export const isKept = ({ name, group }: { name: string; group: string }): boolean =>
  group !== 'frozen' || name.startsWith(`${fittedHead}.`);

/** The fitted head: `head.weight` [labels, hidden] and `head.bias` [labels] over text vectors of unit length. */
export const fittedHead = 'head';

export interface EncoderNet {
  parameters: Parameters;
  encoder: DeclaredEncoder;
  /** [rows, labels] */
  logits(context: StepContext, encoded: Encoded): Tensor;
  /** Every parameter as a run begins: the base's numbers, the base's own head as far as it fits, the rest by seed. */
  begin(seed: number, labels: readonly string[]): TensorMap;
  /** The base's numbers alone, for a model whose own come after. */
  base(): TensorMap;
}

export function declareNet({ encoder, imported }: OpenedTransformer, settings: NetSettings): EncoderNet {
  const { shape } = encoder;
  const { labels, head, dropout, lora } = settings;
  const parameters = new Parameters();
  const { frozen, pooling, recompute } = settings;
  const net = encoder.declare(parameters, { frozen, lora, pooling, recompute, dropout });
  return {
    parameters,
    encoder: net,
    logits: head === 'family' ? familyLogits() : fittedLogits(),
    begin(seed, names) {
      const known: TensorMap = { ...net.weights(), ...(head === 'family' ? headOfBase(names) : {}) };
      return { ...known, ...parameters.initial(seed, (name) => !Object.hasOwn(known, name)) };
    },
    base: () => net.weights(),
  };

  function familyLogits(): EncoderNet['logits'] {
    const made = classificationHead(parameters, shape, { labels, dropout });
    return (context, encoded) => made.logits(context, encoded.first!());
  }

  function fittedLogits(): EncoderNet['logits'] {
    const made = linear(parameters, fittedHead, {
      ...{ inputs: shape.hidden, outputs: labels, initialiser: zeros },
      // No step trains it: it is fitted apart, and written here.
      group: 'frozen',
    });
    return (context, encoded) => made(context, normalizeRows(encoded.pooled));
  }

  /** Its last layer only where it tells the same labels apart, in the same order. */
  function headOfBase(names: readonly string[]): TensorMap {
    const { dense, out } = headNames[shape.family];
    const same = shape.labels?.length === names.length && shape.labels.every((label, i) => label === names[i]);
    const there = { ...imported.pooler, ...imported.head };
    const found = Object.entries(there).filter(
      ([name]) => name.startsWith(`${dense}.`) || (same && name.startsWith(`${out}.`)),
    );
    return Object.fromEntries(found);
  }
}
