// What model code sees while a step is recorded: weights by name, inputs by name, rows of tables. The same model function
// records a training step, an evaluation and a prediction.
import type { Tensor } from '@tensorflow/tfjs-core';
import { dropout } from '../kernels/dropout';
import { embedding, segmentSum } from '../kernels/embedding';
import { embeddingBag } from '../kernels/embedding-bag';
import type { Dtype } from '../kernels/kernel';
import { segmentBags, segment, segmentWords } from '../kernels/segments';
import { call } from '../tape/call';
import type { Recorder } from '../tape/record';
import { reshape } from '../tape/reshape';
import { streamOf } from './initialisers';
import { copyOfSlab, weightsSlab, type Parameters, type PlacedParameter } from './parameters';

/** Inputs of a step by name, as the host writes them. */
export type StepInputs = Readonly<Record<string, Float32Array | Int32Array>>;

/** What the host computes from the ids of a lookup before each step (kernels/segments.ts). */
export interface Lookup {
  input: string;
  vocabulary: number;
  padding: number;
  /** Number of bags, or 0 where the ids are looked up one by one. */
  bags: number;
}

/** Rows of a row-sparse table that this step reads: their gradient is taken with respect to `rows`. */
export interface TouchedRows {
  /** Name of the input with the ids. */
  input: string;
  table: PlacedParameter;
  rows: Tensor;
  segments: Tensor;
  /** Weights of bag entries in the order of the segments. */
  sorted?: Tensor;
}

export class StepContext {
  readonly touched: TouchedRows[] = [];
  readonly lookups = new Map<string, Lookup>();
  /** Values by the names that `watch` gave them. */
  readonly watched = new Map<string, Tensor>();
  private readonly views = new Map<string, Tensor>();
  private reading = new Set<Tensor>();

  constructor(
    readonly recorder: Recorder,
    readonly parameters: Parameters,
    /** Sizes that differ from plan to plan, such as batch and length. */
    readonly sizes: Readonly<Record<string, number>>,
    /** False for evaluation and prediction: no dropout, nothing prepared for gradients. */
    readonly training: boolean,
    /** What the trained weights are read from: "weights", or the name of their average. */
    private readonly from = weightsSlab,
  ) {}

  /** A size of this plan. Throws where the step was not given it. */
  size(name: string): number {
    const size = this.sizes[name];
    if (size === undefined) throw new Error(`This step was not told the size "${name}".`);
    return size;
  }

  /** An array the host writes before each run. */
  input(name: string, shape: readonly number[], dtype: Dtype = 'float32'): Tensor {
    return this.recorder.input(name, shape, dtype);
  }

  /** A parameter as a whole. Row-sparse tables are read by `gather` and `bag` only while training. */
  weight(name: string): Tensor {
    const parameter = this.parameters.placed(name);
    if (this.training && parameter.group === 'rows')
      throw new Error(`"${name}" is trained by rows: read it with gather() or bag().`);
    return this.view(parameter);
  }

  /** The trained weights that `work` reads, each once. */
  weightsReadBy(work: () => unknown): Tensor[] {
    const outer = this.reading;
    const inner = new Set<Tensor>();
    this.reading = inner;
    try {
      work();
    } finally {
      this.reading = outer;
    }
    return [...inner];
  }

  /**
   * Rows of a table: ids int32 [shape] come in the input `input` → [...shape, dim]. A row-sparse table can be gathered from
   * once a step: give all ids together and take the result apart.
   */
  gather(table: string, input: string, shape: readonly number[], padding = -1): Tensor {
    const parameter = this.parameters.placed(table);
    const ids = this.input(input, shape, 'int32');
    const attrs = { padding };
    const view = this.view(parameter);
    if (!this.training || parameter.group === 'frozen') return call(embedding, [view, ids], attrs)[0]!;
    const segments = this.segments({ input, vocabulary: parameter.shape[0]!, padding, bags: 0 }, count(shape));
    if (parameter.group !== 'rows') return call(embedding, [view, ids, segments], attrs)[0]!;
    const rows = call(embedding, [view, ids], attrs)[0]!;
    this.touch({ input, table: parameter, rows, segments });
    return rows;
  }

