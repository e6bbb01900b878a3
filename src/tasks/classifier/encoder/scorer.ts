// Probabilities of texts from weights that lie on a device: those of a run between two steps, or of a model.
import type { Session } from '../../../../workers/backends/device';
import { breather } from '../../../../workers/breathe';
import { sigmoid } from '../../../../workers/kernels/activations';
import { softmax } from '../../../../workers/kernels/softmax';
import { createReader, type EncoderReader } from '../../../../workers/ml/encoder/embed';
import type { Tokenized } from '../../../../workers/ml/encoder/tokens';
import type { EncoderNet } from './network';
import type { NetSettings } from './settings';

export class EncoderScorer {
  private readonly reader: EncoderReader;

  /** `from`: slab of the average, where that answers. */
  constructor(session: Session, net: EncoderNet, { labels, multiLabel }: NetSettings, from?: string) {
    this.reader = createReader(session, net.parameters, net.encoder, {
      ...(from === undefined ? {} : { from }),
      answer: {
        columns: labels,
        of: (context, encoded) => {
          const logits = net.logits(context, encoded);
          return multiLabel ? sigmoid(logits) : softmax(logits);
        },
      },
    });
  }

  /** [texts, labels] */
  score(tokens: Tokenized): Promise<Float32Array> {
    return this.reader.read(tokens, { onProgress: breather(30) });
  }

  dispose(): void {
    this.reader.dispose();
  }
}
