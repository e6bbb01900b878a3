// One run's steps on a device of the engine: batches in, one recorded plan a step (loss, gradients, update), figures out.
// Order and dropout are functions of seed and step, so the state is weights, what the optimizer remembers and counters.
import type { MemoryNeed } from '../../contract/engine';
import { DeviceError } from '../../contract/errors';
import type { TensorMap } from '../../contract/records';
import type { Device, Session } from '../../../workers/backends/device';
import { lossScaleRange, scalerAt } from '../../../workers/kernels/optimizer-layout';
import type { Parameters } from '../../../workers/ml/parameters';
import { createStepper, type Stepper, type StepRecord } from '../../../workers/ml/step';
import { slabs } from '../../../workers/ml/step-plan';
import { scheduleFactor, type Schedule } from '../../../workers/ml/schedule';
import { profileOf } from '../../../workers/tape/profile';
import type { Scores, StepMetrics, StepOptions, LabelTrainer, TrainerContext } from '../task';
import { Batches } from './batches';
import type { EncodedTexts, TextReader } from './encoded';
import { ruleBeforeTuning, scoresBy, tunedRule, type LabelRule } from './label-rule';
import { classifierLoss } from './loss';
import { storedModel } from './model';
import { declareParameters } from './network';
import { piecesName, type Shape } from './shape';
import { Scorer } from './scorer';
import type { ClassifierConfig } from './spec';

