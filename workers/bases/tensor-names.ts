// Whether a folder's tensors are those that its config.json asks for, from names and shapes alone; a missing one is told
// with the name that is most like it. Which names a family has is known by ml/encoder/names.ts.
import { FormatError } from '../../src/contract/errors';
import type { TensorMap, TensorRecord } from '../../src/contract/records';
import { nearestName } from '../../src/lib/nearest-name';
import type { EncoderShape } from '../ml/encoder/config';
import { encoderTensors, importTensors, type ImportedTensors } from '../ml/encoder/names';
import { readFloats, type Weights } from './weight-files';

/** The tensors a model of this shape uses, without their values: `fillTensors` reads those. */
export interface NamedTensors extends ImportedTensors {
  /** The name in the files of each record. */
  names: ReadonlyMap<TensorRecord, string>;
}

const mostNamed = 4;

/** FormatError names every missing tensor, or the first of a wrong shape with both shapes. */
export function nameTensors(shape: EncoderShape, { tensors }: Weights): NamedTensors {
  const names = new Map<TensorRecord, string>();
  const placeholders: TensorMap = Object.fromEntries(
    [...tensors].map(([name, span]) => {
      const record: TensorRecord = { shape: span.shape, dtype: 'float32', data: new Float32Array(0) };
      names.set(record, name);
      return [name, record];
    }),
  );
  const bare = new Set([...tensors.keys()].map((name) => bareName(name, shape.family)));
  const missing = [...encoderTensors(shape).keys()].filter((name) => !bare.has(name));
  if (missing.length > 0) throw lacking(missing, [...encoderTensors(shape).keys()], tensors.keys(), shape.family);
  return { ...importTensors(shape, placeholders), names };
}

function lacking(missing: string[], asked: string[], found: Iterable<string>, family: string): FormatError {
  const known = new Set(asked);
  // What is a tensor of its own cannot be another one misspelt.
  const spare = [...found].filter((name) => !known.has(bareName(name, family)));
  const said = missing.slice(0, mostNamed).map((name) => {
    const near = nearestName(
      name,
      spare.map((other) => bareName(other, family)),
    );
    const given = near === null ? undefined : spare.find((other) => bareName(other, family) === near);
    return given === undefined ? `"${name}"` : `"${name}" (there is "${given}")`;
  });
  const more = missing.length - said.length;
  const list = more > 0 ? `${said.join(', ')} and ${more} more` : said.join(', ');
  return new FormatError(
    `The weights lack ${missing.length === 1 ? 'a tensor' : `${missing.length} tensors`} that config.json asks for: ${list}. A file is missing, or config.json and weights are of different models; get the folder again.`,
  );
}

/** Reads the values of every tensor that is used, one after another. */
export async function fillTensors({ encoder, head, pooler, names }: NamedTensors, { tensors }: Weights): Promise<void> {
  for (const record of [encoder, head ?? {}, pooler].flatMap((map) => Object.values(map))) {
    const name = names.get(record)!;
    if (record.data.length === 0) record.data = await readFloats(name, tensors.get(name)!);
  }
}

/** As names.ts reads it: without the model's prefix, and with today's words for a norm's parts. */
function bareName(name: string, family: string): string {
  const rest = name.startsWith(`${family}.`) ? name.slice(family.length + 1) : name;
  return rest.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias');
}
