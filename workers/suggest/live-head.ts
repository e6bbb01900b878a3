// A head that follows the labels of one version's rows. The vectors of those that have some stay on the device, in room that
// doubles, so that a label mostly changes only what the rows are said to be. A refit is bounded in time, so that it is over
// before the next question; what it lacks to the optimum is made up for in between.
import type { HeadFit } from '../../src/tasks/classifier/encoder/head-fit';
import { sigmoidValues, softmaxRows } from '../../src/tasks/classifier/encoder/probabilities';
import { targetInputs } from '../../src/tasks/classifier/targets';
import type { Device } from '../backends/device';
import type { RowLabels } from './rows';

/** A refit that somebody waits for takes as many iterations as fit in here, going by those before. */
const promptMs = 75;
const mostPromptIterations = 40;
/** For each number of a vector and each label of a row, before anything was timed: a slow computer of two cores. */
const usualEvaluationMs = 4e-7;
/** Rows that there is room for at first. */
const fewestRows = 256;
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
  /** Rows that have labels. */
  private total = 0;
  /** Rows on the device, in their order there. */
  private placed: number[] = [];
  /** Of one evaluation of the loss. */
  private evaluationMs = 0;
  private planned = false;

  constructor(
    readonly device: Device,
    private readonly vectors: Vectors,
    readonly multiLabel: boolean,
  ) {}

  /** Takes other labels of the same rows; `improve` moves the head there. */
  async take({ ofRow, labels }: RowLabels): Promise<void> {
    const labelled = ofRow.flatMap((own, row) => (own === null ? [] : row));
    // Where most have labels all are placed, once; those without count nothing.
    const rows = labelled.length * 2 > ofRow.length ? ofRow.map((_, row) => row) : labelled;
    const fit = await this.fitFor(labels, rows);
    const places = new Map(labels.map((label, place) => [label, place]));
    const targets = rows.map((row) => (ofRow[row] ?? []).flatMap((label) => places.get(label) ?? []));
    const weights = Float64Array.from(rows, (row) => (ofRow[row] === null ? 0 : 1));
    // A row that counts nothing still needs a class to be computed with.
    if (!this.multiLabel) for (const own of targets) own[0] ??= 0;
    this.total = labelled.length;
    const train = { rowIds: [], texts: [], targets, weights };
    const settings = {
      labels: labels.length,
      multiLabel: this.multiLabel,
      labelSmoothing: 0,
      posWeight: 'none',
    } as const;
    const even = new Float32Array(labels.length).fill(1);
    const all = Int32Array.from(rows, (_, place) => place);
    this.inputs = targetInputs(train, all, fit.rows, this.total, settings, even);
    this.done = false;
  }

  /** Some iterations towards the optimum; as many as take less than a tenth of a second unless told otherwise. */
  async improve(iterations = this.promptIterations()): Promise<void> {
    if (!this.fit || this.done) return;
    const { inputs, total, head: start } = this;
    const began = performance.now();
    const found = await this.fit.fit({ inputs, total, C: headC, start, iterations, warm: true });
    // The first makes the plan as well, which takes longer than what it is to tell.
    if (this.planned) this.evaluationMs = (performance.now() - began) / (found.iterations + 1);
    this.planned = true;
    this.done = found.done;
  }

  /** Each evaluates the loss once, rarely more often; so does their start. */
  private promptIterations(): number {
    const evaluations = Math.floor(promptMs / this.evaluationMs);
    return Math.max(1, Math.min(mostPromptIterations, evaluations - 1));
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

  /** Room for the rows and labels, with these rows' vectors in it; labels that stay keep their weights. */
  private async fitFor(labels: readonly string[], rows: number[]): Promise<HeadFit> {
    const { values, dimensions } = this.vectors;
    const same = labels.join('\0') === this.labels.join('\0');
    const known = same && this.fit && this.fit.rows >= rows.length ? this.fit : null;
    if (known && rows.join() === this.placed.join()) return known;
    const room =
      known?.rows ?? Math.min(Math.max(fewestRows, 2 ** Math.ceil(Math.log2(rows.length))), values.length / dimensions);
    const vectors = new Float32Array(room * dimensions);
    rows.forEach((row, place) =>
      vectors.set(values.subarray(row * dimensions, (row + 1) * dimensions), place * dimensions),
    );
    this.placed = rows;
    if (known) {
      known.place(vectors);
      return known;
    }
    const { HeadFit } = await import('../../src/tasks/classifier/encoder/head-fit');
    this.dispose();
    if (!same) this.keepWeights(labels);
    this.evaluationMs = room * labels.length * dimensions * usualEvaluationMs;
    this.planned = false;
    const { device, multiLabel } = this;
    return (this.fit = new HeadFit(device, { vectors, dimensions, labels: labels.length, multiLabel }));
  }

  private keepWeights(labels: readonly string[]): void {
    const { dimensions } = this.vectors;
    const next = new Float64Array(labels.length * (dimensions + 1));
    const before = this.labels.length;
    labels.forEach((label, place) => {
      const from = this.labels.indexOf(label);
      if (from < 0) return;
      next.set(this.head.subarray(from * dimensions, (from + 1) * dimensions), place * dimensions);
      next[labels.length * dimensions + place] = this.head[before * dimensions + from]!;
    });
    this.labels = labels;
    this.head = next;
  }
}
