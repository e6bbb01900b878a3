// One run's steps on a device of the engine: examples in, one recorded plan a step, or with parts and hard examples the three
// passes of cached-step.ts. Order, pairs and dropout are functions of seed and step, so the state is weights, what the
// optimizer remembers and counters.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { MemoryNeed } from '../../contract/engine';
import { DeviceError } from '../../contract/errors';
import type { TensorMap } from '../../contract/records';
import type { Device, Session } from '../../../workers/backends/device';
import { createReader, type EncoderReader } from '../../../workers/ml/encoder/embed';
import { largestSizes, type DeclaredEncoder, type EncoderBatch } from '../../../workers/ml/encoder/text-encoder';
import type { Tokenized } from '../../../workers/ml/encoder/tokens';
import { Parameters } from '../../../workers/ml/parameters';
import { scheduleFactor, type Schedule } from '../../../workers/ml/schedule';
import { createStepper, type Stepper, type StepRecord } from '../../../workers/ml/step';
import type { StepContext } from '../../../workers/ml/step-context';
import { profileOf, type TimedRun } from '../../../workers/tape/profile';
import type { StepMetrics, StepOptions, Trainer, TrainerContext } from '../task';
import { batchOf } from './batch';
import { createCachedStep, handedIn, type CachedStepper } from './cached-step';
import type { EmbeddingData } from './data';
import { primaryOf } from './evaluation';
import { Steps, type Examples } from './examples';
import { lossOf, type LossSettings } from './losses';
import { mine } from './mining';
import { storeModel, type OpenedModel } from './model';
import { encoderTraining, lossSettings, scheduleOf, vectorDropout } from './settings';
import type { EmbeddingConfig } from './spec';
import type { Teacher } from './teacher';

/** The device's log holds 64 steps; it is read before that even where nobody asks. */
const mostUntold = 60;

export interface TrainerParts {
  opened: OpenedModel;
  examples: Examples;
  teacher: Teacher | null;
}

export class EmbeddingTrainer implements Trainer {
  readonly totalSteps: number;
  readonly examplesPerStep: number;
  readonly cadence: Trainer['cadence'];
  readonly best: Trainer['best'];
  private readonly config: EmbeddingConfig;
  private readonly session: Session;
  private readonly parameters = new Parameters();
  private readonly net: DeclaredEncoder;
  private readonly stepper: Stepper;
  private readonly cached: CachedStepper | null;
  private readonly reader: EncoderReader;
  private readonly steps: Steps;
  private readonly settings: LossSettings;
  private readonly schedule: Schedule;
  private readonly tokens: Tokenized;
  private readonly read = new WeakMap<readonly string[], Tokenized>();
  /** Losses that the host knows, by step: those of cached steps. */
  private readonly losses = new Map<number, number>();
  private untold: StepRecord[] = [];
  private unread = 0;

