// One run's steps on a device of the engine: batches in, one recorded plan a step (loss, gradients, update), figures out.
// Order and dropout are functions of seed and step, so the state is weights, what the optimizer remembers and counters.
import type { MemoryNeed } from '../../contract/engine';
import type { TensorMap } from '../../contract/records';
import type { Device, Session } from '../../../workers/backends/device';
import type { Parameters } from '../../../workers/ml/parameters';
import { createStepper, type Stepper } from '../../../workers/ml/step';
import { slabs } from '../../../workers/ml/step-plan';
import { scheduleFactor, type Schedule } from '../../../workers/ml/schedule';
import { Stepping } from '../../../workers/ml/stepping';
import type { Scores, StepMetrics, StepOptions, LabelTrainer, TrainerContext } from '../task';
import { Batches } from './batches';
import type { EncodedTexts, TextReader } from './encoded';
import { finalRule, ruleBeforeTuning, scoresBy, type LabelRule } from './label-rule';
import { classifierLoss } from './loss';
import { storedModel } from './model';
import { declareParameters } from './network';
import { careOf, optimizerNumbers, scheduleOf } from './optimizing';
import { piecesName, type Shape } from './shape';
import { Scorer } from './scorer';
import type { ClassifierConfig } from './spec';

/** What a base knows is learned further at a fifth of the rate: measured, with the length in pieces.ts. */
const pieceRate = 0.2;

export class ClassifierTrainer implements LabelTrainer {
  readonly totalSteps: number;
  readonly examplesPerStep: number;
  readonly cadence: LabelTrainer['cadence'];
  readonly best: LabelTrainer['best'];
  private readonly shape: Shape;
  private readonly session: Session;
  private readonly parameters: Parameters;
  private readonly batches: Batches;
  private readonly stepper: Stepper;
  private readonly stepping: Stepping;
  private readonly scorer: Scorer;
  private readonly schedule: Schedule;
  private readonly averaged: boolean;
  private readonly rule: LabelRule;
  private readonly encoded = new WeakMap<readonly string[], EncodedTexts>();

  private constructor(
    private readonly context: TrainerContext<Device>,
    device: Device,
    private readonly config: ClassifierConfig,
    private readonly reader: TextReader,
    kept: EncodedTexts | null,
  ) {
    const { data, seed } = context;
    const { vectorSize, hiddenSize, batchSize, gradientAccumulation, labelSmoothing } = config;
    const { vocabulary, pieces } = reader;
    this.shape = {
      ...{ vectorSize, hiddenSize, labels: data.labels.length, multiLabel: data.multiLabel },
      ...(pieces ? { baseSize: pieces.dimensions } : {}),
    };
    this.batches = new Batches(data.splits.train, reader, kept, {
      ...{ seed, batchSize, labelSmoothing, epochs: config.epochs, posWeight: config.posWeight },
      labels: data.labels.length,
      multiLabel: data.multiLabel,
      accumulation: gradientAccumulation,
    });
    this.examplesPerStep = Math.min(batchSize * gradientAccumulation, data.splits.train.rowIds.length);
    this.totalSteps = this.batches.stepsPerEpoch * config.epochs;
    ({ cadence: this.cadence, best: this.best } = careOf(config, this.totalSteps));
    this.schedule = scheduleOf(config, this.totalSteps);
    this.averaged = config.emaDecay > 0;
    this.rule = ruleBeforeTuning(data, config.atLeastOne);
    const half = config.precision === 'f16';
    this.session = device.session();
    this.parameters = declareParameters(this.shape, vocabulary.size, pieces?.ids.length);
    this.stepper = createStepper(this.session, {
      parameters: this.parameters,
      loss: (c) => classifierLoss(c, this.shape, { ...config, half }),
      lossScale: half ? 'dynamic' : 'none',
      optimizer: { name: config.optimizer, weightDecay: config.weightDecay, ...optimizerNumbers(config) },
      seed,
      clip: { norm: config.maxGradNorm, value: config.maxGradValue },
      decayRows: true,
      rateFactor: (name) => (name === piecesName ? pieceRate : 1),
      ...(this.averaged ? { average: config.emaDecay } : {}),
    });
    this.stepping = new Stepping({
      ...{ device, session: this.session, parameters: this.parameters, stepper: this.stepper, half },
    });
    this.scorer = new Scorer(this.session, this.parameters, this.shape, this.averaged ? slabs.average : undefined);
  }

