// What one recording has gathered so far: arrays, calls in order, slabs. It knows plans and kernels' shapes; it does
// not know tfjs (plan-backend.ts) nor what model code may ask for (record.ts).
import { sizeOf, type Attrs, type Dtype, type Kernel, type Spec } from '../kernels/kernel';
import type { PlanArray, PlanCall } from './plan';

/** A call with what is needed to tell later whether anybody needs it. */
export interface RecordedCall extends PlanCall {
  /** Array ids written in place. */
  mutated: readonly number[];
}

/** A kernel asked for, kept so that its gradient finds settings and scope again. */
export interface Request {
  kernel: Kernel;
  attrs: Attrs;
  scope: string;
}

/** Offsets in slabs are multiples of this many words, so that a view can be bound by itself on every device. */
export const slabAlignment = 64;

export class Recording {
  readonly arrays: PlanArray[] = [];
  readonly calls: RecordedCall[] = [];
  readonly requests: Request[] = [];
  readonly slabs = new Map<string, { words: number; dtype: Dtype }>();
  readonly outputs = new Map<string, number>();
  private readonly inputs = new Map<string, number>();
  private readonly constants = new Map<string, number>();
  private readonly scopes: string[] = [];

  get scope(): string {
    return this.scopes.join('/');
  }

  inScope<T>(scope: string, work: () => T): T {
    const outer = this.scopes.splice(0, this.scopes.length, ...(scope === '' ? [] : scope.split('/')));
    try {
      return work();
    } finally {
      this.scopes.splice(0, this.scopes.length, ...outer);
    }
  }

  request(kernel: Kernel, attrs: Attrs): number {
    return this.requests.push({ kernel, attrs, scope: this.scope }) - 1;
  }

  array(id: number): PlanArray {
    const array = this.arrays[id];
    if (!array) throw new Error(`This plan has no array ${id}.`);
    return array;
  }

  temporary(spec: Spec): number {
    return this.add({ ...checked(spec), kind: 'temporary' });
  }

  /** The same name gives the same array; another shape under it is a mistake. */
  input(name: string, spec: Spec): number {
    const known = this.inputs.get(name);
    if (known !== undefined) {
      if (sameSpec(this.array(known), spec)) return known;
      throw new Error(`The input "${name}" was declared with two shapes.`);
    }
    if (this.slabs.has(name)) throw new Error(`"${name}" is a slab and cannot be an input, too.`);
    const id = this.add({ ...checked(spec), kind: 'input', name });
    this.inputs.set(name, id);
    return id;
  }

  persistent(slab: string, offset: number, spec: Spec): number {
    if (offset % slabAlignment !== 0 || offset < 0)
      throw new Error(`Offset ${offset} in slab "${slab}" is not a multiple of ${slabAlignment} words.`);
    this.declareSlab(slab, offset + sizeOf(spec), spec.dtype);
    return this.add({ ...checked(spec), kind: 'persistent', name: slab, offset });
  }

  declareSlab(name: string, words: number, dtype: Dtype): void {
    if (this.inputs.has(name)) throw new Error(`"${name}" is an input and cannot be a slab, too.`);
    const known = this.slabs.get(name);
    if (known && known.dtype !== dtype) throw new Error(`The slab "${name}" holds ${known.dtype}, not ${dtype}.`);
    this.slabs.set(name, { words: Math.max(words, known?.words ?? 0), dtype });
  }

  /** Small equal constants are one array: model code makes many scalars. */
  constant(values: Float32Array | Int32Array, spec: Spec): number {
    const key = values.length <= 16 ? `${spec.dtype} ${spec.shape.join()} ${values.join()}` : null;
    const known = key === null ? undefined : this.constants.get(key);
    if (known !== undefined) return known;
    const id = this.add({ ...checked(spec), kind: 'persistent', constant: values });
    if (key !== null) this.constants.set(key, id);
    return id;
  }

  /** The array `id` seen in another shape: itself, or an alias of it. */
  view(id: number, shape: readonly number[]): number {
    const array = this.array(id);
    if (sameShape(array.shape, shape)) return id;
    const root = array.alias ?? id;
    const known = this.arrays.find(
      (other) => (other.id === root || other.alias === root) && sameShape(other.shape, shape),
    );
    if (known) return known.id;
    const spec: Spec = { shape: [...shape], dtype: array.dtype };
    if (sizeOf(spec) !== sizeOf(array))
      throw new Error(`An array of shape [${array.shape.join()}] cannot be seen as [${shape.join()}].`);
    return this.add({ ...this.array(root), ...spec, alias: root });
  }

  root(id: number): number {
    return this.array(id).alias ?? id;
  }

  /** Appends a call and gives its outputs: new temporaries, or `into` where they are given. */
  call(
    kernel: Kernel,
    inputs: readonly number[],
    attrs: Attrs,
    into?: readonly number[],
    scope = this.scope,
  ): number[] {
    const specs = inputs.map((id) => specOf(this.array(id)));
    let inferred: Spec[];
    try {
      inferred = kernel.infer(specs, attrs);
    } catch (error) {
      const shapes = specs.map((spec) => `[${spec.shape.join()}]`).join(', ');
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${kernel.name}${scope ? ` in ${scope}` : ''} cannot take ${shapes}: ${why}`, { cause: error });
    }
    const outputs = into ? [...into] : inferred.map((spec) => this.temporary(spec));
    const mutated = (kernel.mutates ?? []).map((index) => inputs[index]!);
    for (const id of mutated)
      if (this.array(id).kind === 'input' || this.array(id).constant)
        throw new Error(`${kernel.name}${scope ? ` in ${scope}` : ''} would overwrite an input or a constant.`);
    this.calls.push({ kernel: kernel.name, attrs, inputs: [...inputs], outputs, scope, mutated });
    return outputs;
  }

  private add(array: Omit<PlanArray, 'id'>): number {
    const id = this.arrays.length;
    this.arrays.push({ ...array, id });
    return id;
  }
}

export const specOf = ({ shape, dtype }: Spec): Spec => ({ shape, dtype });

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

const sameSpec = (a: Spec, b: Spec): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);

function checked({ shape, dtype }: Spec): Spec {
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0))
    throw new Error(`[${shape.join()}] is no shape: every size is a whole number above 0.`);
  return { shape: [...shape], dtype };
}
