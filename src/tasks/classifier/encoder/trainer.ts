// One run's steps on a transformer with the head of its family: batches of tokens in, one recorded plan a step, figures out.
// Order and dropout are functions of seed and step, so the state is what is trained, what the optimizer remembers, counters.
import type { Device, Session } from '../../../../workers/backends/device';
import { breather } from '../../../../workers/breathe';
import { scheduleFactor, type Schedule } from '../../../../workers/ml/schedule';
import { createStepper, type Stepper } from '../../../../workers/ml/step';
import { slabs } from '../../../../workers/ml/step-plan';
import { Stepping } from '../../../../workers/ml/stepping';
import type { MemoryNeed } from '../../../contract/engine';
import { AbortError } from '../../../contract/errors';
import type { TensorMap } from '../../../contract/records';
import type { LabelTrainer, Scores, StepMetrics, StepOptions, TrainerContext } from '../../task';
import { finalRule, ruleBeforeTuning, scoresBy, type LabelRule } from '../label-rule';
import { labelLoss } from '../loss';
import { careOf, optimizerNumbers, scheduleOf } from '../optimizing';
import type { ClassifierConfig } from '../spec';
import { identity, type OpenedBase } from './base';
import { EncoderBatches } from './batches';
import { storeModel } from './model';
import { declareNet, isKept, type EncoderNet } from './network';
import { EncoderScorer } from './scorer';
import type { NetSettings } from './settings';
import { withFrozen, withoutFrozen } from './state';
import { TokenReader } from './texts';

export class EncoderTrainer implements LabelTrainer {
  readonly totalSteps: number;
  readonly examplesPerStep: number;
  readonly cadence: LabelTrainer['cadence'];
  readonly best: LabelTrainer['best'];
  private readonly schedule: Schedule;
  private readonly averaged: boolean;
  private readonly rule: LabelRule;
  private readonly stepper: Stepper;
  private readonly stepping: Stepping;
  private readonly scorer: EncoderScorer;

  private constructor(
    private readonly context: TrainerContext<Device>,
    private readonly base: OpenedBase,
    private readonly config: ClassifierConfig,
    private readonly settings: NetSettings,
    private readonly net: EncoderNet,
    private readonly session: Session,
    private readonly reader: TokenReader,
    private readonly batches: EncoderBatches,
    device: Device,
  ) {
    const { data, seed } = context;
    const { batchSize, gradientAccumulation, epochs, layerDecay } = config;
    this.totalSteps = batches.stepsPerEpoch * epochs;
    this.examplesPerStep = Math.min(batchSize * gradientAccumulation, data.splits.train.rowIds.length);
    ({ cadence: this.cadence, best: this.best } = careOf(config, this.totalSteps));
    this.schedule = scheduleOf(config, this.totalSteps);
    this.averaged = config.emaDecay > 0;
    this.rule = ruleBeforeTuning(data, config.atLeastOne);
    const { parameters } = net;
    const factors = layerDecay < 1 ? net.encoder.rateFactors(layerDecay) : null;
    this.stepper = createStepper(session, {
      ...{ parameters, seed },
      loss: (c) => labelLoss(c, net.logits(c, net.encoder.encode(c)), settings, config.labelSmoothing),
      optimizer: { name: config.optimizer, weightDecay: config.weightDecay, ...optimizerNumbers(config) },
      clip: { norm: config.maxGradNorm, value: config.maxGradValue },
      ...(this.averaged ? { average: config.emaDecay } : {}),
      ...(factors ? { rateFactor: (name) => factors.get(name) ?? 1 } : {}),
    });
    this.stepping = new Stepping({ ...{ device, session, parameters }, stepper: this.stepper });
    this.scorer = new EncoderScorer(session, net, settings, this.averaged ? slabs.average : undefined);
  }

  /** A trainer before its first step. */
  static async make(
    context: TrainerContext<Device>,
    device: Device,
    base: OpenedBase,
    config: ClassifierConfig,
    settings: NetSettings,
  ): Promise<EncoderTrainer> {
    const { data, seed, signal } = context;
    const { train } = data.splits;
    const reader = new TokenReader(base.encoder, settings.maxLength);
    const breath = breather(30);
    const tokens = await reader.read(train.texts, async (fraction) => {
      context.report('reading words', fraction);
      await breath();
      if (signal.aborted) throw new AbortError();
    });
    if (config.precision === 'f16') context.note?.('Transformers are trained in 32 bits here; 16 were asked for.');
    if (tokens.truncated > 0)
      context.note?.(`${tokens.truncated} training texts are longer than ${settings.maxLength} tokens and were cut.`);
    context.report('loading the base', null);
    const net = declareNet(base, settings);
    const session = device.session();
    try {
      const batches = new EncoderBatches(train, tokens, net.encoder, {
        ...{ seed, batchSize: config.batchSize, labelSmoothing: config.labelSmoothing, posWeight: config.posWeight },
        ...{ labels: settings.labels, multiLabel: settings.multiLabel, accumulation: config.gradientAccumulation },
        sortByLength: base.encoder.shape.relativeBuckets > 0,
        // Another length is another set of shaders to compile.
        leastTokens: device.backend === 'webgpu' ? 64 : 16,
      });
      const made = new EncoderTrainer(context, base, config, settings, net, session, reader, batches, device);
      net.parameters.write(session, net.begin(seed, data.labels));
      if (made.averaged) await made.stepper.startAverage();
      return made;
    } catch (error) {
      session.dispose();
      throw error;
    }
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

  memory(): MemoryNeed {
    return this.stepping.memory(this.batches.bytes);
  }

  async score(texts: string[]): Promise<Scores> {
    const values = await this.scorer.score(await this.reader.read(texts));
    return scoresBy(this.rule, values, this.settings.labels);
  }

  /** Without what is frozen: the base has that. */
  async state(): Promise<TensorMap> {
    return withoutFrozen((await this.stepper.state()).tensors, this.net);
  }

  pins(): Record<string, unknown> {
    const { steps } = this.stepper;
    const { base, context, schedule, settings } = this;
    return {
      seed: context.seed,
      base: base.base.hash,
      ...{ steps, schedule, settings },
      order: this.batches.cursor(steps),
      plan: this.stepper.fingerprint(this.batches.at(0).sizes),
      tuning: context.tuning ?? null,
    };
  }

  restore(state: TensorMap, step: number, pins: Record<string, unknown> = {}): Promise<void> {
    const tensors = withFrozen(state, this.net);
    this.stepping.restore({ tensors, steps: step });
    const { plan } = this.pins();
    if (typeof pins['plan'] === 'string' && pins['plan'] !== plan)
      this.context.note?.(
        'The program has changed since this run began. It goes on, but its last digits may differ from a run in one piece.',
      );
    return Promise.resolve();
  }

  async weights(): Promise<{ tensors: TensorMap; meta: Record<string, unknown> }> {
    const tensors = this.averaged
      ? await this.stepper.averages()
      : await this.net.parameters.read(this.session, isKept);
    const { settings } = this;
    return storeModel({
      base: identity(this.base.base),
      settings,
      rule: await finalRule(this.rule, this.context.data, (texts) => this.score(texts)),
      tensors,
    });
  }

  dispose(): void {
    this.session.dispose();
  }
}
