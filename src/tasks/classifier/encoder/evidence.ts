// Which words an answer hangs on: gradient times input of each token's embedding (Shrikumar et al. 2017), summed over its
// numbers. Positive speaks for the label. In terms of the label's logit.
import type { Session } from '../../../../workers/backends/device';
import { multiply } from '../../../../workers/kernels/arithmetic';
import { sum } from '../../../../workers/kernels/sum';
import type { OpenedTransformer } from '../../../../workers/bases/opened-encoder';
import { createGradients } from '../../../../workers/ml/gradients';
import type { Prediction } from '../../../contract/train';
import type { EncoderNet } from './network';
import type { NetSettings } from './settings';
import { mergeParts, tokenSpans } from './token-spans';

const watched = 'embeddings';

/** Asks for one text and one label, by its place. */
export function createEvidence(
  session: Session,
  net: EncoderNet,
  { labels, maxLength }: NetSettings,
  { encoder, tokenizer }: OpenedTransformer,
): (text: string, label: number) => Promise<NonNullable<Prediction['evidence']>> {
  const gradients = createGradients(session, {
    parameters: net.parameters,
    loss: (c) => sum(multiply(net.logits(c, net.encoder.encode(c)), c.input('chosen', [1, labels]))),
    watched: [watched],
  });
  return async (text, label) => {
    const tokens = encoder.tokenize([text], maxLength);
    const { sizes, inputs, starts } = net.encoder.batch(tokens, [0]);
    const chosen = new Float32Array(labels);
    chosen[label] = 1;
    const found = (await gradients.at({ ...inputs, chosen }, sizes)).watched[watched]!;
    const hidden = found.shape.at(-1)!;
    const first = starts?.[0] ?? 0;
    const weights = Array.from(tokens.ids, (_, token) => {
      let weight = 0;
      const from = (first + token) * hidden;
      for (let i = from; i < from + hidden; i++) weight += found.value[i]! * found.gradient[i]!;
      return weight;
    });
    return mergeParts(text, tokenSpans(tokenizer, text, tokens.ids), weights);
  };
}
