// Coefficients of the classifiers that are trained, one sparse column each, until all are there; then turned so that
// each feature's coefficients lie together. Only what is not zero is kept: most n-grams say nothing of most labels.
import type { TensorMap } from '../../contract/records';
import { problemsPerFit, type LinearGroup, type LinearRows } from '../../../workers/kernels/linear/linear-work';
import type { Coefficients } from './model';
import { doublesOf, floatsOf, integersOf } from './weights';

interface Column {
  features: Int32Array;
  values: Float32Array;
  intercept: number;
}

export class ColumnStore {
  private columns: (Column | null)[];

  /** `count`: fits * outputs. */
  constructor(count: number) {
    this.columns = new Array<Column | null>(count).fill(null);
  }

  has(rows: LinearRows, problem: number): boolean {
    return this.columns[problem * (rows.outputs / problemsPerFit(rows))] !== null;
  }

  /** Takes the settled coefficients of every problem of a group. */
  take(group: LinearGroup, rows: LinearRows): void {
    const { columns: features } = rows.matrix;
    for (const problem of group.problems) {
      if (problem.kind === 'dual') {
        this.columns[problem.fit * rows.outputs + problem.output] = sparse(problem.dual.w, features, 1, 0);
        continue;
      }
      for (let output = 0; output < rows.outputs; output++)
        this.columns[problem.fit * rows.outputs + output] = sparse(problem.w, features, rows.outputs, output);
    }
  }

  /** The columns of some fits, by feature. */
  coefficients(fits: readonly number[], rows: LinearRows): Coefficients {
    const chosen = fits.flatMap((fit) =>
      Array.from({ length: rows.outputs }, (_, output) => this.columns[fit * rows.outputs + output]!),
    );
    const features = rows.matrix.columns;
    const offsets = new Int32Array(features + 1);
    for (const column of chosen) for (const feature of column.features) offsets[feature + 1]!++;
    for (let feature = 0; feature < features; feature++) offsets[feature + 1]! += offsets[feature]!;
    const next = offsets.slice(0, features);
    const columns = new Uint16Array(offsets[features]!);
    const values = new Float32Array(offsets[features]!);
    chosen.forEach((column, at) => {
      for (let i = 0; i < column.features.length; i++) {
        const place = next[column.features[i]!]!++;
        columns[place] = at;
        values[place] = column.values[i]!;
      }
    });
    return { offsets, columns, values, intercepts: Float64Array.from(chosen, (column) => column.intercept) };
  }

  state(): TensorMap {
    const done = this.columns.map((column, at) => ({ column, at })).filter(({ column }) => column !== null);
    const lengths = Int32Array.from(done.flatMap(({ column, at }) => [at, column!.features.length]));
    const total = done.reduce((sum, { column }) => sum + column!.features.length, 0);
    const features = new Int32Array(total);
    const values = new Float32Array(total);
    let from = 0;
    for (const { column } of done) {
      features.set(column!.features, from);
      values.set(column!.values, from);
      from += column!.features.length;
    }
    const intercepts = Float64Array.from(done, ({ column }) => column!.intercept);
    return {
      'columns.lengths': { shape: [done.length, 2], dtype: 'int32', data: lengths },
      'columns.features': { shape: [total], dtype: 'int32', data: features },
      'columns.values': { shape: [total], dtype: 'float32', data: values },
      'columns.intercepts': { shape: [done.length], dtype: 'float64', data: intercepts },
    };
  }

  restore(state: TensorMap): void {
    const lengths = integersOf(state, 'columns.lengths');
    const features = integersOf(state, 'columns.features');
    const values = floatsOf(state, 'columns.values');
    const intercepts = doublesOf(state, 'columns.intercepts');
    this.columns.fill(null);
    let from = 0;
    for (let i = 0; i < intercepts.length; i++) {
      const to = from + lengths[2 * i + 1]!;
      this.columns[lengths[2 * i]!] = {
        features: features.slice(from, to),
        values: values.slice(from, to),
        intercept: intercepts[i]!,
      };
      from = to;
    }
  }
}

/** Column `output` of `w`, [features + 1, outputs], the intercepts last. */
function sparse(w: Float64Array, features: number, outputs: number, output: number): Column {
  let count = 0;
  for (let f = 0; f < features; f++) if (w[f * outputs + output] !== 0) count++;
  const column = {
    features: new Int32Array(count),
    values: new Float32Array(count),
    intercept: w[features * outputs + output]!,
  };
  let at = 0;
  for (let f = 0; f < features; f++) {
    const value = w[f * outputs + output]!;
    if (value === 0) continue;
    column.features[at] = f;
    column.values[at++] = value;
  }
  return column;
}
