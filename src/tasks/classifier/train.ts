// The classifier's worker side: builds trainer and predictor, plans, exports. The steps are in trainer.ts, the
// dense part in network.ts, the features in features.ts and vocabulary.ts.
import { AbortError } from '../../contract/errors';
import { loadTensorflow } from '../../../workers/backends/tensorflow';
import { breather } from '../../../workers/breathe';
import type { TaskTraining } from '../task';
import { exportFiles } from './export';
import { readModel } from './model';
import { planClassifier } from './plan';
import { makePredictor } from './predictor';
import type { ClassifierConfig } from './spec';
import { ClassifierTrainer } from './trainer';
import { learnVocabulary } from './vocabulary';

/** Training texts that are kept as bags from the start; of more, those of a step are encoded at the step. */
const mostEncoded = 20_000;

export const training: TaskTraining = {
  id: 'classifier',
  usesBackend: true,
  async prepare(context) {
    const config = context.config as ClassifierConfig;
    const { train } = context.data.splits;
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
    const bags = train.texts.length <= mostEncoded ? vocabulary.encode(train.texts) : null;
    return new ClassifierTrainer(context, config, vocabulary, bags, await loadTensorflow());
  },
  async load(weights, { labels, multiLabel, backend }) {
    return makePredictor(await loadTensorflow(), backend, readModel(weights), labels, multiLabel);
  },
  plan: planClassifier,
  exportFiles,
};
