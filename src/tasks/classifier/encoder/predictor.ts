// Answers of a trained classifier on a transformer, with the words that drove them, and vectors of texts.
import type { Device } from '../../../../workers/backends/device';
import { createReader } from '../../../../workers/ml/encoder/embed';
import type { LabelPredictor, Scores } from '../../task';
import { scoresBy } from '../label-rule';
import { predictionsOf } from '../predictions';
import { openBaseOf } from './base';
import { createEvidence } from './evidence';
import { readEncoderModel } from './model';
import { declareNet } from './network';
import { EncoderScorer } from './scorer';
import { TokenReader } from './texts';

/** NotFoundError names a base that is not here any more; FormatError where it is another one. */
export async function makeEncoderPredictor(
  device: Device,
  stored: Parameters<typeof readEncoderModel>[0],
  labels: string[],
  multiLabel: boolean,
): Promise<LabelPredictor> {
  const model = readEncoderModel(stored);
  const { settings, rule } = model;
  const opened = await openBaseOf(model.base);
  const net = declareNet(opened, settings);
  const session = device.session();
  net.parameters.write(session, { ...net.base(), ...model.tensors });
  const reader = new TokenReader(opened.encoder, settings.maxLength);
  const scorer = new EncoderScorer(session, net, settings);
  const vectors = createReader(session, net.parameters, net.encoder, { normalise: opened.normalise });
  const evidence = createEvidence(session, net, settings, opened);

  async function score(texts: string[]): Promise<Scores> {
    return scoresBy(rule, await scorer.score(await reader.read(texts)), labels.length);
  }

  return {
    labels,
    multiLabel,
    score,
    async predict(texts, { topK, evidence: wanted }) {
      const found = predictionsOf(await score(texts), labels, multiLabel, topK);
      if (wanted)
        for (const [row, answer] of found.entries())
          answer.evidence = await evidence(texts[row]!, labels.indexOf(answer.label));
      return found;
    },
    async embed(texts) {
      const all = await vectors.read(await reader.read(texts));
      const { dimensions } = net.encoder;
      return texts.map((_, i) => all.slice(i * dimensions, (i + 1) * dimensions));
    },
    dispose: () => session.dispose(),
  };
}