  private constructor(
    private readonly context: TrainerContext<Device, EmbeddingData>,
    private readonly device: Device,
    private readonly parts: TrainerParts,
  ) {
    const { seed, data } = context;
    const config = (this.config = context.config as EmbeddingConfig);
    const { opened, examples } = parts;
    const { encoder } = opened;
    this.settings = lossSettings(config, examples.loss, examples.hasThird);
    this.steps = new Steps(examples, seed, config.batchSize * config.gradientAccumulation);
    this.examplesPerStep = Math.min(this.steps.size, examples.count);
    this.totalSteps = this.steps.perEpoch * config.epochs;
    this.schedule = scheduleOf(config, this.totalSteps);
    this.cadence = {
      log: config.loggingSteps,
      evaluate: Math.max(1, Math.min(config.evalSteps, Math.ceil(this.totalSteps / 4))),
      save: config.saveSteps,
    };
    const metric = config.metricForBest === 'auto' ? primaryOf[data.form] : config.metricForBest;
    this.best =
      metric === 'last' || data.form === 'texts'
        ? null
        : { metric, higherIsBetter: true, patience: config.earlyStoppingPatience };
    this.tokens = encoder.tokenize(examples.texts, config.maxLength);
    this.session = device.session();
    this.net = encoder.declare(this.parameters, encoderTraining(config, encoder));
    const rate = vectorDropout(config, examples.loss, encoder);
    const encode = (c: StepContext): Tensor => c.dropout('vectors.dropout', this.net.encode(c).pooled, rate);
    const loss = (c: StepContext, vectors: Tensor): Tensor => lossOf(c, vectors, this.settings);
    const inParts = config.gradientAccumulation > 1 || this.settings.mining === 'hard';
    this.cached = inParts
      ? createCachedStep(this.session, {
          ...{ parameters: this.parameters, dimensions: this.net.dimensions, seed, encode, loss },
        })
      : null;
    const factors = config.layerDecay < 1 ? this.net.rateFactors(config.layerDecay) : null;
    this.stepper = createStepper(this.session, {
      parameters: this.parameters,
      loss: (c) => (inParts ? handedIn(c, encode(c)) : loss(c, encode(c))),
      optimizer: { name: 'adamw', weightDecay: config.weightDecay },
      seed,
      clip: { norm: config.maxGradNorm },
      decayRows: true,
      ...(factors ? { rateFactor: (name: string) => factors.get(name) ?? 1 } : {}),
    });
    this.reader = createReader(this.session, this.parameters, this.net, { normalise: true });
  }

  /** A trainer before its first step. */
  static async make(
    context: TrainerContext<Device, EmbeddingData>,
    device: Device,
    parts: TrainerParts,
  ): Promise<EmbeddingTrainer> {
    const trainer = new EmbeddingTrainer(context, device, parts);
    try {
      const { parameters, session, net } = trainer;
      const known = net.weights();
      // What LoRA adds is the only thing that no base has.
      if (parameters.match(known).missing.length > 0) parameters.write(session, parameters.initial(context.seed));
      parameters.write(session, known);
      await trainer.prepareFirst();
      return trainer;
    } catch (error) {
      trainer.dispose();
      throw error;
    }
  }

  /** Makes the plan of the first step ready, so that it does not wait for it. */
  private async prepareFirst(): Promise<void> {
    if (this.cached) return;
    const batch = batchOf(this.steps.at(0), this.parts.examples, this.settings, this.parts.teacher);
    const { sizes } = this.net.batch(this.tokens, batch.texts);
    await this.stepper.prepare({ ...sizes, ...batch.sizes });
  }

  async step(step: number, options: StepOptions = {}): Promise<StepMetrics> {
    const learningRate = options.learningRate ?? this.config.learningRate * scheduleFactor(this.schedule, step);
    const batch = batchOf(this.steps.at(step), this.parts.examples, this.settings, this.parts.teacher);
    const { onProfile } = options;
    const timing = onProfile
      ? {
          onTimes: (runs: TimedRun[]) =>
            onProfile({ ...profileOf(runs), threads: this.device.threads, memory: this.memoryOfSession() }),
        }
      : {};
    if (this.cached) {
      const { parts, rows } = this.partsOf(batch.texts);
      const { loss, microBatches } = await this.cached.run(parts, rows, {
        sizes: batch.sizes,
        step: this.stepper.steps,
        more: (vectors) => ({
          ...batch.inputs,
          ...(this.settings.mining === 'hard' ? mine(batch, this.parts.examples, vectors, this.net.dimensions) : {}),
        }),
      });
      this.losses.set(this.stepper.steps, loss);
      await this.stepper.run(microBatches, { sizes: parts[0]!.sizes, learningRate, gradientFactor: 1, ...timing });
    } else {
      const { sizes, inputs } = this.net.batch(this.tokens, batch.texts);
      await this.stepper.run([{ ...inputs, ...batch.inputs }], {
        ...{ sizes: { ...sizes, ...batch.sizes }, learningRate, gradientFactor: 1, ...timing },
      });
    }
    this.unread++;
    // WebAssembly has done the step by now; waiting for a GPU each time would leave it idle in between.
    if (this.device.backend === 'webgpu' && this.unread < mostUntold) return {};
    await this.hear();
    return this.device.backend === 'webgpu' ? {} : this.valuesOf(this.untold.splice(0).at(-1));
  }

