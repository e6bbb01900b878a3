// The classifier's worker side: builds trainer and predictor, plans, exports. The steps are in trainer.ts, the
// dense part in network.ts, the features in features.ts and vocabulary.ts.
import { loadTensorflow } from '../../../workers/backends/tensorflow';
import type { TaskTraining } from '../task';
import { exportFiles } from './export';
import { readModel } from './model';
import { planClassifier } from './plan';
import { makePredictor } from './predictor';
import type { ClassifierConfig } from './spec';
import { ClassifierTrainer } from './trainer';
import { learnVocabulary } from './vocabulary';

export const training: TaskTraining = {
  id: 'classifier',
  usesBackend: true,
  async prepare(context) {
    const config = context.config as ClassifierConfig;
    const { train } = context.data.splits;
    context.report('reading words', null);
    const [least, most] = config.subwords;
    const vocabulary = learnVocabulary(
      train.texts,
      { subwords: [least!, most!], wordPairs: config.wordPairs, maxLength: config.maxLength },
      config.maxFeatures,
    );
    const bags = vocabulary.encode(train.texts);
    return new ClassifierTrainer(context, config, vocabulary, bags, await loadTensorflow());
  },
  async load(weights, { labels, multiLabel, backend }) {
    return makePredictor(await loadTensorflow(), backend, readModel(weights), labels, multiLabel);
  },
  plan: planClassifier,
  exportFiles,
};
