// Which rows a step sees, as tokens. Order is a pure function of seed and epoch, so a checkpoint needs only the step's number.
// Texts of most families lie side by side without padding; where they are padded to the longest, rows of like length come
// together, within windows.
import { bucketOf, lengthOf, textCount, type Tokenized } from '../../../../workers/ml/encoder/tokens';
import { largestSizes, type DeclaredEncoder } from '../../../../workers/ml/encoder/text-encoder';
import type { StepInputs } from '../../../../workers/ml/step-context';
import { Rng } from '../../../lib/rng';
import type { TaskRows } from '../../task';
import { positiveWeights, targetInputs, type TargetSettings } from '../targets';

/** Stream of the seed: epoch e uses stream + e. */
const orderStream = 0x0de7;
/** Batches whose rows are sorted among themselves: enough for like lengths, few enough that an epoch stays mixed. */
const windowBatches = 16;

export interface EncoderBatch {
  microBatches: StepInputs[];
  sizes: Record<string, number>;
}

export interface BatchSettings extends TargetSettings {
  seed: number;
  batchSize: number;
  accumulation: number;
  /** Texts are padded to the longest of their batch, so like lengths should meet. */
  sortByLength: boolean;
  /** Tokens of a batch are rounded up to these, so that few plans are needed. */
  leastTokens: number;
}

export class EncoderBatches {
  readonly stepsPerEpoch: number;
  private readonly positives: Float32Array;
  private order: { epoch: number; rows: Int32Array } | null = null;

  constructor(
    private readonly train: TaskRows,
    private readonly tokens: Tokenized,
    private readonly encoder: DeclaredEncoder,
    private readonly settings: BatchSettings,
  ) {
    this.positives = positiveWeights(train, settings.labels, settings.posWeight);
    this.stepsPerEpoch = Math.max(1, Math.ceil(textCount(tokens) / this.perStep));
  }

  private get perStep(): number {
    return this.settings.batchSize * this.settings.accumulation;
  }

  /** Rows of a micro-batch: never more than there are. */
  get rows(): number {
    return Math.min(this.settings.batchSize, Math.max(1, textCount(this.tokens)));
  }

  /** Bytes of the rows as they are kept. */
  get bytes(): number {
    return this.tokens.ids.byteLength + this.tokens.offsets.byteLength;
  }

  /** Where the order stands before `step`, for a checkpoint. */
  cursor(step: number): { epoch: number; row: number; stream: number } {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    return { epoch, row: (step % this.stepsPerEpoch) * this.perStep, stream: orderStream + epoch };
  }

  /** The rows of a step in one or more micro-batches of one size; weights of all rows of the step sum to 1. */
  at(step: number): EncoderBatch {
    const rows = this.rowsOf(step);
    let total = 0;
    for (const row of rows) total += this.train.weights[row]!;
    const parts: Int32Array[] = [];
    for (let from = 0; from < rows.length; from += this.settings.batchSize)
      parts.push(rows.subarray(from, from + this.settings.batchSize));
    const make = (least?: Record<string, number>) =>
      parts.map((part) => this.encoder.batch(this.tokens, part, this.rows, least));
    const first = largestSizes(make());
    if (first['length'] !== undefined) first['length'] = bucketOf(first['length'], this.settings.leastTokens);
    const batches = make(first);
    return {
      sizes: largestSizes(batches),
      microBatches: batches.map(({ inputs }, i) => ({
        ...inputs,
        ...targetInputs(this.train, parts[i]!, this.rows, total, this.settings, this.positives),
      })),
    };
  }

  /** Each epoch is a permutation of its own; the last step may have fewer rows. */
  rowsOf(step: number): Int32Array {
    const { epoch, row } = this.cursor(step);
    if (this.order?.epoch !== epoch) this.order = { epoch, rows: this.orderOf(epoch) };
    return this.order.rows.subarray(row, row + this.perStep);
  }

  private orderOf(epoch: number): Int32Array {
    const { seed, batchSize, sortByLength } = this.settings;
    const random = new Rng(seed, orderStream + epoch);
    const rows = random.shuffle(Int32Array.from({ length: textCount(this.tokens) }, (_, i) => i));
    if (!sortByLength) return rows;
    const window = windowBatches * batchSize;
    const sorted: Int32Array[] = [];
    for (let from = 0; from < rows.length; from += window) {
      // Stable: rows of one length stay in the order of the draw.
      const own = rows.slice(from, from + window).sort((a, b) => lengthOf(this.tokens, a) - lengthOf(this.tokens, b));
      const batches = Array.from({ length: Math.ceil(own.length / batchSize) }, (_, i) =>
        own.subarray(i * batchSize, (i + 1) * batchSize),
      );
      // A batch that is not full stays last, so that only the epoch's last one is smaller.
      const whole = batches.filter(({ length }) => length === batchSize);
      sorted.push(...random.shuffle(whole), ...batches.slice(whole.length));
    }
    return Int32Array.from(sorted.flatMap((batch) => [...batch]));
  }
}
