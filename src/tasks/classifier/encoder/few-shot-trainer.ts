// One run from few examples (SetFit): pairs pull texts of one class together and others apart, then a head is fitted on the
// vectors. The head is a function of the encoder, made when it is asked for, so it is no part of the state.
import type { Device, Session } from '../../../../workers/backends/device';
import { breather } from '../../../../workers/breathe';
import { slice } from '../../../../workers/kernels/slice';
import { createReader, type EncoderReader } from '../../../../workers/ml/encoder/embed';
import { cosineSimilarityLoss } from '../../../../workers/ml/loss';
import { scheduleFactor, type Schedule } from '../../../../workers/ml/schedule';
import { createStepper, type Stepper } from '../../../../workers/ml/step';
import { Stepping } from '../../../../workers/ml/stepping';
import type { MemoryNeed } from '../../../contract/engine';
import { DatasetError } from '../../../contract/errors';
import type { TensorMap } from '../../../contract/records';
import type { LabelTrainer, Scores, StepMetrics, StepOptions, TrainerContext } from '../../task';
import { finalRule, ruleBeforeTuning, scoresBy, type LabelRule } from '../label-rule';
import { optimizerNumbers, scheduleOf } from '../optimizing';
import type { ClassifierConfig } from '../spec';
import { identity, type OpenedBase } from './base';
import { HeadFit, headTensors } from './head-fit';
import { headInputs } from './head-inputs';
import { storeModel } from './model';
import { declareNet, isKept, type EncoderNet } from './network';
import { makePairs, type Pairs } from './pairs';
import { EncoderScorer } from './scorer';
import type { NetSettings } from './settings';
import { withFrozen, withoutFrozen } from './state';
import { TokenReader } from './texts';

/** Iterations until a head counts as fitted whatever its gradient says. */
const mostIterations = 2000;

export class FewShotTrainer implements LabelTrainer {
  readonly totalSteps: number;
  readonly examplesPerStep: number;
  readonly cadence: LabelTrainer['cadence'];
  /** A head is fitted at the end alone, so there is nothing to choose from. */
  readonly best = null;
  private readonly schedule: Schedule;
  private readonly rule: LabelRule;
  private readonly pairs: Pairs;
  private readonly session: Session;
  private readonly net: EncoderNet;
  private readonly stepper: Stepper;
  private readonly stepping: Stepping;
  private readonly scorer: EncoderScorer;
  private readonly vectors: EncoderReader;
  private readonly tokens: TokenReader;
  /** Step that the head in the session was fitted at. */
  private fittedAt = -1;

  constructor(
    private readonly context: TrainerContext<Device>,
    private readonly device: Device,
    private readonly base: OpenedBase,
    private readonly config: ClassifierConfig,
    private readonly settings: NetSettings,
  ) {
    const { data, seed } = context;
    const { fewShot, pairsPerExample, batchSize, epochs } = config;
    this.pairs = makePairs(data.splits.train, settings.labels, { seed, perClass: fewShot, pairsPerExample });
    const { length } = this.pairs.alike;
    if (length === 0)
      throw new DatasetError('No pairs can be made: few-shot training needs two classes, or two rows of one.');
    const stepsPerEpoch = Math.ceil(length / batchSize);
    this.totalSteps = stepsPerEpoch * epochs;
    this.examplesPerStep = 2 * Math.min(batchSize, length);
    this.cadence = { log: config.loggingSteps, evaluate: 0, save: config.saveSteps };
    this.schedule = scheduleOf(config, this.totalSteps);
    this.rule = ruleBeforeTuning(data, config.atLeastOne);
    this.tokens = new TokenReader(base.encoder, settings.maxLength);
    this.net = declareNet(base, settings);
    const { net } = this;
    const { parameters } = net;
    const factors = config.layerDecay < 1 ? net.encoder.rateFactors(config.layerDecay) : null;
    this.session = device.session();
    try {
      this.stepper = createStepper(this.session, {
        ...{ parameters, seed },
        loss: (c) => {
          const { pooled } = net.encoder.encode(c);
          const [rows, width] = [c.size('rows') / 2, net.encoder.dimensions];
          const part = (from: number) => slice(pooled, [from, 0], [rows, width]);
          return cosineSimilarityLoss(part(0), part(rows), c.input('alike', [rows]));
        },
        optimizer: { name: config.optimizer, weightDecay: config.weightDecay, ...optimizerNumbers(config) },
        clip: { norm: config.maxGradNorm, value: config.maxGradValue },
        ...(factors ? { rateFactor: (name) => factors.get(name) ?? 1 } : {}),
      });
      parameters.write(this.session, net.begin(seed, data.labels));
      this.stepping = new Stepping({ ...{ device, parameters }, session: this.session, stepper: this.stepper });
      this.scorer = new EncoderScorer(this.session, net, settings);
      this.vectors = createReader(this.session, parameters, net.encoder, { normalise: true });
    } catch (error) {
      this.session.dispose();
      throw error;
    }
  }

