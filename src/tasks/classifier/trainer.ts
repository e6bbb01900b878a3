// One run's steps: a batch of text vectors, the dense part on the backend, AdamW on the host. What a later step
// needs is weights, moments and the step number: order and dropout are functions of seed and step.
import { Rng } from '../../lib/rng';
import { tuneThresholds } from '../../lib/metrics/thresholds';
import type { TensorMap } from '../../contract/records';
import type { Tf } from '../../../workers/backends/tensorflow';
import { dropoutMask } from '../../../workers/ml/dropout';
import { gatherBags, SparseGradient, type Bags } from '../../../workers/ml/embedding-bag';
import {
  adamWDefaults,
  adamWUpdate,
  clipFactor,
  makeParameter,
  sumOfSquares,
  type Parameter,
} from '../../../workers/ml/optimizers';
import { scheduleFactor } from '../../../workers/ml/schedules';
import type { Scores, StepMetrics, StepOptions, Trainer, TrainerContext } from '../task';
import { denseShapes, lossAndGradients, probabilities, type Batch, type Dense, type Shape } from './network';
import type { ClassifierConfig } from './spec';
import type { Vocabulary } from './vocabulary';
import { featureVersion } from './features';

const tableName = 'embedding.weight';
/** Streams of the seed, apart from each other and from the split's. */
const initStream = 0x1417;
const orderStream = 0x0de7;
/** Fewest positives on validation rows for a threshold of a label's own. */
const leastPositives = 3;

export class ClassifierTrainer implements Trainer {
  readonly totalSteps: number;
  readonly examplesPerStep: number;
  readonly cadence: Trainer['cadence'];
  readonly best: Trainer['best'];
  private readonly shape: Shape;
  private readonly stepsPerEpoch: number;
  private readonly parameters = new Map<string, Parameter>();
  private readonly gradient: SparseGradient;
  private readonly encoded = new WeakMap<readonly string[], Bags>();
  private order: { epoch: number; rows: Int32Array } | null = null;

  constructor(
    private readonly context: TrainerContext,
    private readonly config: ClassifierConfig,
    private readonly vocabulary: Vocabulary,
    /** All training texts, or null where they are too many to be kept as bags. */
    private readonly kept: Bags | null,
    private readonly tf: Tf,
  ) {
    const { data } = context;
    const rows = data.splits.train.rowIds.length;
    const { vectorSize, hiddenSize } = config;
    this.shape = { vectorSize, hiddenSize, labels: data.labels.length, multiLabel: data.multiLabel };
    this.examplesPerStep = Math.min(config.batchSize, rows);
    this.stepsPerEpoch = Math.max(1, Math.ceil(rows / config.batchSize));
    this.totalSteps = this.stepsPerEpoch * config.epochs;
    const evaluate = Math.min(config.evalSteps, Math.ceil(this.totalSteps / 4));
    this.cadence = { log: config.loggingSteps, evaluate, save: config.saveSteps };
    const byLoss = config.metricForBest === 'loss';
    this.best = {
      metric: byLoss ? 'validationLoss' : config.metricForBest,
      higherIsBetter: !byLoss && config.metricForBest !== 'ece',
      patience: config.earlyStoppingPatience,
    };
    this.gradient = new SparseGradient(vocabulary.size, vectorSize);
    this.begin();
  }

  /** Table N(0, 0.1), dense weights N(0, 1/in) (He for the layer before relu), biases 0. */
  private begin(): void {
    const rng = new Rng(this.context.seed, initStream);
    const normal = (size: number, deviation: number): Float32Array =>
      Float32Array.from({ length: size }, () => rng.normal() * deviation);
    const { vectorSize } = this.shape;
    this.parameters.set(tableName, makeParameter(normal(this.vocabulary.size * vectorSize, 0.1), true));
    for (const [name, dims] of denseShapes(this.shape)) {
      const size = dims.reduce((product, dim) => product * dim, 1);
      const isBias = dims.length === 1;
      const deviation = Math.sqrt((name === 'hidden.weight' ? 2 : 1) / dims[0]!);
      const value = isBias ? new Float32Array(size) : normal(size, deviation);
      this.parameters.set(name, makeParameter(value, !isBias));
    }
  }

  async step(step: number, options: StepOptions = {}): Promise<StepMetrics> {
    const { config, shape } = this;
    const rows = this.rowsOf(step);
    const { train } = this.context.data.splits;
    const bags = this.kept ?? this.vocabulary.encode(Array.from(rows, (row) => train.texts[row]!));
    const places = this.kept ? rows : rows.map((_, i) => i);
    const batch = this.batchOf(rows, bags, places);
    const mask = this.dropout(batch, step);
    const table = this.parameter(tableName);
    const found = await lossAndGradients(this.tf, this.context.backend, shape, this.dense(), batch);
    if (mask) for (let i = 0; i < found.vectors.length; i++) found.vectors[i]! *= mask[i]!;
    this.gradient.add(bags, places, found.vectors);

    const squares = Object.values(found.dense).reduce((sum, g) => sum + sumOfSquares(g), this.gradient.sumOfSquares());
    const gradientNorm = Math.sqrt(squares);
    const scale = clipFactor(gradientNorm, config.maxGradNorm);
    const warmupSteps = Math.min(config.warmupSteps, Math.floor(this.totalSteps / 10));
    const learningRate =
      options.learningRate ??
      config.learningRate * scheduleFactor(config.schedule, step, { warmupSteps, totalSteps: this.totalSteps });
    const settings = { ...adamWDefaults, learningRate, weightDecay: config.weightDecay };
    for (const [name, g] of Object.entries(found.dense))
      adamWUpdate(this.parameter(name), g, step + 1, settings, scale);
    this.gradient.apply(table, step + 1, settings, scale);
    return { loss: found.loss, gradientNorm, learningRate };
  }

