// The parameters of a model by name: declared by layers, laid out in slabs of the device, filled, saved and loaded. It
// knows no optimizer and computes nothing.
import { FormatError } from '../../src/contract/errors';
import type { TensorMap } from '../../src/contract/records';
import type { Session } from '../backends/device';
import { slabAlignment } from '../tape/recording';
import { initialise, type Initialiser } from './initialisers';

/**
 * decay: trained, with weight decay · plain: trained without (biases, norms) · rows: a table of which a step trains only
 * the rows it touched, with a slab of its own and no dense gradient · frozen: never trained.
 */
export type ParameterGroup = 'decay' | 'plain' | 'rows' | 'frozen';

export interface ParameterOptions {
  initialiser: Initialiser;
  group?: ParameterGroup;
}

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialiser: Initialiser;
  group: ParameterGroup;
}

/** A parameter with its place: `offset` in words within `slab`. */
export interface PlacedParameter extends Parameter {
  readonly slab: string;
  readonly offset: number;
  readonly words: number;
}

/**
 * `dense` are the trained parameters that lie in the slab "weights", of which the first `decayed` words decay; gradients
 * and moments have the same layout. Gaps between parameters stay zero.
 */
export interface ParameterLayout {
  placed: ReadonlyMap<string, PlacedParameter>;
  dense: readonly PlacedParameter[];
  tables: readonly PlacedParameter[];
  words: number;
  decayed: number;
  /** Every slab that holds weights, with its length. */
  slabs: ReadonlyMap<string, number>;
}

export const weightsSlab = 'weights';
export const frozenSlab = 'frozen';
export const tableSlab = (name: string): string => `table/${name}`;
/** Where a second copy called `of` (an average) of what lies in `slab` has its place. */
export const copyOfSlab = (of: string, slab: string): string => (slab === weightsSlab ? of : `${of}/${slab}`);

export const wordsOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
const aligned = (words: number): number => Math.ceil(words / slabAlignment) * slabAlignment;

export class Parameters {
  private readonly declared = new Map<string, Parameter>();
  private known: ParameterLayout | null = null;

  /** Declares a parameter; its name must be new. Layers call this once, before the first plan is recorded. */
  declare(name: string, shape: readonly number[], { initialiser, group = 'decay' }: ParameterOptions): void {
    if (this.declared.has(name)) throw new Error(`There are two parameters called "${name}".`);
    if (this.known) throw new Error(`"${name}" was declared after the parameters were laid out.`);
    if (group === 'rows' && shape.length !== 2) throw new Error(`"${name}" must be a table: [rows, dimension].`);
    this.declared.set(name, { name, shape: [...shape], initialiser, group });
  }

  /** Puts parameters into the group frozen, before the first plan is recorded. Returns how many there are. */
  freeze(matches: (name: string) => boolean): number {
    if (this.known) throw new Error('Parameters can be frozen only before they are laid out.');
    const frozen = [...this.declared.values()].filter(({ name }) => matches(name));
    for (const parameter of frozen) parameter.group = 'frozen';
    return frozen.length;
  }

  has(name: string): boolean {
    return this.declared.has(name);
  }

  names(): string[] {
    return [...this.declared.keys()];
  }

  /** Numbers in all parameters, and in those that are trained. */
  count(): { all: number; trained: number } {
    const all = [...this.declared.values()];
    const sum = (some: Parameter[]): number => some.reduce((total, { shape }) => total + wordsOf(shape), 0);
    return { all: sum(all), trained: sum(all.filter(({ group }) => group !== 'frozen')) };
  }

  /** Where everything lies. From here on nothing can be declared or frozen. */
  layout(): ParameterLayout {
    return (this.known ??= layOut([...this.declared.values()]));
  }

  placed(name: string): PlacedParameter {
    const found = this.layout().placed.get(name);
    if (!found) throw new Error(`There is no parameter "${name}".`);
    return found;
  }

