// A head that follows the labels of one version's rows: their vectors stay on the device, a label only changes what the rows
// are said to be. A refit is bounded, so that it is over before the next question; what it lacks to the optimum is made up
// for in between.
import type { HeadFit } from '../../src/tasks/classifier/encoder/head-fit';
import { sigmoidValues, softmaxRows } from '../../src/tasks/classifier/encoder/probabilities';
import { targetInputs } from '../../src/tasks/classifier/targets';
import type { Device } from '../backends/device';
import type { RowLabels } from './rows';

/** Iterations of a refit that somebody waits for; each evaluates the loss once, rarely more often. */
const promptIterations = 4;
/** The default of runs with a fitted head (spec-transformer.ts). */
const headC = 10;

/** Rows that have a vector, [rows, dimensions] of unit length. */
export interface Vectors {
  values: Float32Array;
  dimensions: number;
}

export class LiveHead {
  labels: readonly string[] = [];
  /** True once the head stands at its optimum for the labels given last. */
  done = false;
  private fit: HeadFit | null = null;
  /** Weights [labels, dimensions], then biases. */
  private head = new Float64Array(0);
  private inputs: ReturnType<typeof targetInputs> = {};
  private total = 0;

  constructor(
    readonly device: Device,
    private readonly vectors: Vectors,
    readonly multiLabel: boolean,
  ) {}

  /** Takes other labels of the same rows; `improve` moves the head there. */
  async take({ ofRow, labels }: RowLabels): Promise<void> {
    await this.makeRoom(labels);
    const places = new Map(labels.map((label, place) => [label, place]));
    const targets = ofRow.map((own) => (own ?? []).flatMap((label) => places.get(label) ?? []));
    const weights = Float64Array.from(ofRow, (own) => (own === null ? 0 : 1));
    this.total = weights.reduce((sum, weight) => sum + weight, 0);
    // A row that counts nothing still needs a class to be computed with.
    if (!this.multiLabel) for (const own of targets) own[0] ??= 0;
    const all = Int32Array.from(ofRow, (_, row) => row);
    const settings = {
      labels: labels.length,
      multiLabel: this.multiLabel,
      labelSmoothing: 0,
      posWeight: 'none',
    } as const;
    const train = { rowIds: [], texts: [], targets, weights };
    const even = new Float32Array(labels.length).fill(1);
    this.inputs = targetInputs(train, all, all.length, this.total, settings, even);
    this.done = false;
  }

  /** A bounded number of iterations towards the optimum. */
  async improve(iterations = promptIterations): Promise<void> {
    if (!this.fit || this.done) return;
    const { inputs, total, head: start } = this;
    this.done = (await this.fit.fit({ inputs, total, C: headC, start, iterations, warm: true })).done;
  }

  /** Probabilities of vectors, [rows, labels]. */
  scores({ values, dimensions }: Vectors): Float32Array {
    const labels = this.labels.length;
    const rows = values.length / dimensions;
    const weights = Float32Array.from(this.head);
    const scores = new Float32Array(rows * labels);
    for (let row = 0; row < rows; row++)
      for (let label = 0; label < labels; label++) {
        let logit = weights[labels * dimensions + label]!;
        const [v, w] = [row * dimensions, label * dimensions];
        for (let d = 0; d < dimensions; d++) logit += values[v + d]! * weights[w + d]!;
        scores[row * labels + label] = logit;
      }
    if (this.multiLabel) sigmoidValues(scores);
    else softmaxRows(scores, labels);
    return scores;
  }

  dispose(): void {
    this.fit?.dispose();
    this.fit = null;
  }

  /** For another list of labels: those that stay keep their weights. */
  private async makeRoom(labels: readonly string[]): Promise<void> {
    if (this.fit && labels.join('\0') === this.labels.join('\0')) return;
    const { HeadFit } = await import('../../src/tasks/classifier/encoder/head-fit');
    const { values, dimensions } = this.vectors;
    this.dispose();
    const next = new Float64Array(labels.length * (dimensions + 1));
    const before = this.labels.length;
    labels.forEach((label, place) => {
      const from = this.labels.indexOf(label);
      if (from < 0) return;
      next.set(this.head.subarray(from * dimensions, (from + 1) * dimensions), place * dimensions);
      next[labels.length * dimensions + place] = this.head[before * dimensions + from]!;
    });
    const data = { vectors: values, dimensions, labels: labels.length, multiLabel: this.multiLabel };
    this.fit = new HeadFit(this.device, data);
    this.labels = labels;
    this.head = next;
  }
}