  async step(step: number, options: StepOptions = {}): Promise<StepMetrics> {
    const { first, second, alike } = this.pairs;
    const { batchSize, learningRate } = this.config;
    const from = (step % Math.ceil(alike.length / batchSize)) * batchSize;
    const to = Math.min(alike.length, from + batchSize);
    const tokens = await this.tokens.read(this.context.data.splits.train.texts);
    const { sizes, inputs } = this.net.encoder.batch(tokens, [
      ...first.subarray(from, to),
      ...second.subarray(from, to),
    ]);
    return this.stepping.run(
      [{ ...inputs, alike: alike.slice(from, to) }],
      { sizes, learningRate: options.learningRate ?? learningRate * scheduleFactor(this.schedule, step) },
      options.onProfile,
    );
  }

  told(): Promise<{ step: number; values: StepMetrics }[]> {
    return this.stepping.told();
  }

  /** Fits the head on the vectors as the encoder gives them now. */
  private async fitHead(): Promise<void> {
    const { steps } = this.stepper;
    if (this.fittedAt === steps) return;
    const { labels, multiLabel } = this.settings;
    const { dimensions } = this.net.encoder;
    const { data } = this.context;
    const breath = breather(30);
    this.context.report('fitting the head', null);
    const tokens = await this.tokens.read(data.splits.train.texts);
    const vectors = await this.vectors.read(tokens, { onProgress: breath });
    const fit = new HeadFit(this.device, { vectors, dimensions, labels, multiLabel });
    try {
      const start = new Float64Array(fit.words);
      await fit.fit({
        ...headInputs(data, this.config),
        ...{ C: this.config.headC, start, iterations: mostIterations },
      });
      this.net.parameters.write(this.session, headTensors(start, labels, dimensions));
    } finally {
      fit.dispose();
    }
    this.fittedAt = steps;
  }

  async score(texts: string[]): Promise<Scores> {
    await this.fitHead();
    return scoresBy(this.rule, await this.scorer.score(await this.tokens.read(texts)), this.settings.labels);
  }

  memory(): MemoryNeed {
    return this.stepping.memory(12 * this.pairs.alike.length);
  }

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
      tuning: context.tuning ?? null,
    };
  }

  restore(state: TensorMap, step: number): Promise<void> {
    this.stepping.restore({ tensors: withFrozen(state, this.net), steps: step });
    this.fittedAt = -1;
    return Promise.resolve();
  }

  async weights(): Promise<{ tensors: TensorMap; meta: Record<string, unknown> }> {
    await this.fitHead();
    const tensors = await this.net.parameters.read(this.session, isKept);
    const rule = await finalRule(this.rule, this.context.data, (texts) => this.score(texts));
    return storeModel({ base: identity(this.base.base), settings: this.settings, rule, tensors });
  }

  dispose(): void {
    this.session.dispose();
  }
}
