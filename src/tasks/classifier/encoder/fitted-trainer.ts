// One run of a frozen encoder: every text is read once, then a head is fitted on the vectors, so many iterations a step, until
// it stands at its optimum. The state is the head's numbers alone.
import type { Device } from '../../../../workers/backends/device';
import { breather } from '../../../../workers/breathe';
import { createReader } from '../../../../workers/ml/encoder/embed';
import { softmaxRows, sigmoidValues } from './probabilities';
import type { MemoryNeed } from '../../../contract/engine';
import { AbortError, FormatError } from '../../../contract/errors';
import type { TensorMap } from '../../../contract/records';
import type { LabelTrainer, Scores, StepMetrics, TrainerContext } from '../../task';
import { finalRule, ruleBeforeTuning, scoresBy, type LabelRule } from '../label-rule';
import type { ClassifierConfig } from '../spec';
import { identity, type OpenedBase } from './base';
import { HeadFit, headTensors } from './head-fit';
import { storeModel } from './model';
import { declareNet } from './network';
import type { NetSettings } from './settings';
import { headInputs } from './head-inputs';
import { TokenReader } from './texts';
import { vectorsOf } from './vectors';

/** Of the search; each step begins it anew from where the last one stood, so that a resumed run repeats exactly. */
const iterationsPerStep = 60;
const mostSteps = 20;

export class FittedTrainer implements LabelTrainer {
  readonly totalSteps = mostSteps;
  readonly examplesPerStep: number;
  readonly cadence = { log: 1, evaluate: 5, save: 1 };
  /** The last weights are the optimum of a convex loss. */
  readonly best = null;
  private readonly head: Float64Array;
  private readonly rule: LabelRule;
  private done = false;
  private loss = Number.NaN;

  private constructor(
    private readonly context: TrainerContext<Device>,
    private readonly base: OpenedBase,
    private readonly config: ClassifierConfig,
    private readonly settings: NetSettings,
    private readonly fit: HeadFit,
    /** Vectors of every text of the run. */
    private readonly vectors: Map<string, Float32Array>,
  ) {
    this.head = new Float64Array(fit.words);
    this.examplesPerStep = context.data.splits.train.rowIds.length;
    this.rule = ruleBeforeTuning(context.data, config.atLeastOne);
  }

  /** Reads every text of the run. */
  static async make(
    context: TrainerContext<Device>,
    device: Device,
    base: OpenedBase,
    config: ClassifierConfig,
    settings: NetSettings,
  ): Promise<FittedTrainer> {
    const { splits } = context.data;
    const net = declareNet(base, { ...settings, labels: 1 });
    const session = device.session();
    try {
      net.parameters.write(session, net.base());
      const reader = createReader(session, net.parameters, net.encoder, { normalise: true });
      const { dimensions } = net.encoder;
      const tokens = new TokenReader(base.encoder, settings.maxLength);
      const name = JSON.stringify([
        ...[base.base.hash, settings.pooling, settings.maxLength, device.backend, device.adapter],
        context.tuning ?? null,
      ]);
      const breath = breather(30);
      const texts = [...new Set([splits.train, splits.validation, splits.test].flatMap((split) => split.texts))];
      const all = await vectorsOf({ reader, tokens, dimensions, name }, texts, async (fraction) => {
        context.report('reading texts', fraction);
        await breath();
        if (context.signal.aborted) throw new AbortError();
      });
      const vectors = new Map(
        texts.map((text, i) => [text, all.subarray(i * dimensions, (i + 1) * dimensions)] as const),
      );
      const train = new Float32Array(splits.train.texts.length * dimensions);
      splits.train.texts.forEach((text, row) => train.set(vectors.get(text)!, row * dimensions));
      const { labels, multiLabel } = settings;
      const fit = new HeadFit(device, { vectors: train, dimensions, labels, multiLabel });
      return new FittedTrainer(context, base, config, settings, fit, vectors);
    } finally {
      session.dispose();
    }
  }

  async step(): Promise<StepMetrics> {
    if (!this.done) {
      const { inputs, total } = headInputs(this.context.data, this.config);
      const found = await this.fit.fit({
        ...{ inputs, total, C: this.config.headC, start: this.head },
        iterations: iterationsPerStep,
      });
      this.done = found.done;
      this.loss = found.value;
    }
    return { loss: this.loss };
  }

  async score(texts: string[]): Promise<Scores> {
    const { labels, multiLabel } = this.settings;
    const { dimensions } = this.base.encoder;
    const values = new Float32Array(texts.length * labels);
    const breath = breather(30);
    for (const [row, text] of texts.entries()) {
      if (row % 256 === 0) await breath();
      const vector = this.vectors.get(text);
      if (!vector) throw new FormatError(`A text of this run was not read: "${text.slice(0, 60)}".`);
      for (let label = 0; label < labels; label++) {
        let logit = this.head[labels * dimensions + label]!;
        for (let d = 0; d < dimensions; d++) logit += vector[d]! * this.head[label * dimensions + d]!;
        values[row * labels + label] = logit;
      }
    }
    if (multiLabel) sigmoidValues(values);
    else softmaxRows(values, labels);
    return scoresBy(this.rule, values, labels);
  }

  memory(): MemoryNeed {
    const data = 8 * this.head.length * 2 + 4 * this.vectors.size * this.base.encoder.dimensions;
    return {
      parameters: 4 * this.head.length,
      optimizer: 8 * 20 * this.head.length,
      activations: this.fit.bytes(),
      data,
    };
  }

  async state(): Promise<TensorMap> {
    return { head: { shape: [this.head.length], dtype: 'float64', data: this.head.slice() } };
  }

  pins(): Record<string, unknown> {
    return { seed: this.context.seed, base: this.base.base.hash, done: this.done, loss: this.done ? this.loss : null };
  }

  async restore(state: TensorMap, _step: number, pins: Record<string, unknown> = {}): Promise<void> {
    const data = state['head']?.data;
    if (!(data instanceof Float64Array) || data.length !== this.head.length)
      throw new FormatError(
        'The checkpoint is of another head: continue it with the settings of its run, or start anew.',
      );
    this.head.set(data);
    this.done = pins['done'] === true;
    this.loss = typeof pins['loss'] === 'number' ? pins['loss'] : Number.NaN;
  }

  async weights(): Promise<{ tensors: TensorMap; meta: Record<string, unknown> }> {
    const { labels } = this.settings;
    const rule = await finalRule(this.rule, this.context.data, (texts) => this.score(texts));
    const tensors = headTensors(this.head, labels, this.base.encoder.dimensions);
    return storeModel({ base: identity(this.base.base), settings: this.settings, rule, tensors });
  }

  dispose(): void {
    this.fit.dispose();
  }
}
