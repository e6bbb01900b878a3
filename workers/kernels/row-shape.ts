// Kernels over the last axis see their arrays as rows.
import { sizeOf, type Spec } from './kernel';

/** Rows and columns of an array seen as a matrix over its last axis. Throws for a scalar. */
export function rowsOf(name: string, spec: Spec): { rows: number; columns: number } {
  const columns = spec.shape.at(-1);
  if (!columns)
    throw new Error(`${name} works on rows and needs a last axis of at least 1; this is [${spec.shape.join()}].`);
  return { rows: sizeOf(spec) / columns, columns };
}

/** The shape without its last axis, one number a row. */
export const rowSpec = ({ shape }: Spec, dtype: Spec['dtype'] = 'float32'): Spec => ({
  shape: shape.slice(0, -1),
  dtype,
});

/** Refuses an input that has not the shape it must have. */
export function expectShape(kernel: string, input: string, spec: Spec | undefined, shape: readonly number[]): void {
  const given = spec?.shape.join(' × ');
  if (given !== shape.join(' × '))
    throw new Error(
      `${kernel} needs ${input} of shape [${shape.join()}]; this is [${spec?.shape.join() ?? 'missing'}].`,
    );
}
