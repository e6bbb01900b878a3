// Files that are known but not read yet, or that are not text at all: refused by name, with what to do instead.
import { FormatError, UnsupportedError } from '../contract/errors';

interface Known {
  title: string;
  advice: string;
}
const asCsv = 'Save it as CSV or JSONL and import that.';
const arrow: Known = {
  title: 'an Arrow file',
  advice: 'Save it with to_csv() or to_json(lines=True) and import that.',
};
const parquet: Known = {
  title: 'a Parquet file',
  advice: 'Save it with to_csv() or to_json(lines=True) and import that.',
};
const picture: Known = {
  title: 'a picture',
  advice: 'The studio learns from text: import the text that belongs to it.',
};
const sound: Known = { title: 'sound or video', advice: 'Import a transcript as text.' };
const weights: Known = {
  title: 'model weights',
  advice: 'Only data is imported here: CSV, TSV, JSON, JSONL, TXT, gzip or zip of these.',
};
const office = (title: string, advice: string): Known => ({ title, advice });
const sheet = office('an Excel workbook', 'Save the sheet as CSV (UTF-8) and import that.');
const binaryJson = (title: string): Known => ({ title, advice: 'Convert it to JSON or JSONL and import that.' });
const archive = (title: string): Known => ({ title, advice: 'Unpack it, or pack the files as zip or gzip.' });

const byExtension: Record<string, Known> = {
  parquet,
  arrow,
  feather: arrow,
  xlsx: sheet,
  xls: sheet,
  xlsm: sheet,
  ods: office('a spreadsheet', 'Save the sheet as CSV (UTF-8) and import that.'),
  pdf: office('a PDF', 'Copy its text into a TXT file and import that.'),
  docx: office('a Word document', 'Save it as plain text (UTF-8) and import that.'),
  doc: office('a Word document', 'Save it as plain text (UTF-8) and import that.'),
  odt: office('a text document', 'Save it as plain text (UTF-8) and import that.'),
  pptx: office('a presentation', 'Save it as plain text (UTF-8) and import that.'),
  epub: office('an e-book', 'Save it as plain text (UTF-8) and import that.'),
  html: office('a web page', 'Save it as plain text (UTF-8) and import that.'),
  htm: office('a web page', 'Save it as plain text (UTF-8) and import that.'),
  xml: office('an XML file', asCsv),
  bson: binaryJson('a BSON file'),
  cbor: binaryJson('a CBOR file'),
  msgpack: binaryJson('a MessagePack file'),
  ubjson: binaryJson('a UBJSON file'),
  bjdata: binaryJson('a BJData file'),
  avro: office('an Avro file', asCsv),
  orc: office('an ORC file', asCsv),
  sqlite: office('an SQLite data base', 'Export the table as CSV and import that.'),
  db: office('a data base', 'Export the table as CSV and import that.'),
  pkl: office('a Python pickle', 'It can run code when opened, so it never is. Save the data as CSV or JSONL.'),
  pickle: office('a Python pickle', 'It can run code when opened, so it never is. Save the data as CSV or JSONL.'),
  npy: office('a NumPy file', asCsv),
  npz: office('a NumPy file', asCsv),
  safetensors: weights,
  gguf: weights,
  onnx: weights,
  pt: weights,
  h5: weights,
  png: picture,
  jpg: picture,
  jpeg: picture,
  gif: picture,
  webp: picture,
  svg: picture,
  mp3: sound,
  wav: sound,
  mp4: sound,
  zst: archive('a Zstandard archive'),
  bz2: archive('a bzip2 archive'),
  xz: archive('an xz archive'),
  '7z': archive('a 7-Zip archive'),
  rar: archive('a RAR archive'),
  tar: archive('a tar archive'),
  tgz: archive('a tar archive'),
};

const magic: [number[], Known][] = [
  [[0x50, 0x41, 0x52, 0x31], parquet],
  [[0x41, 0x52, 0x52, 0x4f, 0x57, 0x31], arrow],
  [[0x46, 0x45, 0x41, 0x31], arrow],
  [[0x25, 0x50, 0x44, 0x46], byExtension['pdf']!],
  [[0x89, 0x50, 0x4e, 0x47], picture],
  [[0xff, 0xd8, 0xff], picture],
  [[0x47, 0x49, 0x46, 0x38], picture],
  [[0x47, 0x47, 0x55, 0x46], weights],
  [
    [0xd0, 0xcf, 0x11, 0xe0],
    office('an old Office file', 'Open it in your office program and save it as CSV or plain text.'),
  ],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20], byExtension['sqlite']!],
  [[0x28, 0xb5, 0x2f, 0xfd], byExtension['zst']!],
  [[0x42, 0x5a, 0x68], byExtension['bz2']!],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], byExtension['xz']!],
  [[0x37, 0x7a, 0xbc, 0xaf], byExtension['7z']!],
  [[0x52, 0x61, 0x72, 0x21], byExtension['rar']!],
  [[0x4f, 0x62, 0x6a, 0x01], byExtension['avro']!],
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], byExtension['npy']!],
  [[0x89, 0x48, 0x44, 0x46], weights],
  [[0x7f, 0x45, 0x4c, 0x46], office('a program', 'Choose a file of data.')],
  [[0x4d, 0x5a, 0x90], office('a program', 'Choose a file of data.')],
  [[0x00, 0x61, 0x73, 0x6d], office('a program', 'Choose a file of data.')],
];

/** The extension in small letters, without the dot. */
export function extensionOf(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const dot = base.lastIndexOf('.');
  return dot < 0 ? '' : base.slice(dot + 1).toLowerCase();
}

function refusal(name: string, known: Known): UnsupportedError {
  return new UnsupportedError(`${name} is ${known.title}, which is not read yet. ${known.advice}`);
}

/** Throws UnsupportedError where the first bytes or the name say what the file is and it is not read yet. */
export function refuseKnown(name: string, head: Uint8Array): void {
  for (const [bytes, known] of magic)
    if (bytes.every((byte, index) => head[index] === byte)) throw refusal(name, known);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.byteLength > 8 && view.getUint32(0, true) === 0xffffffff && view.getUint32(4, true) < 1e6)
    throw refusal(name, arrow);
  const extension = extensionOf(name);
  if (Object.hasOwn(byExtension, extension)) throw refusal(name, byExtension[extension]!);
}

/** Throws where single-byte text holds too many control characters to be text. */
export function refuseBinary(name: string, head: Uint8Array): void {
  let control = 0;
  for (const byte of head) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) control++;
  if (head.length > 32 && control > head.length * 0.02)
    throw new FormatError(
      `${name} does not hold text that can be read as rows. Save it as CSV, TSV, JSON, JSONL or TXT and import that.`,
    );
}

/** The title of an Office or other document that is a zip inside, told by its entries; null for a plain zip. */
export function refuseZippedDocument(name: string, entries: readonly string[]): void {
  const has = (start: string): boolean => entries.some((entry) => entry.startsWith(start));
  if (entries.includes('[Content_Types].xml'))
    throw refusal(name, byExtension[has('xl/') ? 'xlsx' : has('ppt/') ? 'pptx' : 'docx']!);
  if (entries.includes('mimetype') && has('META-INF/'))
    throw refusal(name, byExtension[entries.includes('content.xml') ? 'ods' : 'epub']!);
}
