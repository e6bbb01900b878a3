// How a parameter begins. Numbers come from a stream of the run's seed that belongs to the parameter's name, so that
// adding, removing or reordering layers never changes how another one starts.
import { Rng } from '../../src/lib/rng';

export type Initialiser =
  | { kind: 'constant'; value: number }
  | { kind: 'normal'; deviation: number; mean?: number }
  /** Normal, drawn again beyond two deviations (BERT's initialisation in its own code). */
  | { kind: 'truncated-normal'; deviation: number }
  /** Uniform in ± limit. */
  | { kind: 'uniform'; limit: number }
  /** Given numbers, such as a pretrained part. */
  | { kind: 'values'; values: ArrayLike<number> };

export const zeros: Initialiser = { kind: 'constant', value: 0 };
export const ones: Initialiser = { kind: 'constant', value: 1 };

/** As torch.nn.Linear begins: weights and bias uniform in ± 1/√inputs. */
export const linearUniform = (inputs: number): Initialiser => ({ kind: 'uniform', limit: 1 / Math.sqrt(inputs) });

/** Glorot and Bengio 2010. */
export const glorotUniform = (inputs: number, outputs: number): Initialiser => ({
  kind: 'uniform',
  limit: Math.sqrt(6 / (inputs + outputs)),
});

/** He et al. 2015, for layers before a ReLU. */
export const heNormal = (inputs: number): Initialiser => ({ kind: 'normal', deviation: Math.sqrt(2 / inputs) });

/** FNV-1a of a name: the number of its stream of random numbers. */
export function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Fills `into` as the parameter `name` of a run with this seed begins. Throws where given values do not fit. */
export function initialise(into: Float32Array, name: string, initialiser: Initialiser, seed: number): void {
  const rng = new Rng(seed, streamOf(name));
  switch (initialiser.kind) {
    case 'constant':
      into.fill(initialiser.value);
      return;
    case 'normal':
      for (let i = 0; i < into.length; i++) into[i] = (initialiser.mean ?? 0) + initialiser.deviation * rng.normal();
      return;
    case 'truncated-normal':
      for (let i = 0; i < into.length; i++) {
        let drawn = rng.normal();
        while (Math.abs(drawn) > 2) drawn = rng.normal();
        into[i] = initialiser.deviation * drawn;
      }
      return;
    case 'uniform':
      for (let i = 0; i < into.length; i++) into[i] = initialiser.limit * (2 * rng.uniform() - 1);
      return;
    case 'values':
      if (initialiser.values.length !== into.length)
        throw new RangeError(`${name} has ${into.length} numbers; ${initialiser.values.length} were given.`);
      into.set(initialiser.values);
      return;
    default:
      initialiser satisfies never;
  }
}
