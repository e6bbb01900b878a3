// A trainer small enough to check by eye: softmax regression on letter counts with momentum. For tests of the
// loop and the run's life, never offered as a task.
import { Rng } from '../../src/lib/rng';
import type {
  LabelPredictor,
  Scores,
  TaskSpec,
  TaskTraining,
  LabelTrainer,
  TrainerContext,
} from '../../src/tasks/task';
import type { TensorMap } from '../../src/contract/records';

const letters = 26;

function counts(text: string): Float64Array {
  const found = new Float64Array(letters);
  for (const char of text.toLowerCase()) {
    const at = char.charCodeAt(0) - 97;
    if (at >= 0 && at < letters) found[at]! += 1 / text.length;
  }
  return found;
}

function scoreAll(weights: Float32Array, labels: number, texts: string[]): Scores {
  const values = new Float64Array(texts.length * labels);
  texts.forEach((text, row) => values.set(probabilities(weights, labels, counts(text)), row * labels));
  return { rows: texts.length, labels, values };
}

function probabilities(weights: Float32Array, labels: number, x: Float64Array): Float64Array {
  const z = new Float64Array(labels);
  for (let c = 0; c < labels; c++) for (let i = 0; i < letters; i++) z[c]! += weights[c * letters + i]! * x[i]!;
  const top = Math.max(...z);
  let sum = 0;
  for (let c = 0; c < labels; c++) sum += z[c] = Math.exp(z[c]! - top);
  return z.map((value) => value / sum);
}

export const toySpec: TaskSpec = {
  id: 'toy',
  title: 'Toy',
  summary: 'Letter counts.',
  fields: {
    epochs: { kind: 'number', title: 'Epochs', help: '', fold: 'most', default: 3, min: 1, max: 1000, integer: true },
    evalSteps: { kind: 'number', title: 'E', help: '', fold: 'most', default: 5, min: 0, max: 1000, integer: true },
    saveSteps: { kind: 'number', title: 'S', help: '', fold: 'most', default: 4, min: 0, max: 1000, integer: true },
    patience: { kind: 'number', title: 'P', help: '', fold: 'most', default: 0, min: 0, max: 1000, integer: true },
    learningRate: { kind: 'number', title: 'L', help: '', fold: 'most', default: 1, min: 0, max: 1e300 },
    stepMs: { kind: 'number', title: 'M', help: '', fold: 'most', default: 0, min: 0, max: 1000 },
    split: {
      kind: 'split',
      title: 'Split',
      help: '',
      fold: 'most',
      default: { train: 0.8, validation: 0.1, test: 0.1 },
    },
  },
  presets: { quick: { epochs: 1 }, balanced: {}, best: { epochs: 6 } },
  columns: { required: [['text'], ['label', 'labels']], optional: ['split'] },
  minSamples: 4,
  curves: [{ metric: 'loss', title: 'Loss' }],
  primaryMetric: 'f1Macro',
  exports: [],
};

class ToyTrainer implements LabelTrainer {
  readonly examplesPerStep = 1;
  readonly totalSteps: number;
  readonly cadence;
  readonly best;
  private matrix: Float32Array;
  private momentum: Float32Array;
  private readonly labels: number;

  constructor(private readonly context: TrainerContext) {
    const config = context.config as Record<string, number>;
    this.labels = context.data.labels.length;
    const rng = new Rng(context.seed, 1);
    this.matrix = Float32Array.from({ length: this.labels * letters }, () => rng.normal() * 0.1);
    this.momentum = new Float32Array(this.matrix.length);
    this.totalSteps = config['epochs']! * context.data.splits.train.rowIds.length;
    this.cadence = { log: 2, evaluate: config['evalSteps']!, save: config['saveSteps']! };
    this.best = { metric: 'validationLoss', higherIsBetter: false, patience: config['patience']! };
  }

  async step(step: number) {
    const { train } = this.context.data.splits;
    const rate = this.context.config['learningRate'] as number;
    const pause = this.context.config['stepMs'] as number;
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    // The row of a step is a pure function of seed and step: nothing to remember but the step itself.
    const row = new Rng(this.context.seed, 1000 + step).integer(train.rowIds.length);
    const x = counts(train.texts[row]!);
    const p = probabilities(this.matrix, this.labels, x);
    const target = train.targets[row]![0]!;
    const loss = -Math.log(p[target]!);
    for (let c = 0; c < this.labels; c++)
      for (let i = 0; i < letters; i++) {
        const at = c * letters + i;
        const gradient = (p[c]! - (c === target ? 1 : 0)) * x[i]!;
        this.momentum[at] = 0.9 * this.momentum[at]! + gradient;
        this.matrix[at]! -= rate * this.momentum[at]!;
      }
    return { loss };
  }
  score(texts: string[]): Promise<Scores> {
    return Promise.resolve(scoreAll(this.matrix, this.labels, texts));
  }
  state(): Promise<TensorMap> {
    return Promise.resolve({
      weights: { shape: [this.labels, letters], dtype: 'float32', data: this.matrix.slice() },
      momentum: { shape: [this.labels, letters], dtype: 'float32', data: this.momentum.slice() },
    });
  }
  restore(state: TensorMap): Promise<void> {
    this.matrix = Float32Array.from(state['weights']!.data);
    this.momentum = Float32Array.from(state['momentum']!.data);
    return Promise.resolve();
  }
  async weights() {
    const { weights } = await this.state();
    return { tensors: { weights: weights! }, meta: {} };
  }
  dispose(): void {
    this.matrix = new Float32Array(0);
  }
}

export const toyTraining: TaskTraining = {
  id: 'toy',
  usesBackend: false,
  prepare: (context) => Promise.resolve(new ToyTrainer(context)),
  load({ tensors }, { labels, multiLabel }): Promise<LabelPredictor> {
    const weights = Float32Array.from(tensors['weights']!.data);
    const score = (texts: string[]): Promise<Scores> => Promise.resolve(scoreAll(weights, labels.length, texts));
    return Promise.resolve({
      labels,
      multiLabel,
      score,
      async predict(texts) {
        const { values } = await score(texts);
        return texts.map((_, row) => {
          const scores = labels
            .map((label, i) => ({ label, score: values[row * labels.length + i]! }))
            .sort((a, b) => b.score - a.score);
          return { label: scores[0]!.label, confidence: scores[0]!.score, scores };
        });
      },
      dispose: () => undefined,
    });
  },
  plan: () => ({ parameters: 0, bytes: 0, steps: 0, secondsEstimated: 0, fits: true, advice: [] }),
  exportFiles: () => Promise.resolve([]),
};
