// The model under check: encoder and head as a trainer would declare them, without dropout, and their weights. Names of its
// numbers as they are in the reference.
import type { TensorMap } from '../../../../src/contract/records';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Session } from '../../../backends/device';
import { binaryCrossEntropy } from '../../../kernels/binary-cross-entropy';
import { crossEntropy } from '../../../kernels/cross-entropy';
import { Parameters } from '../../parameters';
import type { StepContext, StepInputs } from '../../step-context';
import type { EncoderShape } from '../config';
import { classificationHead, type ClassificationHead } from '../heads';
import { exportTensors, type ImportedTensors } from '../names';
import type { DeclaredEncoder, EncoderBatch } from '../text-encoder';
import { cutTokens, type Tokenized } from '../tokens';
import type { TransformerEncoder } from '../transformer-encoder';

export interface CheckedBase {
  encoder: TransformerEncoder;
  imported: ImportedTensors;
}

export interface CheckedModel {
  shape: EncoderShape;
  encoder: TransformerEncoder;
  parameters: Parameters;
  net: DeclaredEncoder;
  head: ClassificationHead | null;
  /** Mean loss of the classes, from the input "targets". */
  loss(context: StepContext): Tensor;
  /** Tokens as references are made: longer texts lose what stands after `most` ids, the closing token, too. */
  tokens(texts: readonly string[], most?: number): Tokenized;
  batch(tokens: Tokenized, rows?: readonly number[]): EncoderBatch;
  /** As the trainer gives them: classes, or 0 and 1 for each label. */
  targets(labels: readonly number[]): StepInputs;
  write(session: Session): void;
  /** Tensors by our names → by those of the reference's files. */
  named(tensors: TensorMap): TensorMap;
}

/** Parameters of its own each time: a training of some steps must not touch another's. */
export function declareModel({ encoder, imported }: CheckedBase): CheckedModel {
  const { shape } = encoder;
  const parameters = new Parameters();
  const net = encoder.declare(parameters, { dropout: 0, pooling: 'mean' });
  const labels = shape.labels?.length ?? 0;
  const head = imported.head ? classificationHead(parameters, shape, { labels, dropout: 0 }) : null;
  const headKeys = Object.keys(imported.head ?? {});
  return {
    shape,
    encoder,
    parameters,
    net,
    head,
    loss(context) {
      const rows = context.size('rows');
      const logits = head!.logits(context, net.encode(context).first!());
      return shape.severalLabels
        ? binaryCrossEntropy(logits, context.input('targets', [rows, labels])).loss
        : crossEntropy(logits, context.input('targets', [rows], 'int32')).loss;
    },
    tokens: (texts, most = encoder.maxLength) =>
      cutTokens(encoder.tokenizeWhole(texts), Math.min(most, encoder.maxLength)),
    batch: (tokens, rows = Array.from({ length: tokens.offsets.length - 1 }, (_, i) => i)) => net.batch(tokens, rows),
    targets: (given) => ({ targets: shape.severalLabels ? Float32Array.from(given) : Int32Array.from(given) }),
    write: (session) => parameters.write(session, { ...net.weights(), ...imported.head }),
    named(tensors) {
      const own = net.exported(tensors);
      for (const name of headKeys) if (tensors[name]) own[name] = tensors[name];
      return exportTensors(shape.family, own, head !== null);
    },
  };
}
