// From the files of a drop to readable tables: archives unpacked, formats and encodings recognised by content
// first and by name second, what cannot be read refused by name.
import { DatasetError, FormatError, isStudioError, UnsupportedError } from '../contract/errors';
import { extensionOf, refuseBinary, refuseKnown, refuseZippedDocument } from './binary';
import { openCsv } from './csv';
import { sniffDialect } from './csv-sniff';
import { isDialogflow, openDialogflow } from './dialogflow';
import { decoderFor, detectEncoding } from './encoding';
import { gunzipped, isGzip } from './gzip';
import { openJson } from './json';
import { openJsonLines } from './jsonl';
import { openRasa } from './rasa';
import { headOf, type ByteSource, type OpenedFile, type ReadOptions } from './reading';
import { looksLikeConll, looksLikeFastText, openConll, openFastText, openLines } from './text';
import { isArchiveJunk, isZip, readZipDirectory, zipEntrySource } from './zip';

const headBytes = 256 * 1024;
/** A piece of this size is parsed and forgotten before the garbage collector has to move it: measured best of 1 to 8. */
const sliceBytes = 1024 ** 2;
const tableExtensions = new Set(['csv', 'tsv', 'tab', 'inter', 'dat', 'data', 'psv']);
const notRows = /(^|\/)(readme|licen[sc]e|copying|notice|changelog|authors|source)(\.[a-z]+)*$/i;

/** Bytes of a file in slices; the next is fetched while the caller works. `onRead` counts for the progress. */
export function fileSource(file: File, onRead: (bytes: number) => void = () => undefined): ByteSource {
  const name = (file.webkitRelativePath || file.name).trim() || 'file';
  return {
    name,
    packedBytes: file.size,
    async *read() {
      const slice = (at: number): Promise<ArrayBuffer> => file.slice(at, at + sliceBytes).arrayBuffer();
      let next = slice(0);
      for (let at = 0; at < file.size; at += sliceBytes) {
        const buffer = await next.catch((cause: unknown) => {
          throw new FormatError(
            `${name} could not be read to its end. It may have been changed or moved; choose it again.`,
            { cause },
          );
        });
        if (at + sliceBytes < file.size) {
          next = slice(at + sliceBytes);
          next.catch(() => undefined);
        }
        onRead(buffer.byteLength);
        yield new Uint8Array(buffer);
      }
    },
  };
}

export interface FileOutcome {
  name: string;
  sizeBytes: number;
  opened: OpenedFile[];
  refusal?: Error;
}

/** Opens one dropped file: itself, or what its archive holds. A refusal is part of the answer, not thrown. */
export async function openFile(
  file: File,
  options: ReadOptions,
  onRead?: (bytes: number) => void,
): Promise<FileOutcome> {
  const source = fileSource(file, onRead);
  const outcome: FileOutcome = { name: source.name, sizeBytes: file.size, opened: [] };
  try {
    const head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
    outcome.opened = isZip(head)
      ? await openArchive(file, source.name, options, onRead)
      : [await openSource(source, options)];
  } catch (error) {
    if (!isStudioError(error)) throw error;
    outcome.refusal = error;
  }
  return outcome;
}

async function openArchive(
  file: File,
  name: string,
  options: ReadOptions,
  onRead: (bytes: number) => void = () => undefined,
): Promise<OpenedFile[]> {
  const all = await readZipDirectory(name, file);
  refuseZippedDocument(
    name,
    all.map((entry) => entry.name),
  );
  const entries = all.filter((entry) => !isArchiveJunk(entry.name));
  const sources = entries.map((entry) => counted(zipEntrySource(name, file, entry), onRead));
  if (isDialogflow(sources.map((source) => source.name))) return [openDialogflow(name, sources)];
  const data = sources.filter((source) => !notRows.test(source.name));
  const opened: OpenedFile[] = [];
  const refusals: Error[] = [];
  for (const source of data)
    try {
      opened.push({ ...(await openSource(source, options)), compression: 'zip' });
    } catch (error) {
      if (!isStudioError(error)) throw error;
      refusals.push(error);
    }
  if (opened.length === 0)
    throw refusals[0] ?? new DatasetError(`${name} holds no file with rows. Pack CSV, TSV, JSON, JSONL or TXT files.`);
  // An archive with one unreadable file is not imported in part without a word: the table says which it was.
  return opened.map((item) => (refusals.length === 0 ? item : withRefusals(item, refusals.splice(0))));
}