  /** A trainer before its first step. */
  static async make(
    context: TrainerContext<Device>,
    device: Device,
    config: ClassifierConfig,
    reader: TextReader,
    kept: EncodedTexts | null,
  ): Promise<ClassifierTrainer> {
    const trainer = new ClassifierTrainer(context, device, config, reader, kept);
    try {
      trainer.parameters.write(trainer.session, trainer.initial());
      if (trainer.averaged) await trainer.stepper.startAverage();
      const { sizes } = trainer.batches.at(0);
      await trainer.stepper.prepare(sizes, config.gradientAccumulation);
      return trainer;
    } catch (error) {
      trainer.dispose();
      throw error;
    }
  }

  private initial(): TensorMap {
    const tensors = this.parameters.initial(this.context.seed);
    const { pieces } = this.reader;
    const table = tensors[piecesName];
    return pieces && table ? { ...tensors, [piecesName]: { ...table, data: pieces.initial() } } : tensors;
  }

  step(step: number, options: StepOptions = {}): Promise<StepMetrics> {
    const { microBatches, sizes } = this.batches.at(step);
    const learningRate = options.learningRate ?? this.config.learningRate * scheduleFactor(this.schedule, step);
    // Shares of the rows sum to 1 over the whole step, so the micro-batches are added as they are.
    return this.stepping.run(microBatches, { sizes, learningRate, gradientFactor: 1 }, options.onProfile);
  }

  told(): Promise<{ step: number; values: StepMetrics }[]> {
    return this.stepping.told();
  }

  score(texts: string[]): Promise<Scores> {
    let encoded = this.encoded.get(texts);
    if (!encoded) {
      encoded = this.reader.encode(texts);
      this.encoded.set(texts, encoded);
    }
    return this.scorer.score(encoded).then((values) => scoresBy(this.rule, values, this.shape.labels));
  }

  memory(): MemoryNeed {
    return this.stepping.memory(this.batches.bytes);
  }

  async state(): Promise<TensorMap> {
    return (await this.stepper.state()).tensors;
  }

  pins(): Record<string, unknown> {
    const { steps } = this.stepper;
    return {
      seed: this.context.seed,
      steps,
      order: this.batches.cursor(steps),
      schedule: this.schedule,
      plan: this.stepper.fingerprint({
        rows: this.batches.rows,
        entries: 1024,
        ...(this.reader.pieces ? { pieces: 1024, rest: 0 } : {}),
      }),
      tuning: this.context.tuning ?? null,
    };
  }

  restore(state: TensorMap, step: number, pins: Record<string, unknown> = {}): Promise<void> {
    this.stepping.restore({ tensors: state, steps: step });
    const { plan } = this.pins();
    if (typeof pins['plan'] === 'string' && pins['plan'] !== plan)
      this.context.note?.(
        'The program has changed since this run began. It goes on, but its last digits may differ from a run in one piece.',
      );
    return Promise.resolve();
  }

  async weights(): Promise<{ tensors: TensorMap; meta: Record<string, unknown> }> {
    const weights = this.averaged ? await this.stepper.averages() : await this.parameters.read(this.session);
    return storedModel(
      this.reader,
      this.shape,
      await finalRule(this.rule, this.context.data, (texts) => this.score(texts)),
      weights,
    );
  }

  dispose(): void {
    this.session.dispose();
  }
}