  /** How every parameter begins with this seed: all, or those `wanted`. Each is the same whatever else is. */
  initial(seed: number, wanted: (name: string) => boolean = () => true): TensorMap {
    const tensors: TensorMap = {};
    for (const { name, shape, initialiser } of this.declared.values()) {
      if (!wanted(name)) continue;
      const data = new Float32Array(wordsOf(shape));
      initialise(data, name, initialiser, seed);
      tensors[name] = { shape: [...shape], dtype: 'float32', data };
    }
    return tensors;
  }

  /**
   * Parameters that `tensors` has under their names, in any order. What is missing keeps what it has. Throws FormatError
   * where a shape differs.
   */
  match(tensors: TensorMap): { found: TensorMap; missing: string[]; extra: string[] } {
    const found: TensorMap = {};
    const missing: string[] = [];
    for (const { name, shape } of this.declared.values()) {
      const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
      if (!tensor) missing.push(name);
      else if (!sameShape(tensor.shape, shape))
        throw new FormatError(
          `"${name}" has the shape [${tensor.shape.join(', ')}] in the file; this model needs [${shape.join(', ')}]. ` +
            'Choose the weights of a model with the same settings.',
        );
      else found[name] = { shape: [...shape], dtype: 'float32', data: Float32Array.from(tensor.data) };
    }
    return { found, missing, extra: Object.keys(tensors).filter((name) => !this.declared.has(name)) };
  }

  /** As `match`, and throws FormatError that says what is missing or extra. */
  matchAll(tensors: TensorMap): TensorMap {
    const { found, missing, extra } = this.match(tensors);
    if (missing.length || extra.length) {
      const some = (names: string[]): string => names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
      const parts = [
        ...(missing.length ? [`${missing.length} missing (${some(missing)})`] : []),
        ...(extra.length ? [`${extra.length} unknown (${some(extra)})`] : []),
      ];
      throw new FormatError(`These weights belong to another model: ${parts.join(', ')}.`);
    }
    return found;
  }

  /** Writes parameters to the device; names it does not have are left as they are. */
  write(session: Session, tensors: TensorMap): void {
    for (const [slab, words] of this.layout().slabs) session.ensure(slab, words);
    for (const [name, tensor] of Object.entries(this.match(tensors).found)) {
      const { slab, offset } = this.placed(name);
      session.write(slab, Float32Array.from(tensor.data), offset);
    }
  }

  /** Reads parameters from the device: all, or those `wanted`. */
  async read(session: Session, wanted: (parameter: PlacedParameter) => boolean = () => true): Promise<TensorMap> {
    const tensors: TensorMap = {};
    for (const parameter of this.layout().placed.values()) {
      if (!wanted(parameter)) continue;
      const data = await session.readFloats(parameter.slab, parameter.offset, parameter.words);
      tensors[parameter.name] = { shape: [...parameter.shape], dtype: 'float32', data };
    }
    return tensors;
  }
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

function layOut(parameters: readonly Parameter[]): ParameterLayout {
  const placed = new Map<string, PlacedParameter>();
  const slabs = new Map<string, number>();
  const place = (slab: string, some: readonly Parameter[], from = 0): number => {
    let offset = from;
    for (const parameter of some) {
      const words = wordsOf(parameter.shape);
      placed.set(parameter.name, { ...parameter, slab, offset, words });
      offset += aligned(words);
    }
    if (offset > 0) slabs.set(slab, offset);
    return offset;
  };
  const inGroup = (group: ParameterGroup): Parameter[] => parameters.filter((one) => one.group === group);
  const decayed = place(weightsSlab, inGroup('decay'));
  const words = place(weightsSlab, inGroup('plain'), decayed);
  place(frozenSlab, inGroup('frozen'));
  for (const table of inGroup('rows')) place(tableSlab(table.name), [table]);
  const all = [...placed.values()];
  const dense = all.filter(({ slab }) => slab === weightsSlab);
  return { placed, dense, tables: all.filter(({ group }) => group === 'rows'), words, decayed, slabs };
}
