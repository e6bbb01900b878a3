// The plans of an optimizer step: loss and gradients of a micro-batch, the update, or both in one. What a trainer uses
// is step.ts.
import type { Tensor } from '@tensorflow/tfjs-core';
import { gradientControl, squaredNorm } from '../kernels/gradient-control';
import { controlWords, hyperWords, logRows, logWords, scalerWords, wordsPerRate } from '../kernels/optimizer-layout';
import { accumulate, accumulateRows, averageWeights } from '../kernels/slab-update';
import { scaleLoss, stepLog } from '../kernels/step-log';
import { call } from '../tape/call';
import type { Plan } from '../tape/plan';
import { record, type Recorder } from '../tape/record';
import { slabAlignment } from '../tape/recording';
import { RecipeError } from '../../src/contract/errors';
import { stateLayout, type Optimizer } from './optimizer';
import { copyOfSlab, tableSlab, weightsSlab, type Parameters, type PlacedParameter } from './parameters';
import { factorOf, type RateFactor } from './rate-factors';
import { storeRows } from './row-lists';
import { StepContext, touchedGradient, type Lookup } from './step-context';

export const slabs = {
  gradients: 'gradients',
  newGradients: 'gradients.new',
  loss: 'loss',
  scaler: 'scaler',
  log: 'log',
  average: 'average',
  rates: 'rates',
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
  /** Factor of the rate by a parameter's name; without it all have the step's. */
  rateFactor?: RateFactor | null;
}

/** A row-sparse table that a step touches, and the ids' input. */
export interface TouchedTable {
  table: PlacedParameter;
  input: string;
  /** Ids a micro-batch looks up. */
  entries: number;
}

export interface StepPlan {
  plan: Plan;
  lookups: Lookup[];
  touched: TouchedTable[];
}

/** Gradient rows of a table, and the numbers of these rows, -1 after the last. */
interface RowGradient {
  table: PlacedParameter;
  gradient: Tensor;
  numbers: Tensor;
}

/** Names of what the host gives for the rows of accumulated steps. */
export const slotsInput = (ids: string): string => `${ids}.slots`;
export const rowsInput = (ids: string): string => `${ids}.rows`;

/** Loss, gradients and update in one plan. */
export function recordWhole(shape: StepShape, sizes: Readonly<Record<string, number>>): StepPlan {
  const lookups: Lookup[] = [];
  const plan = record((r) => {
    const context = new StepContext(r, shape.parameters, sizes, true);
    const { loss, rows } = recordGradients(r, context, shape, slabs.gradients);
    lookups.push(...context.lookups.values());
    recordUpdate(r, shape, loss, rows);
  });
  return { plan, lookups, touched: [] };
}

/**
 * Loss and gradients of one of `count` micro-batches, added to those of the step; of row-sparse tables those of the rows that
 * the step touches. Its input "keep" is 0 for the first one.
 */
export function recordMicroBatch(shape: StepShape, sizes: Readonly<Record<string, number>>, count: number): StepPlan {
  const lookups: Lookup[] = [];
  const touched: TouchedTable[] = [];
  const { words } = shape.parameters.layout();
  const plan = record((r) => {
    const context = new StepContext(r, shape.parameters, sizes, true);
    const { loss, rows } = recordGradients(r, context, shape, slabs.newGradients);
    lookups.push(...context.lookups.values());
    const keep = r.input('keep', [1]);
    r.scope('accumulate', () => {
      if (words > 0) {
        const sum = r.persistent(slabs.gradients, 0, [words]);
        r.mutate(accumulate, [sum, r.persistent(slabs.newGradients, 0, [words]), keep], {});
      }
      r.mutate(accumulate, [r.persistent(slabs.loss, 0, [1]), loss, keep], {});
      context.touched.forEach(({ table, input }, i) => {
        const { gradient } = rows[i]!;
        const one = { table, input, entries: gradient.shape[0]! };
        touched.push(one);
        const slots = r.input(slotsInput(input), [one.entries], 'int32');
        r.mutate(accumulateRows, [storeOf(r, one, count), gradient, slots, keep], {});
      });
    });
  });
  return { plan, lookups, touched };
}

/** The update from the gradients that `count` micro-batches have left. */
export function recordUpdateAlone(shape: StepShape, touched: readonly TouchedTable[] = [], count = 1): StepPlan {
  const plan = record((r) => {
    const rows = touched.map((one): RowGradient => {
      const gradient = storeOf(r, one, count);
      return { table: one.table, gradient, numbers: r.input(rowsInput(one.input), [gradient.shape[0]!], 'int32') };
    });
    recordUpdate(r, shape, r.persistent(slabs.loss, 0, [1]), rows);
  });
  return { plan, lookups: [], touched: [] };
}

/** Sums of the gradients of a table's touched rows. */
function storeOf(r: Recorder, { table, entries }: TouchedTable, count: number): Tensor {
  const [vocabulary, dim] = table.shape as [number, number];
  return r.persistent(`rows/${table.name}`, 0, [storeRows(count, entries, vocabulary), dim]);
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
  const rows = context.touched.map((touched, i): RowGradient => {
    const { table, segments } = touched;
    const of = gradients[dense.length + i]!;
    return {
      table,
      gradient: r.scope(`gradient/${table.name}`, () => touchedGradient(touched, of)),
      numbers: segments,
    };
  });
  return { loss, rows };
}

function recordUpdate(r: Recorder, shape: StepShape, loss: Tensor, rows: readonly RowGradient[]): void {
  const { parameters, optimizer } = shape;
  const { words, decayed, dense } = parameters.layout();
  const hyper = r.input('hyper', [hyperWords]);
  const scaler = r.persistent(slabs.scaler, 0, [scalerWords]);
  const control = r.scope('gradient norm', () => {
    const own = rows.map(({ gradient }) => gradient);
    const parts = [...(words > 0 ? [r.persistent(slabs.gradients, 0, [words])] : []), ...own];
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
      const rates = shape.rateFactor ? [r.persistent(slabs.rates, 0, [words / wordsPerRate])] : [];
      const inputs = [weights, gradients, hyper, control, ...table, ...states, ...rates];
      r.mutate(optimizer.dense, inputs, { ...optimizer.attrs, decayed });
      if (shape.averaged)
        r.mutate(averageWeights, [r.persistent(slabs.average, 0, [words]), weights, hyper, control], {});
    }
    const { sparse } = optimizer;
    for (const { table, gradient, numbers } of rows) {
      if (!sparse)
        throw new RecipeError(
          'This optimizer cannot train a table by rows. Choose AdamW, or train the table as a whole.',
        );
      const whole = r.persistent(table.slab, 0, table.shape);
      const states = optimizer.states.map(({ name }) => r.persistent(stateSlab(name, table.name), 0, table.shape));
      const inputs = [whole, gradient, hyper, control, numbers, ...states];
      const rateFactor = shape.rateFactor ? factorOf(shape.rateFactor, table.name) : 1;
      const attrs = { ...optimizer.attrs, decays: shape.decayRows, ...(rateFactor === 1 ? {} : { rateFactor }) };
      r.mutate(sparse, inputs, attrs);
      // All rows: the average of one that was not touched still moves towards it.
      if (shape.averaged) {
        const average = r.persistent(copyOfSlab(slabs.average, table.slab), 0, table.shape);
        r.mutate(averageWeights, [average, whole, hyper, control], {});
      }
    }
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