  /** Rows of a step: each epoch is a permutation of its own, the last batch may be shorter. */
  private rowsOf(step: number): Int32Array {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (this.order?.epoch !== epoch) {
      const rows = Int32Array.from(this.context.data.splits.train.rowIds, (_, i) => i);
      this.order = { epoch, rows: new Rng(this.context.seed, orderStream + epoch).shuffle(rows) };
    }
    const from = (step % this.stepsPerEpoch) * this.config.batchSize;
    return this.order.rows.subarray(from, from + this.config.batchSize);
  }

  /** `places`: where the bags of `rows` are. */
  private batchOf(rows: Int32Array, bags: Bags, places: Int32Array): Batch {
    const { train } = this.context.data.splits;
    const { vectorSize, labels } = this.shape;
    const vectors = new Float32Array(rows.length * vectorSize);
    gatherBags(bags, places, this.parameter(tableName).value, vectorSize, vectors);
    const targets = new Float32Array(rows.length * labels);
    const shares = new Float32Array(rows.length);
    let total = 0;
    rows.forEach((row) => (total += train.weights[row]!));
    rows.forEach((row, r) => {
      for (const label of train.targets[row]!) targets[r * labels + label] = 1;
      shares[r] = train.weights[row]! / total;
    });
    return { rows: rows.length, vectors, targets, shares };
  }

  private dropout(batch: Batch, step: number): Float32Array | null {
    const { dropout } = this.config;
    if (dropout === 0) return null;
    const mask = new Float32Array(batch.vectors.length);
    dropoutMask(mask, mask.length, dropout, this.context.seed, step);
    for (let i = 0; i < mask.length; i++) batch.vectors[i]! *= mask[i]!;
    return mask;
  }

  async score(texts: string[]): Promise<Scores> {
    let bags = this.encoded.get(texts);
    if (!bags) {
      bags = this.vocabulary.encode(texts);
      this.encoded.set(texts, bags);
    }
    const { vectorSize, labels } = this.shape;
    const vectors = new Float32Array(texts.length * vectorSize);
    const rows = Int32Array.from(texts, (_, i) => i);
    gatherBags(bags, rows, this.parameter(tableName).value, vectorSize, vectors);
    const { tf, context, shape } = this;
    const values = await probabilities(tf, context.backend, shape, this.dense(), vectors, texts.length);
    return { rows: texts.length, labels, values };
  }

  state(): Promise<TensorMap> {
    const state: TensorMap = {};
    for (const [name, { value, firstMoment, secondMoment }] of this.parameters) {
      state[name] = this.tensor(name, value);
      state[`${name}/m`] = this.tensor(name, firstMoment);
      state[`${name}/v`] = this.tensor(name, secondMoment);
    }
    return Promise.resolve(state);
  }

  restore(state: TensorMap): Promise<void> {
    for (const [name, parameter] of this.parameters) {
      parameter.value.set(state[name]!.data);
      parameter.firstMoment.set(state[`${name}/m`]!.data);
      parameter.secondMoment.set(state[`${name}/v`]!.data);
    }
    return Promise.resolve();
  }

  async weights(): Promise<{ tensors: TensorMap; meta: Record<string, unknown> }> {
    const tensors: TensorMap = {
      vocabulary: { shape: [this.vocabulary.size], dtype: 'int32', data: this.vocabulary.hashes.slice() },
    };
    for (const [name, { value }] of this.parameters) tensors[name] = this.tensor(name, value);
    const thresholds = await this.thresholds();
    const meta = {
      featureVersion,
      features: this.vocabulary.settings,
      shape: this.shape,
      ...(thresholds ? { thresholds } : {}),
    };
    return { tensors, meta };
  }

  /** Several labels: tuned on validation rows, never on test rows; a half where a label is too rare there. */
  private async thresholds(): Promise<number[] | null> {
    const { labels, multiLabel, splits } = this.context.data;
    if (!multiLabel) return null;
    const { texts, targets } = splits.validation;
    if (texts.length === 0) return labels.map(() => 0.5);
    const { values } = await this.score(texts);
    const positives = new Int32Array(labels.length);
    for (const row of targets) for (const label of row) positives[label]!++;
    return tuneThresholds(values, labels.length, targets).map(({ threshold }, label) =>
      positives[label]! >= leastPositives ? threshold : 0.5,
    );
  }

  dispose(): void {
    this.parameters.clear();
  }

  private parameter(name: string): Parameter {
    return this.parameters.get(name)!;
  }

  private dense(): Dense {
    const dense: Dense = {};
    for (const [name] of denseShapes(this.shape)) dense[name] = this.parameter(name).value as Float32Array;
    return dense;
  }

  private tensor(name: string, values: Parameter['value']): TensorMap[string] {
    const known = denseShapes(this.shape).find(([dense]) => dense === name);
    const shape = known ? known[1] : [this.vocabulary.size, this.shape.vectorSize];
    return { shape, dtype: 'float32', data: Float32Array.from(values) };
  }
}
