// JSON documents: parsed strictly and whole, so their size is limited; larger data comes as JSONL.
import { DatasetError, FormatError, LimitError } from '../contract/errors';
import { decoderFor } from './encoding';
import { unwrapDocument } from './json-documents';
import { headOf, isRecord, own, type ByteSource, type OpenedFile } from './reading';
import { batchOf, isTooDeep, tooDeep } from './records';
import { recogniseRecords } from './shapes';
import { checkMetadata, declaredTaxonomy } from './taxonomy-metadata';

export const largestJson = 200 * 1024 ** 2;
const batchRows = 4096;

/** Parses and recognises; throws FormatError where the text is not JSON, DatasetError where it holds no rows. */
export async function openJson(source: ByteSource, encoding: string): Promise<OpenedFile> {
  if (source.packedBytes > largestJson) throw tooLarge(source.name);
  const { bytes, whole } = await headOf(source, largestJson);
  if (!whole) throw tooLarge(source.name);
  const value = parseJson(decodeStrictly(source.name, bytes, encoding), source.name);
  const document = unwrapDocument(value);
  if (!document || document.rows.length === 0)
    throw new DatasetError(
      `${source.name} is JSON but holds no list of rows. A list of objects such as [{"text": "…", "label": "…"}] is expected.`,
    );
  if (document.rows.every((row) => isTooDeep([row as never]))) throw tooDeep(source.name);
  const shape = recogniseRecords(document.rows.find((row) => row !== null));
  const mapping = document.mapping ?? shape?.mapping;
  const metadata = isRecord(value) ? own(value, 'metadata') : undefined;
  const taxonomy = isRecord(metadata) ? declaredTaxonomy(metadata) : null;
  const opened: OpenedFile = {
    path: source.name,
    format: 'json',
    encoding,
    rowsKnown: document.rows.length,
    async *batches(log) {
      if (isRecord(metadata)) checkMetadata(metadata, document.rows, mapping, taxonomy, log);
      for (let at = 0; at < document.rows.length; at += batchRows) {
        const batch = batchOf(document.rows.slice(at, at + batchRows), at + 1, shape, log);
        if (batch) yield batch;
        await Promise.resolve();
      }
    },
  };
  const name = document.shape ?? shape?.id;
  if (name !== undefined) opened.shape = name;
  if (mapping) opened.mapping = mapping;
  if (shape?.task !== undefined) opened.task = shape.task;
  if (taxonomy) opened.taxonomy = taxonomy;
  if (document.declaredLabels) opened.declaredLabels = document.declaredLabels;
  return opened;
}

function tooLarge(name: string): LimitError {
  return new LimitError(
    `${name} is larger than ${String(largestJson / 1024 ** 2)} MB, and a JSON document has to be read whole. Save it as JSONL (one object a line): that has no limit.`,
  );
}

export function decodeStrictly(name: string, bytes: Uint8Array, encoding: string): string {
  try {
    return decoderFor(encoding, true).decode(bytes);
  } catch {
    throw new FormatError(`${name} is not valid ${encoding}, as JSON must be. Save it as UTF-8 and import that.`);
  }
}

export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep(name);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(`${name} is not valid JSON: ${reason.slice(0, 200)}. Mend it there and import it again.`, {
      cause,
    });
  }
}
