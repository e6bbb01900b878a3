// Paired bootstrap: how sure is the difference between models that answered the same rows? Rows with the same
// truth and the same answers form one cell, and cells are resampled, which is the same draw in fewer steps.
import { Rng } from '../rng';
import { quantileOfSorted } from './quantiles';
import { CellResampler } from './random-counts';

export interface Interval {
  observed: number;
  low: number;
  high: number;
  /** Share of resamples at or below zero. */
  pOneSided: number;
}

/** Percentile interval of resampled differences; quantiles interpolate linearly. */
export function percentileInterval(observed: number, resampled: ArrayLike<number>, alpha = 0.05): Interval {
  const sorted = Float64Array.from(resampled).sort();
  let atOrBelow = 0;
  while (atOrBelow < sorted.length && sorted[atOrBelow]! <= 0) atOrBelow++;
  return {
    observed,
    low: quantileOfSorted(sorted, alpha / 2),
    high: quantileOfSorted(sorted, 1 - alpha / 2),
    pOneSided: atOrBelow / sorted.length,
  };
}

/** The stream of the seed that resampling draws from. */
const stream = 0xb007;
export const defaultResamples = 2000;
export type ResampledMetric = 'f1Macro' | 'accuracy';

/**
 * Resamples the rows of several models at once. `answers[model][row]` and `actual[row]` are label indices.
 * `run` may be called in portions, so that a page stays awake between them; the draws are the same however
 * they are portioned.
 */
export class PairedBootstrap {
  private readonly resampler: CellResampler;
  private readonly models: ModelCells[];
  private readonly rng: Rng;
  private readonly hits: Float64Array;
  private readonly drawn: Record<ResampledMetric, number[][]>;
  private readonly observed: Record<ResampledMetric, number[]>;
  private readonly both: Float64Array;
  /** Support plus predicted: the denominator of F1. */
  private readonly either: Float64Array;

  constructor(
    actual: readonly (readonly number[])[],
    answers: readonly (readonly (readonly number[])[])[],
    private readonly labels: number,
    seed: number,
  ) {
    const cells = new Map<string, { row: number; size: number }>();
    actual.forEach((own, row) => {
      const key = [own, ...answers.map((model) => model[row]!)].map((list) => sortedKey(list)).join('|');
      const known = cells.get(key);
      if (known) known.size++;
      else cells.set(key, { row, size: 1 });
    });
    const ordered = [...cells.values()].sort((a, b) => b.size - a.size || a.row - b.row);
    const sizes = Float64Array.from(ordered, (cell) => cell.size);
    this.resampler = new CellResampler(sizes);
    const rows = ordered.map((cell) => cell.row);
    this.models = answers.map((model) => modelCells(rows, actual, model));
    this.rng = new Rng(seed, stream);
    this.hits = new Float64Array(sizes.length);
    this.both = new Float64Array(labels);
    this.either = new Float64Array(labels);
    this.drawn = { f1Macro: answers.map(() => []), accuracy: answers.map(() => []) };
    const whole = this.models.map((model) => this.figures(model, sizes));
    this.observed = { f1Macro: whole.map((one) => one.f1Macro), accuracy: whole.map((one) => one.accuracy) };
  }

  get done(): number {
    return this.drawn.accuracy[0]?.length ?? 0;
  }

  /** Adds `resamples` draws. */
  run(resamples: number): void {
    for (let draw = 0; draw < resamples; draw++) {
      this.resampler.draw(this.rng, this.hits);
      this.models.forEach((cells, model) => {
        const { f1Macro, accuracy } = this.figures(cells, this.hits);
        this.drawn.f1Macro[model]!.push(f1Macro);
        this.drawn.accuracy[model]!.push(accuracy);
      });
    }
  }

  /** 95 % interval of `metric` of a model minus that of the baseline. */
  difference(metric: ResampledMetric, model: number, baseline: number): Interval {
    const own = this.drawn[metric][model]!;
    const other = this.drawn[metric][baseline]!;
    return percentileInterval(
      this.observed[metric][model]! - this.observed[metric][baseline]!,
      own.map((value, draw) => value - other[draw]!),
    );
  }

  /** 95 % interval of one model's own figure. */
  interval(metric: ResampledMetric, model: number): Interval {
    return percentileInterval(this.observed[metric][model]!, this.drawn[metric][model]!);
  }

  private figures(model: ModelCells, hits: Float64Array): { f1Macro: number; accuracy: number } {
    const { both, either } = this;
    both.fill(0);
    either.fill(0);
    let rows = 0;
    let exact = 0;
    for (let cell = 0; cell < hits.length; cell++) {
      const hit = hits[cell]!;
      if (hit === 0) continue;
      rows += hit;
      if (model.right[cell]) exact += hit;
      for (let at = model.eitherFrom[cell]!; at < model.eitherFrom[cell + 1]!; at++) either[model.either[at]!]! += hit;
      for (let at = model.bothFrom[cell]!; at < model.bothFrom[cell + 1]!; at++) both[model.both[at]!]! += hit;
    }
    let sum = 0;
    for (let label = 0; label < this.labels; label++)
      if (either[label]! > 0) sum += (2 * both[label]!) / either[label]!;
    return { f1Macro: sum / Math.max(1, this.labels), accuracy: rows === 0 ? 0 : exact / rows };
  }
}

/** What a hit of each cell adds for one model, flat: labels of cell c are `either[eitherFrom[c] … eitherFrom[c+1])`. */
interface ModelCells {
  right: Uint8Array;
  either: Int32Array;
  eitherFrom: Int32Array;
  both: Int32Array;
  bothFrom: Int32Array;
}

function modelCells(
  rows: readonly number[],
  actual: readonly (readonly number[])[],
  answers: readonly (readonly number[])[],
): ModelCells {
  const either: number[] = [];
  const both: number[] = [];
  const eitherFrom = [0];
  const bothFrom = [0];
  const right = rows.map((row) => {
    const own = actual[row]!;
    const got = answers[row]!;
    const shared = got.filter((label) => own.includes(label));
    either.push(...own, ...got);
    both.push(...shared);
    eitherFrom.push(either.length);
    bothFrom.push(both.length);
    return shared.length === own.length && got.length === own.length ? 1 : 0;
  });
  return {
    right: Uint8Array.from(right),
    either: Int32Array.from(either),
    eitherFrom: Int32Array.from(eitherFrom),
    both: Int32Array.from(both),
    bothFrom: Int32Array.from(bothFrom),
  };
}

function sortedKey(labels: readonly number[]): string {
  return labels.length < 2 ? String(labels[0] ?? '') : [...labels].sort((a, b) => a - b).join(',');
}
