// The plans of an optimizer step: loss and gradients of a micro-batch, the update, or both in one. What a trainer uses
// is step.ts.
import type { Tensor } from '@tensorflow/tfjs-core';
import { gradientControl, squaredNorm } from '../kernels/gradient-control';
import { controlWords, hyperWords, logRows, logWords, scalerWords } from '../kernels/optimizer-layout';
import { accumulate, averageWeights } from '../kernels/slab-update';
import { scaleLoss, stepLog } from '../kernels/step-log';
import { call } from '../tape/call';
import type { Plan } from '../tape/plan';
import { record, type Recorder } from '../tape/record';
import { slabAlignment } from '../tape/recording';
import { RecipeError } from '../../src/contract/errors';
import { stateLayout, type Optimizer } from './optimizer';
import { tableSlab, weightsSlab, type Parameters } from './parameters';
import { StepContext, touchedGradient, type Lookup } from './step-context';

export const slabs = {
  gradients: 'gradients',
  newGradients: 'gradients.new',
  loss: 'loss',
  scaler: 'scaler',
  log: 'log',
  average: 'average',
} as const;
/** Slab of what the optimizer remembers of the dense weights, or of a table. */
export const stateSlab = (state: string, table?: string): string =>
  table === undefined ? state : `${state}/${tableSlab(table)}`;

/** The loss of a micro-batch, one number: a mean, or a sum where the caller gives the gradient factor. */
export type LossFunction = (context: StepContext) => Tensor;

export interface StepShape {
  parameters: Parameters;
  optimizer: Optimizer;
  loss: LossFunction;
  scaled: boolean;
  averaged: boolean;
  decayRows: boolean;
}

export interface StepPlan {
  plan: Plan;
  lookups: Lookup[];
}

/** Loss, gradients and update in one plan. */
export function recordWhole(shape: StepShape, sizes: Readonly<Record<string, number>>): StepPlan {
  const lookups: Lookup[] = [];
  const plan = record((r) => {
    const context = new StepContext(r, shape.parameters, sizes, true);
    const { loss, rows } = recordGradients(r, context, shape, slabs.gradients);
    lookups.push(...context.lookups.values());
    recordUpdate(r, shape, loss, context, rows);
  });
  return { plan, lookups };
}

/** Loss and gradients of one micro-batch, added to those of the step. Its input "keep" is 0 for the first one. */
export function recordMicroBatch(shape: StepShape, sizes: Readonly<Record<string, number>>): StepPlan {
  const lookups: Lookup[] = [];
  const { words } = shape.parameters.layout();
  const plan = record((r) => {
    const context = new StepContext(r, shape.parameters, sizes, true);
    const { loss } = recordGradients(r, context, shape, slabs.newGradients);
    if (context.touched.length)
      throw new Error('Row-sparse tables are updated at once: use one micro-batch a step, or a dense table.');
    lookups.push(...context.lookups.values());
    const keep = r.input('keep', [1]);
    const sum = r.persistent(slabs.gradients, 0, [words]);
    r.scope('accumulate', () => {
      r.mutate(accumulate, [sum, r.persistent(slabs.newGradients, 0, [words]), keep], {});
      r.mutate(accumulate, [r.persistent(slabs.loss, 0, [1]), loss, keep], {});
    });
  });
  return { plan, lookups };
}

/** The update from the gradients that micro-batches have left. */
export function recordUpdateAlone(shape: StepShape): StepPlan {
  const plan = record((r) => {
    recordUpdate(r, shape, r.persistent(slabs.loss, 0, [1]), null, []);
  });
  return { plan, lookups: [] };
}

function recordGradients(r: Recorder, context: StepContext, shape: StepShape, slab: string) {
  const loss = shape.loss(context);
  if (loss.size !== 1) throw new Error(`The loss must be one number; it has the shape [${loss.shape.join()}].`);
  const { dense } = shape.parameters.layout();
  const scaled = shape.scaled ? scaleLoss(loss, r.persistent(slabs.scaler, 0, [scalerWords])) : loss;
  const weights = dense.map(({ name }) => context.weight(name));
  const names = [...dense.map(({ name }) => name), ...context.touched.map(({ table }) => table.name)];
  const gradients = r.gradients(scaled, [...weights, ...context.touched.map(({ rows }) => rows)], undefined, { names });
  dense.forEach(({ offset, shape: size }, i) => r.copyTo(gradients[i]!, r.persistent(slab, offset, size)));
  const rows = context.touched.map((touched, i) =>
    r.scope(`gradient/${touched.table.name}`, () => touchedGradient(touched, gradients[dense.length + i]!)),
  );
  return { loss, rows };
}

function recordUpdate(
  r: Recorder,
  shape: StepShape,
  loss: Tensor,
  context: StepContext | null,
  rows: readonly Tensor[],
): void {
  const { parameters, optimizer } = shape;
  const { words, decayed, dense } = parameters.layout();
  const hyper = r.input('hyper', [hyperWords]);
  const scaler = r.persistent(slabs.scaler, 0, [scalerWords]);
  const control = r.scope('gradient norm', () => {
    const parts = [...(words > 0 ? [r.persistent(slabs.gradients, 0, [words])] : []), ...rows];
    return r.mutate(gradientControl, [hyper, scaler, partialSums(r, parts)], {})[0]!;
  });
  if (control.size !== controlWords) throw new Error('The control of an update has another size.');
  r.scope('update', () => {
    if (words > 0) {
      const weights = r.persistent(weightsSlab, 0, [words]);
      const states = optimizer.states.map((state) =>
        r.persistent(stateSlab(state.name), 0, [stateLayout(state, dense).words]),
      );
      const gradients = r.persistent(slabs.gradients, 0, [words]);
      const table = optimizer.table ? [r.constant(optimizer.table(dense))] : [];
      const inputs = [weights, gradients, hyper, control, ...table, ...states];
      r.mutate(optimizer.dense, inputs, { ...optimizer.attrs, decayed });
      if (shape.averaged)
        r.mutate(averageWeights, [r.persistent(slabs.average, 0, [words]), weights, hyper, control], {});
    }
    const { sparse } = optimizer;
    context?.touched.forEach(({ table, segments }, i) => {
      if (!sparse)
        throw new RecipeError(
          'This optimizer cannot train a table by rows. Choose AdamW, or train the table as a whole.',
        );
      const whole = r.persistent(table.slab, 0, table.shape);
      const states = optimizer.states.map(({ name }) => r.persistent(stateSlab(name, table.name), 0, table.shape));
      const inputs = [whole, rows[i]!, hyper, control, segments, ...states];
      r.mutate(sparse, inputs, { ...optimizer.attrs, decays: shape.decayRows });
    });
    r.mutate(stepLog, [r.persistent(slabs.log, 0, [logRows, logWords]), loss, hyper, control], {});
  });
}

/**
 * Partial sums of squares of all parts, side by side in a slab. It is named after its layout, for what another plan has
 * left in the gaps would be counted.
 */
function partialSums(r: Recorder, parts: readonly Tensor[]): Tensor {
  const sums = parts.map((part) => call(squaredNorm, [part], {})[0]!);
  const starts: number[] = [];
  let words = 0;
  for (const { size } of sums) {
    starts.push(words);
    words += Math.ceil(size / slabAlignment) * slabAlignment;
  }
  const slab = `norms ${sums.map(({ size }) => size).join()}`;
  sums.forEach((sum, i) => r.copyTo(sum, r.persistent(slab, starts[i]!, sum.shape)));
  return r.persistent(slab, 0, [words]);
}
