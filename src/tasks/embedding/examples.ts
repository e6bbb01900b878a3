// What a run learns from: the rows as examples of its loss, epoch by epoch, a pure function of rows, seed and epoch. Texts are
// numbers here, since each is tokenised once. Pairs from classes are in pairs.ts, arrays of a step in batch.ts.
import { RecipeError } from '../../contract/errors';
import { Rng } from '../../lib/rng';
import { formNames, type EmbeddingData, type EmbeddingRows, type RowForm } from './data';
import { Unique } from './evaluation';
import { alikePairs, classOrder, otherPairs } from './pairs';
import type { EmbeddingConfig } from './spec';

export type LossName = Exclude<EmbeddingConfig['loss'], 'auto'>;

/** pairs: two texts and how alike they are · anchors: a text, its partner and perhaps a negative · texts: one text. */
export type ExampleKind = 'pairs' | 'anchors' | 'texts';

export const kindOf: Record<LossName, ExampleKind> = {
  contrastive: 'pairs',
  cosent: 'pairs',
  'cosine-similarity': 'pairs',
  'multiple-negatives': 'anchors',
  triplet: 'anchors',
  simcse: 'texts',
  distillation: 'texts',
};

/** The loss that suits the rows, where none was chosen. */
export const usualLoss: Record<RowForm, LossName> = {
  'scored-pairs': 'cosent',
  pairs: 'multiple-negatives',
  triplets: 'multiple-negatives',
  labelled: 'multiple-negatives',
  texts: 'simcse',
};

/** Examples side by side; texts by number. `third` -1 and `group` -1: none. */
export interface Epoch {
  first: Int32Array;
  second: Int32Array;
  third: Int32Array;
  /** 0 to 1, pairs only. */
  scores: Float32Array;
  /** Class of both texts, where the rows have classes. */
  group: Int32Array;
}

const none = (count: number): Int32Array => new Int32Array(count).fill(-1);

interface Source {
  /** The same number in every epoch. */
  count: number;
  epoch(epoch: number): Epoch;
  /** Whether any example has a negative of its own. */
  hasThird: boolean;
}

export interface Examples extends Source {
  loss: LossName;
  /** All texts that are trained on, by number. */
  texts: readonly string[];
  /** Numbers of the texts that are known to belong to a text, itself included. */
  partners(text: number): ReadonlySet<number>;
}

/** RecipeError where the loss cannot be learned from such rows. */
export function examplesFor({ form, labels, splits }: EmbeddingData, config: EmbeddingConfig, seed: number): Examples {
  const loss = config.loss === 'auto' ? usualLoss[form] : config.loss;
  const kind = kindOf[loss];
  if (form === 'texts' && kind !== 'texts')
    throw new RecipeError(
      `The loss "${loss}" needs pairs, triplets or labels, and the rows are ${formNames[form]}. Choose simcse, or map columns of pairs under Data.`,
    );
  const rows = splits.train;
  const unique = new Unique();
  const [first, second, third] = [rows.first, rows.second, rows.third].map((list) =>
    Int32Array.from(list, (text) => (text === '' ? -1 : unique.place(text))),
  ) as [Int32Array, Int32Array, Int32Array];
  const numbered = { ...rows, first, second, third };
  const source =
    kind === 'texts'
      ? textSource(unique.list.length)
      : kind === 'pairs'
        ? pairSource(form, numbered, labels.length, seed)
        : anchorSource(form, numbered, labels.length, config.alikeFrom, seed);
  if (source.count < 2)
    throw new RecipeError(
      `With the loss "${loss}" these rows give ${source.count} examples to learn from; at least 2 are needed. Add rows, or choose another loss.`,
    );
  const known = new Map<number, Set<number>>();
  const belong = (a: number, b: number): void => {
    known.set(a, (known.get(a) ?? new Set([a])).add(b));
  };
  const alike = (i: number): boolean => form !== 'scored-pairs' || rows.values[i]! >= config.alikeFrom;
  second.forEach((b, i) => {
    if (!alike(i)) return;
    belong(first[i]!, b);
    belong(b, first[i]!);
  });
  return {
    ...source,
    loss,
    texts: unique.list,
    partners: (text) => known.get(text) ?? new Set([text]),
  };
}

type Numbered = Omit<EmbeddingRows, 'first' | 'second' | 'third'> & Record<'first' | 'second' | 'third', Int32Array>;

function textSource(count: number): Source {
  const first = Int32Array.from({ length: count }, (_, i) => i);
  const epoch: Epoch = {
    ...{ first, second: first, third: none(count), group: none(count) },
    scores: new Float32Array(count).fill(1),
  };
  return { count, hasThird: false, epoch: () => epoch };
}

