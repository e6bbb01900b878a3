// The intent task for the train worker: rows in, a trainer or a predictor out. Kernels: workers/kernels/linear.
import { AbortError, DatasetError, LimitError, NotEnoughSamplesError } from '../../contract/errors';
import { breather } from '../../../workers/breathe';
import { makeFloat64, makeInt32 } from '../../../workers/kernels/linear/csr';
import type { LinearRows } from '../../../workers/kernels/linear/linear-work';
import { linearModule } from '../../../workers/linear-module';
import { openPool } from '../../../workers/pool';
import type { TaskData, TaskTraining, LabelTrainer, TrainerContext } from '../task';
import { exportFiles } from './export';
import { planFits } from './fits';
import { groupLimits, makeJob, type GroupLimits } from './job';
import { IntentModel } from './model';
import { planIntent } from './plan';
import { makePredictor } from './predictor';
import type { IntentConfig } from './spec';
import { fitFeatures, vectoriserOptions } from './text-features';
import { IntentTrainer } from './trainer';
import { unpackModel } from './weights';

/** liblinear's own default: coefficients to about 1e-5, which isotonic steps magnify, so they get a finer one. */
const svcTolerance = { sigmoid: 1e-4, isotonic: 1e-5, none: 1e-4 };
/** Columns of the coefficients are stored in 16 bits. */
const mostColumns = 65535;

export const training: TaskTraining = {
  id: 'intent',
  usesBackend: false,
  prepare: (context) => prepareIntent(context, groupLimits),
  async load(weights, model) {
    return makePredictor(new IntentModel(unpackModel(weights.tensors, weights.meta), model.labels));
  },
  plan: planIntent,
  exportFiles,
};

/** Reads the training rows and plans the work. `limits`: how much of it is brought on together. */
export async function prepareIntent(context: TrainerContext, limits: GroupLimits): Promise<LabelTrainer> {
  // The recipe was filled from the fields and checked as a whole before it was stored (lib/recipe.ts).
  const config = context.config as IntentConfig;
  const { data, signal, report } = context;
  checkRows(data, config);
  const { classes, classOf: given, texts, weights: givenWeights } = trainingRows(data);
  const names = classes.map((label) => data.labels[label]!);
  const pool = await openPool(signal);
  try {
    const breath = breather(30);
    report('counting words', null);
    const { features, matrix } = await fitFeatures(texts, vectoriserOptions(config), pool.shared, async (fraction) => {
      report('counting words', fraction);
      await breath();
      if (signal.aborted) throw new AbortError();
    });
    if (features.count === 0)
      throw new DatasetError(
        'No training text has a word of two letters or more, so there is nothing to learn from. Choose another text column under Data, or read characters instead of words.',
      );
    const classOf = makeInt32(given.length, pool.shared);
    classOf.set(given);
    const weights = makeFloat64(given.length, pool.shared);
    weights.set(givenWeights);
    const plan = planFits(classOf, weights, names, config, pool.shared);
    const outputs = classes.length === 2 ? 1 : classes.length;
    if (outputs * plan.members.length > mostColumns)
      throw new LimitError(
        `${classes.length} labels in ${plan.members.length} folds are more than an intent model holds (${mostColumns} in all). Take fewer folds, or join rare labels.`,
      );
    const note = context.note ?? (() => undefined);
    const rows: LinearRows = {
      matrix,
      classOf,
      weights,
      classes: classes.length,
      outputs,
      classifier: config.classifier,
      C: config.C,
      tolerance: svcTolerance[plan.calibration],
      sigmoids: plan.calibration === 'sigmoid',
    };
    report('training', null);
    return new IntentTrainer({
      // The softmax has no kernels of its own.
      ...makeJob(rows, plan, limits, config.classifier === 'logistic' ? null : await linearModule(pool.shared), pool),
      plan,
      features,
      pool,
      labels: data.labels,
      classes,
      temperature: config.temperature,
      note,
      report,
    });
  } catch (error) {
    pool.dispose();
    throw error;
  }
}

function checkRows(data: TaskData, config: IntentConfig): void {
  if (data.multiLabel)
    throw new DatasetError(
      'Intent gives each text one label, and rows here have several. Train a Classifier, which can give several, or map a column with one label.',
    );
  const rows = Object.values(data.splits).reduce((sum, split) => sum + split.rowIds.length, 0);
  if (rows < config.minSamples)
    throw new NotEnoughSamplesError(
      `Intent needs at least ${config.minSamples} labelled rows and there are ${rows}: ${config.minSamples - rows} more are needed. Label some, or lower "Fewest samples".`,
    );
}

interface TrainingRows {
  /** Labels that have training rows, in the order of the project. */
  classes: number[];
  /** Index into `classes` of each row. */
  classOf: Int32Array;
  texts: string[];
  weights: Float64Array;
}

/** The training rows that have a label. */
function trainingRows(data: TaskData): TrainingRows {
  const { targets, texts, weights } = data.splits.train;
  const rows = targets.map((_, row) => row).filter((row) => targets[row]!.length > 0);
  const present = new Set(rows.map((row) => targets[row]![0]!));
  const classes = data.labels.map((_, label) => label).filter((label) => present.has(label));
  if (classes.length < 2)
    throw new DatasetError(
      `Training rows have ${classes.length === 0 ? 'no label' : `only one label ("${data.labels[classes[0]!]}")`}. Intent needs at least two: label some rows differently, or give training a larger share.`,
    );
  const index = new Map(classes.map((label, c) => [label, c]));
  return {
    classes,
    classOf: Int32Array.from(rows, (row) => index.get(targets[row]![0]!)!),
    texts: rows.map((row) => texts[row]!),
    weights: Float64Array.from(rows, (row) => weights[row]!),
  };
}