  /** The texts in as many parts as a step has, all of the same sizes. */
  private partsOf(texts: Int32Array): { parts: EncoderBatch[]; rows: number[] } {
    const size = Math.ceil(texts.length / this.config.gradientAccumulation);
    const chunks: Int32Array[] = [];
    for (let from = 0; from < texts.length; from += size) chunks.push(texts.subarray(from, from + size));
    const first = chunks.map((chunk) => this.net.batch(this.tokens, chunk, size));
    const least = largestSizes(first);
    const fits = first.every(({ sizes }) => Object.entries(least).every(([name, value]) => sizes[name] === value));
    return {
      parts: fits ? first : chunks.map((chunk) => this.net.batch(this.tokens, chunk, size, least)),
      rows: chunks.map(({ length }) => length),
    };
  }

  async told(): Promise<{ step: number; values: StepMetrics }[]> {
    await this.hear();
    return this.untold.splice(0).map((record) => ({ step: record.step, values: this.valuesOf(record) }));
  }

  private async hear(): Promise<void> {
    if (this.unread === 0) return;
    this.untold.push(...(await this.stepper.metrics()));
    this.unread = 0;
  }

  private valuesOf(record: StepRecord | undefined): StepMetrics {
    if (!record) return {};
    const { step, learningRate, gradientNorm, lossScale } = record;
    // A loss scale is never 0, so nothing was written: the device read back an empty log.
    if (lossScale === 0)
      throw new DeviceError(
        'The device answered nothing but zeros. The run is kept up to its last checkpoint: resume it, or choose another backend in Settings.',
      );
    const loss = this.losses.get(step) ?? record.loss;
    this.losses.delete(step);
    // A batch in which every margin is kept has no loss and no gradient, and that is no failure of the device.
    return loss === 0 && gradientNorm === 0 ? { loss, learningRate } : { loss, learningRate, gradientNorm };
  }

  /** Vectors of unit length with the weights as they are now. */
  async vectors(texts: readonly string[]): Promise<{ values: Float32Array; dimensions: number }> {
    let tokens = this.read.get(texts);
    if (!tokens) {
      tokens = this.parts.opened.encoder.tokenize(texts, this.config.maxLength);
      this.read.set(texts, tokens);
    }
    return { values: await this.reader.read(tokens), dimensions: this.net.dimensions };
  }

  memory(): MemoryNeed {
    const { parameters, optimizer, total } = this.memoryOfSession();
    const data = this.tokens.ids.byteLength + this.tokens.offsets.byteLength + (this.parts.teacher?.bytes ?? 0);
    return { parameters, optimizer, activations: total - parameters - optimizer, data };
  }

  private memoryOfSession(): { parameters: number; optimizer: number; temporaries: number; total: number } {
    const { all, trained } = this.parameters.count();
    const [parameters, optimizer] = [4 * all, 4 * trained * this.stepper.statesPerParameter];
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
      order: this.steps.cursor(steps),
      schedule: this.schedule,
      tuning: this.context.tuning ?? null,
    };
  }

  restore(state: TensorMap, step: number): Promise<void> {
    this.stepper.restore({ tensors: state, steps: step });
    this.untold = [];
    this.unread = 0;
    this.losses.clear();
    return Promise.resolve();
  }

  async weights(): Promise<{ tensors: TensorMap; meta: Record<string, unknown> }> {
    const trained = await this.parameters.read(this.session, ({ group }) => group !== 'frozen');
    return storeModel(this.parts.opened, trained, {
      training: encoderTraining(this.config, this.parts.opened.encoder),
      maxLength: this.config.maxLength,
      shorter: this.settings.shorter,
    });
  }

  dispose(): void {
    this.session.dispose();
  }
}
