// Recorded numbers of a reference, read without trust: a JSON document by paths, tensors by name. What is missing or of
// another kind is a FormatError with its path.
import { FormatError } from '../../../../src/contract/errors';
import type { TensorMap } from '../../../../src/contract/records';
import { readSafetensors, safetensorTypes, toFloat32 } from '../../../../src/formats/safetensors';

/** A place in a JSON document. */
export class Recorded {
  constructor(
    private readonly value: unknown,
    private readonly path = 'expected.json',
  ) {}

  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  at(name: string): Recorded {
    const found =
      typeof this.value === 'object' && this.value !== null && Object.hasOwn(this.value, name)
        ? new Map<string, unknown>(Object.entries(this.value)).get(name)
        : undefined;
    return new Recorded(found, `${this.path}: ${name}`);
  }

  entries(): [string, Recorded][] {
    if (typeof this.value !== 'object' || this.value === null) throw this.refused('an object');
    return Object.entries(this.value).map(([name, value]) => [name, new Recorded(value, `${this.path}: ${name}`)]);
  }

  list(): Recorded[] {
    if (!Array.isArray(this.value)) throw this.refused('a list');
    return this.value.map((value, i) => new Recorded(value, `${this.path}[${i}]`));
  }

  number(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value)) throw this.refused('a number');
    return this.value;
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.refused('a text');
    return this.value;
  }

  texts(): string[] {
    return this.list().map((one) => one.text());
  }

  /** Numbers of a list, or of lists in lists one after another. */
  numbers(): number[] {
    return this.list().flatMap((one) => (Array.isArray(one.value) ? one.numbers() : [one.number()]));
  }

  private refused(wanted: string): FormatError {
    return new FormatError(`${this.path} is not ${wanted}. Take the reference of this model as it was made.`);
  }
}

export interface Reference {
  expected: Recorded;
  /** Outputs of the model, and gradients by the names of its file; empty where the file was not given. */
  outputs: TensorMap;
  gradients: TensorMap;
}

/** Where texts of a training batch are cut, as the reference says it in words ("… truncated to 48"). */
export function batchCut(expected: Recorded): number {
  const how = expected.at('training').at('batches');
  const found = how.exists ? /truncated to (\d+)/.exec(how.text()) : null;
  return found ? Number(found[1]) : Number.POSITIVE_INFINITY;
}

/** From the files expected.json, outputs.safetensors and grads.safetensors; only the first must be there. */
export function readReference(files: readonly { name: string; bytes: Uint8Array }[]): Reference {
  const named = (wanted: string): Uint8Array | undefined =>
    files.find(({ name }) => name === wanted || name.endsWith(`/${wanted}`))?.bytes;
  const json = named('expected.json');
  if (!json) throw new FormatError('A reference needs expected.json, and it is not among these files.');
  let expected: unknown;
  try {
    expected = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (error) {
    throw new FormatError('expected.json is not JSON. Take the reference as it was made.', { cause: error });
  }
  return {
    expected: new Recorded(expected),
    outputs: floats(named('outputs.safetensors')),
    gradients: floats(named('grads.safetensors')),
  };
}

function floats(file: Uint8Array | undefined): TensorMap {
  if (!file) return {};
  const found: TensorMap = {};
  for (const [name, tensor] of readSafetensors(file).tensors)
    if (tensor.dtype in safetensorTypes && /^(F32|F64|F16|BF16)$/.test(tensor.dtype))
      found[name] = { shape: tensor.shape, dtype: 'float32', data: toFloat32(name, tensor) };
  return found;
}
