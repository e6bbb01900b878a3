// Vectors of many texts, fast: sorted by length, few sizes of plans, plans kept for the next call. Reads the weights that lie
// in a session, so a trainer can ask it between two steps. No losses, no gradients.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Device, Prepared, Session } from '../../backends/device';
import { normalizeRows } from '../../kernels/row-geometry';
import type { Plan } from '../../tape/plan';
import { record } from '../../tape/record';
import { Parameters, weightsSlab } from '../parameters';
import { StepContext } from '../step-context';
import { writePlanInputs } from '../step-inputs';
import type { DeclaredEncoder, Encoded, TextEncoder } from './text-encoder';
import { batchesByLength, lengthOf, textCount, type Tokenized } from './tokens';

export interface ReaderOptions {
  /** Vectors of unit length. */
  normalise?: boolean;
  /** Slab the trained weights are read from: "weights", or their average. */
  from?: string;
  /** Read of each text instead of its vector, such as the answers of a head: [rows, columns]. */
  answer?: { columns: number; of: (context: StepContext, encoded: Encoded) => Tensor };
}

export interface ReadOptions {
  /** Called between batches with the number of texts done. May wait, to let other work in; throws to stop. */
  onProgress?: (done: number) => void | Promise<void>;
}

export interface EncoderReader {
  /** One vector (or answer) a text, in the order of the texts, one after another: [texts, dimensions]. */
  read(tokens: Tokenized, options?: ReadOptions): Promise<Float32Array>;
  dispose(): void;
}

/** Tokens of a batch: enough to fill the matrix products, few enough to stay in the cache. */
const tokensOfBatch = 1024;
const mostRows = 64;
/** Plans kept ready; the one not used for longest is given up first. */
const mostPlans = 48;

/** The parameters must lie in the session (parameters.write, or a stepper's). */
export function createReader(
  session: Session,
  parameters: Parameters,
  net: DeclaredEncoder,
  { normalise = false, from = weightsSlab, answer }: ReaderOptions = {},
): EncoderReader {
  const columns = answer?.columns ?? net.dimensions;
  const plans = new Map<string, { plan: Plan; prepared: Prepared }>();
  /** Inputs and answers lie in one place: a second call waits for the first. */
  let turn: Promise<unknown> = Promise.resolve();

  async function planOf(sizes: Record<string, number>): Promise<{ plan: Plan; prepared: Prepared }> {
    const key = JSON.stringify(sizes);
    const known = plans.get(key);
    if (known) {
      plans.delete(key);
      plans.set(key, known);
      return known;
    }
    const plan = record((r) => {
      const context = new StepContext(r, parameters, sizes, false, from);
      const encoded = net.encode(context);
      if (answer) r.output('vectors', answer.of(context, encoded));
      else r.output('vectors', normalise ? normalizeRows(encoded.pooled) : encoded.pooled);
    });
    const made = { plan, prepared: await session.prepare(plan) };
    plans.set(key, made);
    if (plans.size > mostPlans) {
      const [oldest, { prepared }] = plans.entries().next().value!;
      plans.delete(oldest);
      prepared.dispose();
    }
    return made;
  }

  async function read(tokens: Tokenized, { onProgress }: ReadOptions): Promise<Float32Array> {
    const vectors = new Float32Array(textCount(tokens) * columns);
    let done = 0;
    for (const rows of readingBatches(tokens)) {
      const { sizes, inputs } = net.batch(tokens, rows, rowBucket(rows.length));
      const { plan, prepared } = await planOf(sizes);
      writePlanInputs(session, plan, inputs);
      await prepared.run();
      const found = await session.output(prepared, 'vectors');
      rows.forEach((row, i) => vectors.set(found.subarray(i * columns, (i + 1) * columns), row * columns));
      done += rows.length;
      await onProgress?.(done);
    }
    return vectors;
  }

  return {
    read(tokens, options = {}) {
      const next = turn.then(() => read(tokens, options));
      turn = next.catch(() => undefined);
      return next;
    },
    dispose() {
      for (const { prepared } of plans.values()) prepared.dispose();
      plans.clear();
    },
  };
}

/** Rows longest first, as many a batch as fill it. */
export function readingBatches(tokens: Tokenized): Int32Array[] {
  const order = batchesByLength(tokens, Math.max(1, textCount(tokens)))[0] ?? new Int32Array(0);
  const batches: Int32Array[] = [];
  let from = 0;
  let sum = 0;
  order.forEach((row, i) => {
    const length = lengthOf(tokens, row);
    if (i > from && (sum + length > tokensOfBatch || i - from === mostRows)) {
      batches.push(order.subarray(from, i));
      from = i;
      sum = 0;
    }
    sum += length;
  });
  if (from < order.length) batches.push(order.subarray(from));
  return batches;
}

/** Numbers of rows that plans are made for: powers of two and their halves between. */
function rowBucket(rows: number): number {
  let bucket = 1;
  while (bucket < rows) bucket *= 2;
  return bucket >= 4 && rows <= (bucket * 3) / 4 ? (bucket * 3) / 4 : bucket;
}

/** A base at work by itself, for models.embed and for search. */
export interface OpenEncoder {
  embed(texts: readonly string[], options?: ReadOptions & { maxLength?: number }): Promise<Float32Array[]>;
  /** Bytes held on the device. */
  bytes(): number;
  dispose(): void;
}

/** Loads the weights of an encoder into a session of its own. Unit length unless `normalise` is false. */
export function openEncoder(
  device: Device,
  encoder: TextEncoder,
  { normalise = true }: ReaderOptions = {},
): OpenEncoder {
  const parameters = new Parameters();
  const net = encoder.declare(parameters, { frozen: 'encoder' });
  const session = device.session();
  parameters.write(session, net.weights());
  const reader = createReader(session, parameters, net, { normalise });
  return {
    async embed(texts, { maxLength, ...options } = {}) {
      const all = await reader.read(encoder.tokenize(texts, maxLength), options);
      return texts.map((_, i) => all.slice(i * net.dimensions, (i + 1) * net.dimensions));
    },
    bytes: () => session.bytes(),
    dispose() {
      reader.dispose();
      session.dispose();
    },
  };
}

/** Vectors of texts, once. Whoever asks again should keep an OpenEncoder. */
export async function embedTexts(
  device: Device,
  encoder: TextEncoder,
  texts: readonly string[],
  options: ReaderOptions & ReadOptions = {},
): Promise<Float32Array[]> {
  const open = openEncoder(device, encoder, options);
  try {
    return await open.embed(texts, options);
  } finally {
    open.dispose();
  }
}
