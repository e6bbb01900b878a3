// Which rows a step sees, and their arrays. Order is a pure function of seed and epoch, so a checkpoint needs only the
// step's number.
import type { StepInputs } from '../../../workers/ml/step-context';
import { Rng } from '../../lib/rng';
import type { TaskRows } from '../task';
import {
  bytesOf,
  largerSizes,
  packTexts,
  sizesOf,
  type EncodedTexts,
  type TextReader,
  type TextSizes,
} from './encoded';
import { positiveWeights, targetInputs, type TargetSettings } from './targets';

/** Stream of the seed: epoch e uses stream + e. */
const orderStream = 0x0de7;
/** Rows looked at ahead, over as many epochs as that is: a tenth of a second. */
const lookedAhead = 1_000_000;

export interface Batch {
  microBatches: StepInputs[];
  sizes: { rows: number } & TextSizes;
}

export class Batches {
  readonly stepsPerEpoch: number;
  private readonly usual: TextSizes | null;
  private readonly positives: Float32Array;
  private order: { epoch: number; rows: Int32Array } | null = null;

  constructor(
    private readonly train: TaskRows,
    private readonly reader: TextReader,
    /** All training texts, or null where they are too many to be kept: those of a step are then encoded at the step. */
    private readonly kept: EncodedTexts | null,
    private readonly settings: TargetSettings & {
      seed: number;
      batchSize: number;
      accumulation: number;
      epochs: number;
    },
  ) {
    this.positives = positiveWeights(train, settings.labels, settings.posWeight);
    const perStep = settings.batchSize * settings.accumulation;
    this.stepsPerEpoch = Math.max(1, Math.ceil(train.rowIds.length / perStep));
    this.usual = this.largestOfFirstEpochs(
      Math.min(settings.epochs, Math.ceil(lookedAhead / Math.max(1, train.rowIds.length))),
    );
  }

  /** The size that nearly every step fits, so that one plan is all there is: no memory grows and nothing compiles later. */
  private largestOfFirstEpochs(epochs: number): TextSizes | null {
    if (!this.kept) return null;
    const { batchSize } = this.settings;
    let most = sizesOf(this.kept, []);
    for (let step = 0; step < this.stepsPerEpoch * epochs; step++) {
      const rows = this.rowsOf(step);
      for (let from = 0; from < rows.length; from += batchSize)
        most = largerSizes(most, sizesOf(this.kept, rows.subarray(from, from + batchSize)));
    }
    return most;
  }

  /** Bytes of the rows as they are kept. */
  get bytes(): number {
    return this.kept ? bytesOf(this.kept) : 0;
  }

  /** Rows of a micro-batch: never more than there are. */
  get rows(): number {
    return Math.min(this.settings.batchSize, Math.max(1, this.train.rowIds.length));
  }

  /** Where the order stands before `step`, for a checkpoint. */
  cursor(step: number): { epoch: number; row: number; stream: number } {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const row = (step % this.stepsPerEpoch) * this.settings.batchSize * this.settings.accumulation;
    return { epoch, row, stream: orderStream + epoch };
  }

  /** The rows of a step in one or more micro-batches of one size; weights of all rows of the step sum to 1. */
  at(step: number): Batch {
    const { batchSize } = this.settings;
    const rows = this.rowsOf(step);
    const texts = this.kept ?? this.reader.encode(Array.from(rows, (row) => this.train.texts[row]!));
    const places = this.kept ? rows : rows.map((_, i) => i);
    let total = 0;
    for (const row of rows) total += this.train.weights[row]!;
    const parts: { rows: Int32Array; places: Int32Array }[] = [];
    for (let from = 0; from < rows.length; from += batchSize)
      parts.push({ rows: rows.subarray(from, from + batchSize), places: places.subarray(from, from + batchSize) });
    const needed = parts.map((part) => sizesOf(texts, part.places)).reduce(largerSizes);
    const sizes = { rows: this.rows, ...(this.usual ? largerSizes(needed, this.usual) : needed) };
    const microBatches = parts.map((part) => ({
      ...packTexts(texts, part.places, sizes.rows, sizes),
      ...targetInputs(this.train, part.rows, sizes.rows, total, this.settings, this.positives),
    }));
    return { microBatches, sizes };
  }

  /** Each epoch is a permutation of its own; the last step may have fewer rows. */
  private rowsOf(step: number): Int32Array {
    const { epoch, row, stream } = this.cursor(step);
    if (this.order?.epoch !== epoch) {
      const rows = Int32Array.from(this.train.rowIds, (_, i) => i);
      this.order = { epoch, rows: new Rng(this.settings.seed, stream).shuffle(rows) };
    }
    return this.order.rows.subarray(row, row + this.settings.batchSize * this.settings.accumulation);
  }
}