  /**
   * Weighted sums of rows: the input `input` holds starts [bags + 1] and ids [entries], the input `${input}.weights` the
   * entries' weights → [bags, dim]. Entries after the last start are padding.
   */
  bag(table: string, input: string, bags: number, entries: number): Tensor {
    const parameter = this.parameters.placed(table);
    const packed = this.input(input, [bags + 1 + entries], 'int32');
    const weights = this.input(`${input}.weights`, [entries]);
    const view = this.view(parameter);
    if (!this.training || parameter.group === 'frozen') return call(embeddingBag, [view, packed, weights], {})[0]!;
    const segments = this.segments({ input, vocabulary: parameter.shape[0]!, padding: -1, bags }, entries);
    const sorted = this.input(`${input}.sorted`, [entries]);
    if (parameter.group !== 'rows') return call(embeddingBag, [view, packed, weights, segments, sorted], {})[0]!;
    const rows = call(embeddingBag, [view, packed, weights], {})[0]!;
    this.touch({ input, table: parameter, rows, segments, sorted });
    return rows;
  }

  /** Counter of the random numbers of this step, for dropout: int32 [seed low, seed high, step, micro-batch]. */
  get randomKey(): Tensor {
    return this.input('randomKey', [4], 'int32');
  }

  /**
   * While training sets a share `rate` of x to 0. The name tells layers apart and must be the layer's own: adding a layer
   * then changes no other's mask.
   */
  dropout(name: string, x: Tensor, rate: number): Tensor {
    if (!this.training || rate === 0) return x;
    return this.scope(name, () => dropout(x, this.randomKey, { rate, stream: streamOf(name) }));
  }

  /**
   * Marks a value whose gradient may be asked for later (gradients.ts), such as the embeddings of a text's tokens, and gives
   * it back: what follows must be computed from the tensor returned. Costs nothing where nobody asks.
   */
  watch(name: string, x: Tensor): Tensor {
    if (this.watched.has(name)) throw new Error(`Two values are watched as "${name}".`);
    this.watched.set(name, x);
    return x;
  }

  /** Parameters read so far, as a whole or by rows. */
  get readParameters(): ReadonlyMap<string, Tensor> {
    return this.views;
  }

  /** Calls inside, and their gradients, carry this name in the profiler. */
  scope<T>(name: string, work: () => T): T {
    return this.recorder.scope(name, work);
  }

  private view(parameter: PlacedParameter): Tensor {
    const trained = parameter.group !== 'frozen' && this.from !== weightsSlab;
    const slab = trained ? copyOfSlab(this.from, parameter.slab) : parameter.slab;
    const view = this.views.get(parameter.name) ?? this.recorder.persistent(slab, parameter.offset, parameter.shape);
    this.views.set(parameter.name, view);
    if (parameter.slab === weightsSlab) this.reading.add(view);
    return view;
  }

  private segments(lookup: Lookup, entries: number): Tensor {
    const known = this.lookups.get(lookup.input);
    if (
      known &&
      (known.vocabulary !== lookup.vocabulary || known.padding !== lookup.padding || known.bags !== lookup.bags)
    )
      throw new Error(`The ids "${lookup.input}" are looked up in tables of different sizes: give them two names.`);
    this.lookups.set(lookup.input, lookup);
    return this.input(`${lookup.input}.segments`, [segmentWords(entries)], 'int32');
  }

  private touch(rows: TouchedRows): void {
    if (this.touched.some(({ table }) => table.name === rows.table.name))
      throw new Error(`"${rows.table.name}" was read twice in one step: gather all ids at once and slice the rows.`);
    this.touched.push(rows);
  }
}

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Gradient rows of a table, one for each of its distinct ids. */
export const touchedGradient = ({ segments, sorted }: TouchedRows, gradient: Tensor): Tensor => {
  const dim = gradient.shape.at(-1)!;
  return segmentSum(reshape(gradient, [gradient.size / dim, dim]), segments, sorted);
};

/** Inputs with what lookups need besides, made from their ids. */
export function withSegments(inputs: StepInputs, lookups: Iterable<Lookup>): StepInputs {
  const all: Record<string, Float32Array | Int32Array> = { ...inputs };
  for (const { input, vocabulary, padding, bags } of lookups) {
    const ids = inputs[input];
    if (!(ids instanceof Int32Array)) throw new TypeError(`The ids "${input}" must be given as Int32Array.`);
    const entries = bags === 0 ? ids.length : ids.length - 1 - bags;
    const segments = new Int32Array(segmentWords(entries));
    all[`${input}.segments`] = segments;
    if (bags === 0) segment(ids, vocabulary, segments, padding);
    else {
      const weights = inputs[`${input}.weights`];
      if (!(weights instanceof Float32Array)) throw new TypeError(`The weights of "${input}" must be a Float32Array.`);
      const sorted = new Float32Array(entries);
      segmentBags(ids, weights, vocabulary, segments, sorted);
      all[`${input}.sorted`] = sorted;
    }
  }
  return all;
}
