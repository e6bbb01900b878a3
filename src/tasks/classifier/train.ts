// The classifier's worker side: builds trainer and predictor, plans, exports. The steps are in trainer.ts, the
// network in network.ts, the features in features.ts and vocabulary.ts.
import { AbortError, DeviceError, UnsupportedError } from '../../contract/errors';
import type { Device } from '../../../workers/backends/device';
import { breather } from '../../../workers/breathe';
import { isStatic } from '../../../workers/ml/encoder/static-encoder';
import type { Saving, TaskTraining } from '../task';
import { TextReader } from './encoded';
import type { OpenedBase } from './encoder/base';
import { isEncoderModel } from './encoder/model';
import { encoderSavings, planEncoder } from './encoder/plan';
import { exportFiles } from './export';
import { readModel } from './model';
import { learnPieces, type Pieces } from './pieces';
import { planClassifier, savings } from './plan';
import type { ClassifierConfig } from './spec';
import { fromScratchOrStarter, fromTransformer } from './spec-transformer';
import { learnVocabulary } from './vocabulary';

/** Training texts that are kept as bags from the start; of more, those of a step are encoded at the step. */
const mostEncoded = 20_000;

export const training: TaskTraining<Device> = {
  id: 'classifier',
  usesBackend: true,
  async prepare(context) {
    const config = context.config as ClassifierConfig;
    const { train } = context.data.splits;
    const transformer = await transformerOf(config);
    if (transformer) {
      const { prepareEncoder } = await import('./encoder/train');
      return prepareEncoder(context, deviceOf(context.device), transformer);
    }
    const breath = breather(30);
    const pause = async (fraction: number): Promise<void> => {
      context.report('reading words', fraction);
      await breath();
      if (context.signal.aborted) throw new AbortError();
    };
    const [least, most] = config.subwords;
    const vocabulary = await learnVocabulary(
      train.texts,
      { subwords: [least!, most!], wordPairs: config.wordPairs, maxLength: config.maxLength },
      config.maxFeatures,
      pause,
    );
    const reader = new TextReader(vocabulary, await piecesOf(config.base, train.texts, pause));
    const kept = train.texts.length <= mostEncoded ? reader.encode(train.texts) : null;
    // The engine is loaded by the first run or question that computes with it.
    const { ClassifierTrainer } = await import('./trainer');
    return ClassifierTrainer.make(context, deviceOf(context.device), config, reader, kept);
  },
  async load(weights, { labels, multiLabel, device }) {
    if (isEncoderModel(weights)) {
      const { makeEncoderPredictor } = await import('./encoder/predictor');
      return makeEncoderPredictor(deviceOf(device), weights, labels, multiLabel);
    }
    const { makePredictor } = await import('./predictor');
    return makePredictor(deviceOf(device), readModel(weights), labels, multiLabel);
  },
  plan: (config, size) =>
    size.base?.kind === 'transformer' ? planEncoder(config, size, size.base) : planClassifier(config, size),
  savings: [
    ...savings.map((saving) => only(saving, fromScratchOrStarter)),
    ...encoderSavings.map((saving) => only(saving, fromTransformer)),
  ],
  async exportFiles(format, weights, about) {
    if (!isEncoderModel(weights)) return exportFiles(format, weights, about);
    const { exportEncoder } = await import('./encoder/export');
    return exportEncoder(format, weights, about);
  },
  async openExport(format, files, { labels, multiLabel, device }) {
    if (format !== 'hf') return null;
    const { openExport } = await import('./encoder/open-export');
    return openExport(deviceOf(device), files, { labels, multiLabel });
  },
};

/** A saving of one network says nothing about the other. */
function only(saving: Saving, holds: (config: Record<string, unknown>) => boolean): Saving {
  return { ...saving, lower: (config) => (holds(config) ? saving.lower(config) : null) };
}

/** The base where it is a transformer; else the small network is trained. NotFoundError where the base is gone. */
async function transformerOf(config: ClassifierConfig): Promise<OpenedBase | null> {
  if (!fromTransformer(config)) return null;
  const { openTransformer } = await import('./encoder/base');
  return openTransformer(config.base);
}

/** The base's word-pieces that these texts hold, or null from scratch. UnsupportedError where the base is none of words. */
async function piecesOf(
  base: string,
  texts: readonly string[],
  pause: (fraction: number) => Promise<void>,
): Promise<Pieces | null> {
  if (base === 'scratch') return null;
  const { loadBase } = await import('../../../workers/bases/load-base');
  const { encoder } = await loadBase(base);
  if (!isStatic(encoder))
    throw new UnsupportedError(
      'This base is a transformer, which this classifier cannot start from. Choose the starter.',
    );
  return learnPieces(encoder, texts, pause);
}

function deviceOf(device: Device | null | undefined): Device {
  if (!device) throw new DeviceError('The classifier was given no device to compute on. Reload the page.');
  return device;
}