function pairSource(form: RowForm, rows: Numbered, classes: number, seed: number): Source {
  const { first, second, third } = rows;
  if (form === 'scored-pairs') {
    const scores = Float32Array.from(rows.values);
    const made = { first, second, scores, third: none(first.length), group: none(first.length) };
    return { count: first.length, hasThird: false, epoch: () => made };
  }
  const order = form === 'labelled' ? classOrder(rows.values, classes, seed) : null;
  const pairsOf = (epoch: number): { alike: Int32Array; others: Int32Array } => {
    if (order) {
      const texts = (pairs: Int32Array): Int32Array => pairs.map((row) => first[row]!);
      return { alike: texts(alikePairs(order, epoch)), others: texts(otherPairs(order, epoch)) };
    }
    const alike = new Int32Array(2 * first.length);
    const others = new Int32Array(2 * first.length);
    const shift = 1 + (epoch % Math.max(1, first.length - 1));
    first.forEach((a, i) => {
      alike.set([a, second[i]!], 2 * i);
      // The row's own negative where it has one, else another row's positive, in each epoch another's.
      const own = third[i] ?? -1;
      others.set([a, own >= 0 ? own : second[(i + shift) % first.length]!], 2 * i);
    });
    return { alike, others };
  };
  const sizes = pairsOf(0);
  const count = (sizes.alike.length + sizes.others.length) / 2;
  return {
    count,
    hasThird: false,
    epoch(epoch) {
      const { alike, others } = pairsOf(epoch);
      const all = Int32Array.from([...alike, ...others]);
      return {
        first: all.filter((_, i) => i % 2 === 0),
        second: all.filter((_, i) => i % 2 === 1),
        scores: Float32Array.from({ length: count }, (_, i) => (i < alike.length / 2 ? 1 : 0)),
        third: none(count),
        group: none(count),
      };
    },
  };
}

function anchorSource(form: RowForm, rows: Numbered, classes: number, alikeFrom: number, seed: number): Source {
  const { first, second, third, values } = rows;
  if (form === 'labelled') {
    const order = classOrder(values, classes, seed);
    const made = (epoch: number): Epoch => {
      const pairs = alikePairs(order, epoch);
      const count = pairs.length / 2;
      const at = (place: 0 | 1): Int32Array => Int32Array.from({ length: count }, (_, i) => pairs[2 * i + place]!);
      return {
        first: at(0).map((row) => first[row]!),
        second: at(1).map((row) => first[row]!),
        third: none(count),
        scores: new Float32Array(count).fill(1),
        group: at(0).map((row) => values[row]!),
      };
    };
    return { count: made(0).first.length, hasThird: false, epoch: made };
  }
  const chosen = Array.from(first.keys()).filter((i) => form !== 'scored-pairs' || values[i]! >= alikeFrom);
  const take = (from: Int32Array): Int32Array => Int32Array.from(chosen, (i) => from[i] ?? -1);
  const made = {
    ...{ first: take(first), second: take(second), third: take(third), group: none(chosen.length) },
    scores: new Float32Array(chosen.length).fill(1),
  };
  return { count: chosen.length, hasThird: made.third.some((text) => text >= 0), epoch: () => made };
}

/** Stream of the seed: epoch e uses stream + e. */
const orderStream = 0x0de7;

export interface Chosen extends Epoch {
  count: number;
}

/** The examples of each step: an epoch is a permutation, cut into steps of nearly equal size. */
export class Steps {
  readonly perEpoch: number;
  private current: { epoch: number; order: Int32Array; examples: Epoch } | null = null;

  constructor(
    private readonly examples: Examples,
    private readonly seed: number,
    readonly size: number,
  ) {
    this.perEpoch = Math.max(1, Math.ceil(examples.count / size));
  }

  /** Where the order stands before `step`, for a checkpoint. */
  cursor(step: number): { epoch: number; stream: number; example: number } {
    const epoch = Math.floor(step / this.perEpoch);
    return { epoch, stream: orderStream + epoch, example: this.bounds(step)[0] };
  }

  at(step: number): Chosen {
    const { epoch, stream } = this.cursor(step);
    if (this.current?.epoch !== epoch) {
      const order = Int32Array.from({ length: this.examples.count }, (_, i) => i);
      this.current = { epoch, order: new Rng(this.seed, stream).shuffle(order), examples: this.examples.epoch(epoch) };
    }
    const { order, examples } = this.current;
    const rows = order.subarray(...this.bounds(step));
    const take = <T extends Int32Array | Float32Array>(from: T, into: T): T => {
      rows.forEach((row, i) => (into[i] = from[row]!));
      return into;
    };
    const fresh = (): Int32Array => new Int32Array(rows.length);
    return {
      count: rows.length,
      first: take(examples.first, fresh()),
      second: take(examples.second, fresh()),
      third: take(examples.third, fresh()),
      group: take(examples.group, fresh()),
      scores: take(examples.scores, new Float32Array(rows.length)),
    };
  }

  /** Nearly equal parts, so that no step is left with a single example, which has nothing to be told apart from. */
  private bounds(step: number): [number, number] {
    const within = step % this.perEpoch;
    const { count } = this.examples;
    return [Math.floor((within * count) / this.perEpoch), Math.floor(((within + 1) * count) / this.perEpoch)];
  }
}
