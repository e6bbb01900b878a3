// A step in parts whose texts all see each other (GradCache, Gao et al. 2021): vectors of all parts first, then the loss and
// its gradient with respect to the vectors, then each part once more with that gradient handed in. The gradient of the weights
// is that of the whole batch. Also the way of losses that choose their pairs by the vectors.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Prepared, Session } from '../../../workers/backends/device';
import { multiply } from '../../../workers/kernels/arithmetic';
import { dropoutControl } from '../../../workers/kernels/dropout';
import { sum } from '../../../workers/kernels/sum';
import { createGradients } from '../../../workers/ml/gradients';
import type { EncoderBatch } from '../../../workers/ml/encoder/text-encoder';
import { Parameters } from '../../../workers/ml/parameters';
import { StepContext, withSegments, type Lookup, type StepInputs } from '../../../workers/ml/step-context';
import { writePlanInputs } from '../../../workers/ml/step-inputs';
import type { Plan } from '../../../workers/tape/plan';
import { record } from '../../../workers/tape/record';

const cotangent = 'cotangent';

export interface CachedStepOptions {
  parameters: Parameters;
  dimensions: number;
  seed: number;
  /** Vectors of a part: [rows, dimensions]. */
  encode(c: StepContext): Tensor;
  /** Loss of all parts' vectors. */
  loss(c: StepContext, vectors: Tensor): Tensor;
}

/** Loss whose gradient is the one handed in: what the stepper of a cached step is given. */
export const handedIn = (c: StepContext, vectors: Tensor): Tensor =>
  sum(multiply(vectors, c.input(cotangent, vectors.shape)));

interface ForwardPlan {
  plan: Plan;
  prepared: Prepared;
  lookups: Lookup[];
}

export interface CachedStep {
  loss: number;
  /** The parts' inputs for the stepper, each with its rows of the gradient. */
  microBatches: StepInputs[];
}

export function createCachedStep(session: Session, { parameters, dimensions, seed, encode, loss }: CachedStepOptions) {
  const plans = new Map<string, Promise<ForwardPlan>>();
  const gradients = createGradients(session, {
    parameters: new Parameters(),
    loss: (c) => loss(c, c.watch('vectors', c.input('vectors', [c.size('all'), dimensions]))),
    watched: ['vectors'],
  });

  function forward(sizes: Record<string, number>): Promise<ForwardPlan> {
    const key = JSON.stringify(sizes);
    const known = plans.get(key);
    if (known) return known;
    const lookups: Lookup[] = [];
    const made = (async () => {
      const plan = record((r) => {
        // As in training: what is dropped out must be the same in both passes.
        const context = new StepContext(r, parameters, sizes, true);
        r.output('vectors', encode(context));
        lookups.push(...context.lookups.values());
      });
      return { plan, prepared: await session.prepare(plan), lookups };
    })();
    plans.set(key, made);
    made.catch(() => plans.delete(key));
    return made;
  }

  /**
   * `parts`: equal sizes; part i holds `rows[i]` of all rows, in order. `more`: inputs of the loss, from all vectors
   * [all, dimensions]. `step`: the stepper's own number of this step.
   */
  async function run(
    parts: readonly EncoderBatch[],
    rows: readonly number[],
    {
      sizes,
      step,
      more,
    }: {
      sizes: Record<string, number>;
      step: number;
      more: (vectors: Float32Array) => StepInputs;
    },
  ): Promise<CachedStep> {
    const all = rows.reduce((total, count) => total + count, 0);
    const vectors = new Float32Array(all * dimensions);
    let at = 0;
    for (const [i, part] of parts.entries()) {
      const { plan, prepared, lookups } = await forward(part.sizes);
      const inputs = withSegments({ ...part.inputs, randomKey: dropoutControl(seed, step, i) }, lookups);
      writePlanInputs(session, plan, inputs);
      await prepared.run();
      const found = await session.output(prepared, 'vectors');
      vectors.set(found.subarray(0, rows[i]! * dimensions), at);
      at += rows[i]! * dimensions;
    }
    const found = await gradients.at({ vectors, ...more(vectors) }, { ...sizes, all });
    const gradient = found.watched['vectors']!.gradient;
    at = 0;
    const microBatches = parts.map((part, i) => {
      const own = new Float32Array(part.sizes['rows']! * dimensions);
      own.set(gradient.subarray(at, at + rows[i]! * dimensions));
      at += rows[i]! * dimensions;
      return { ...part.inputs, [cotangent]: own };
    });
    return { loss: found.loss, microBatches };
  }

  return { run };
}

export type CachedStepper = ReturnType<typeof createCachedStep>;