function counted(source: ByteSource, onRead: (bytes: number) => void): ByteSource {
  return {
    ...source,
    async *read() {
      yield* source.read();
      onRead(source.packedBytes);
    },
  };
}

function withRefusals(opened: OpenedFile, refusals: readonly Error[]): OpenedFile {
  return {
    ...opened,
    batches(log) {
      for (const refusal of refusals) log.warn('refused-file', refusal.message);
      return opened.batches(log);
    },
  };
}

export async function openSource(packed: ByteSource, options: ReadOptions): Promise<OpenedFile> {
  const first = await headOf(packed, 16);
  if (isGzip(first.bytes)) {
    const opened = await openSource(gunzipped(packed), options);
    return { ...opened, path: packed.name, compression: 'gzip' };
  }
  const { bytes: head, whole } = await headOf(packed, headBytes);
  const { name } = packed;
  if (head.byteLength === 0) throw new DatasetError(`${name} is empty (0 bytes). Choose the file with the rows.`);
  if (isZip(head))
    throw new UnsupportedError(`${name} is an archive inside an archive. Unpack the outer one and import that.`);
  refuseKnown(name, head);
  const encoding = options.encoding ?? (await detectEncoding(head, whole)).label;
  if (!encoding.startsWith('utf-16')) refuseBinary(name, head);
  const sample = decoderFor(encoding).decode(head, { stream: !whole });
  return openText(packed, encoding, sample, whole, options);
}

function openText(
  source: ByteSource,
  encoding: string,
  sample: string,
  whole: boolean,
  options: ReadOptions,
): OpenedFile | Promise<OpenedFile> {
  const extension = extensionOf(source.name);
  if (extension === 'jsonl' || extension === 'ndjson') return openJsonLines(source, encoding, sample);
  if (extension === 'json')
    return isJsonLines(sample, whole) ? openJsonLines(source, encoding, sample) : openJson(source, encoding);
  if (extension === 'yml' || extension === 'yaml') return openRasa(source, encoding);
  if (tableExtensions.has(extension) || options.delimiter !== undefined)
    return openCsv(source, encoding, sample, whole, options);
  if (looksLikeFastText(sample)) return openFastText(source, encoding);
  if (['conll', 'conllu', 'bio', 'iob'].includes(extension) || looksLikeConll(sample))
    return openConll(source, encoding);
  if (isJsonLines(sample, whole)) return openJsonLines(source, encoding, sample);
  if (extension !== 'md' && looksLikeJson(sample, whole)) return openJson(source, encoding);
  if (extension !== 'md' && looksLikeTable(sample, whole)) return openCsv(source, encoding, sample, whole, options);
  return openLines(source, encoding, extension === 'md' || extension === 'markdown' ? 'markdown' : 'txt');
}

/** The first two lines are each a JSON object of their own. */
function isJsonLines(sample: string, whole: boolean): boolean {
  const lines = sample
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, whole ? 2 : 3);
  if (lines.length < 2) return false;
  return lines.slice(0, 2).every((line) => {
    if (!line.trim().startsWith('{')) return false;
    try {
      JSON.parse(line);
      return true;
    } catch {
      return false;
    }
  });
}

function looksLikeJson(sample: string, whole: boolean): boolean {
  if (!/^\s*[[{]/.test(sample)) return false;
  if (!whole) return /^\s*(\[\s*[[{"]|\{\s*")/.test(sample);
  try {
    JSON.parse(sample);
    return true;
  } catch {
    return false;
  }
}

/** Lines of prose have commas; a table of tabs, `::` or `;` has the same number in nearly every line. */
function looksLikeTable(sample: string, whole: boolean): boolean {
  const dialect = sniffDialect(sample, whole);
  return !',|'.includes(dialect.delimiter) && dialect.width >= 2 && dialect.share > 0.95 && /\n.*\n/.test(sample);
}