/** What a base knows is learned further at a fifth of the rate: measured, with the length in pieces.ts. */
const pieceRate = 0.2;
/** The device's log holds 64 steps; it is read before that even where nobody asks. */
const mostUntold = 60;

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
  private readonly scorer: Scorer;
  private readonly schedule: Schedule;
  private readonly averaged: boolean;
  private readonly rule: LabelRule;
  /** Mixed precision: steps whose gradients overflow are skipped and counted, and the loss scale halves. */
  private readonly half: boolean;
  private readonly encoded = new WeakMap<readonly string[], EncodedTexts>();
  private untold: StepRecord[] = [];
  private unread = 0;
  private skipped = 0;

  private constructor(
    private readonly context: TrainerContext<Device>,
    private readonly device: Device,
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
    const evaluate = Math.min(config.evalSteps, Math.ceil(this.totalSteps / 4));
    this.cadence = { log: config.loggingSteps, evaluate, save: config.saveSteps };
    const { metricForBest } = config;
    this.best = {
      metric: metricForBest === 'loss' ? 'validationLoss' : metricForBest,
      higherIsBetter: metricForBest !== 'loss' && metricForBest !== 'ece',
      patience: config.earlyStoppingPatience,
    };
    this.schedule = scheduleOf(config, this.totalSteps);
    this.averaged = config.emaDecay > 0;
    this.rule = ruleBeforeTuning(data, config.atLeastOne);
    this.half = config.precision === 'f16';
    this.session = device.session();
    this.parameters = declareParameters(this.shape, vocabulary.size, pieces?.ids.length);
    this.stepper = createStepper(this.session, {
      parameters: this.parameters,
      loss: (c) => classifierLoss(c, this.shape, { ...config, half: this.half }),
      lossScale: this.half ? 'dynamic' : 'none',
      optimizer: { name: config.optimizer, weightDecay: config.weightDecay, ...optimizerNumbers(config) },
      seed,
      clip: { norm: config.maxGradNorm, value: config.maxGradValue },
      decayRows: true,
      rateFactor: (name) => (name === piecesName ? pieceRate : 1),
      ...(this.averaged ? { average: config.emaDecay } : {}),
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

  async step(step: number, options: StepOptions = {}): Promise<StepMetrics> {
    const { microBatches, sizes } = this.batches.at(step);
    const learningRate = options.learningRate ?? this.config.learningRate * scheduleFactor(this.schedule, step);
    const { onProfile } = options;
    await this.stepper.run(microBatches, {
      ...{ sizes, learningRate },
      // Shares of the rows sum to 1 over the whole step, so the micro-batches are added as they are.
      gradientFactor: 1,
      ...(onProfile
        ? {
            onTimes: (runs) =>
              onProfile({ ...profileOf(runs), threads: this.device.threads, memory: this.memoryOfSession() }),
          }
        : {}),
    });
    this.unread++;
    // WebAssembly has done the step by now; waiting for a GPU each time would leave it idle in between.
    if (this.device.backend === 'webgpu' && this.unread < mostUntold) return {};
    await this.read();
    return this.device.backend === 'webgpu' ? {} : this.valuesOf(this.untold.splice(0).at(-1));
  }

  async told(): Promise<{ step: number; values: StepMetrics }[]> {
    await this.read();
    return this.untold.splice(0).map((record) => ({ step: record.step, values: this.valuesOf(record) }));
  }

  private async read(): Promise<void> {
    if (this.unread === 0) return;
    this.untold.push(...(await this.stepper.metrics()));
    this.unread = 0;
  }

  private valuesOf(record: StepRecord | undefined): StepMetrics {
    if (!record) return {};
    const { loss, learningRate, gradientNorm, lossScale } = record;
    // A loss scale is never 0, so nothing was written: the device read back an empty log.
    if (lossScale === 0)
      throw new DeviceError(
        'The device answered nothing but zeros. The run is kept up to its last checkpoint: resume it, or choose another backend in Settings.',
      );
    if (!this.half) return { loss, learningRate, gradientNorm };
    if (record.skipped) this.skipped++;
    const values = { learningRate, lossScale, skippedSteps: this.skipped };
    // An overflow is what the loss scale is there for, as long as there is a smaller one to try.
    return record.skipped && lossScale > lossScaleRange.least ? values : { ...values, loss, gradientNorm };
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
    const { parameters, optimizer, total } = this.memoryOfSession();
    return { parameters, optimizer, activations: total - parameters - optimizer, data: this.batches.bytes };
  }

  private memoryOfSession(): { parameters: number; optimizer: number; temporaries: number; total: number } {
    const parameters = 4 * this.parameters.count().all;
    const optimizer = parameters * this.stepper.statesPerParameter;
    const total = this.session.bytes();
    return { parameters, optimizer, temporaries: total - parameters - optimizer, total };
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
    this.stepper.restore({ tensors: state, steps: step });
    this.untold = [];
    this.unread = 0;
    this.skipped = state['scaler']?.data[scalerAt.skipped] ?? 0;
    const { plan } = this.pins();
    if (typeof pins['plan'] === 'string' && pins['plan'] !== plan)
      this.context.note?.(
        'The program has changed since this run began. It goes on, but its last digits may differ from a run in one piece.',
      );
    return Promise.resolve();
  }

  async weights(): Promise<{ tensors: TensorMap; meta: Record<string, unknown> }> {
    const weights = this.averaged ? await this.stepper.averages() : await this.parameters.read(this.session);
    return storedModel(this.reader, this.shape, await this.finalRule(), weights);
  }

  /** With thresholds tuned on validation rows, where there are several labels and such rows. */
  private async finalRule(): Promise<LabelRule> {
    const { multiLabel, splits } = this.context.data;
    const { validation } = splits;
    if (!multiLabel || validation.texts.length === 0) return this.rule;
    return tunedRule(this.rule, await this.score(validation.texts), validation);
  }

  dispose(): void {
    this.session.dispose();
  }
}

/** Warm-up never takes more than a tenth of the run. */
function scheduleOf({ schedule, warmupSteps }: ClassifierConfig, total: number): Schedule {
  const warmup = Math.min(warmupSteps, Math.floor(total / 10));
  switch (schedule) {
    case 'constant':
      return { name: 'constant', warmup };
    case 'one-cycle':
      return { name: 'one-cycle', total: Math.max(2, total) };
    case 'inverse-square-root':
      return { name: 'inverse-square-root', warmup };
    case 'linear':
    case 'cosine':
    case 'cosine-restarts':
    case 'polynomial':
      return { name: schedule, warmup, total };
    default:
      return schedule satisfies never;
  }
}

function optimizerNumbers({ optimizer, momentum }: ClassifierConfig): { momentum?: number; nesterov?: boolean } {
  if (optimizer === 'sgd') return { momentum, nesterov: momentum > 0 };
  return optimizer === 'rmsprop' ? { momentum } : {};
}
