// From the teacher to the files of the starter. Nothing it is measured with is read here: the texts are the folder given,
// our own templates and sample phrases, and bags of words. What it says of itself comes from texts held out.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openWasmDevice } from '../../workers/backends/wasm-device';
import { quantiseRows, staticModelType } from '../../workers/ml/encoder/static-encoder';
import { flatTokens, lengthOf, textCount } from '../../workers/ml/encoder/tokens';
import { createTokenizer } from '../../workers/ml/text-tokenizer';
import { agreement } from './agreement.mjs';
import { notice } from './notice.mjs';
import { prunePieces, wordsAmong } from './pieces.mjs';
import { covariance, eigenvectors, project } from './principal-components.mjs';
import { train, weighByRank } from './student.mjs';
import { tableFile } from './table-file.mjs';
import { openTeacher, readAll } from './teacher.mjs';
import { makeTexts } from './texts.mjs';

const seed = 42;
const dimensions = 256;
const counts = { sentences: 40_000, templates: 40_000, support: 4_000, bags: 30_000, phrases: 12_000 };
/** Of all these so many are read, drawn evenly: what the teacher reads in half an hour here. */
const most = 64_500;
/** Texts never learned from, of the kinds that people write. */
const heldOut = 4_500;
const training = { epochs: 4, batch: 256, learningRate: 5e-3, seed };
/** Texts the principal components are taken of, with every second piece. */
const componentTexts = 40_000;

export async function distil({ device: openable, teacher: folder, texts: textFolder, out, keep, say }) {
  const began = Date.now();
  const told = (line) => say(`${((Date.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);
  const device = await openWasmDevice(openable);
  const teacher = openTeacher(folder, device);
  const { pieces, teacherIds, tokenizer: tokenizerJson } = prunePieces(teacher.tokenizerJson);
  const tokenizer = createTokenizer(tokenizerJson, tokenizerConfig);
  const texts = makeTexts({ folder: textFolder, vocabulary: wordsAmong(pieces), seed, counts }).slice(0, most);
  told(`${texts.length} texts, ${pieces.length} pieces`);

  const { before, after } = teacher.tokenizer.frame;
  const alone = flatTokens(Array.from(teacherIds, (id) => [...before, id, ...after]));
  const together = teacher.tokenize(texts.map(({ text }) => text));
  const { dimensions: wide } = teacher;
  const ask = (what, tokens) =>
    readAll(tokens, wide, { keep, read: teacher.read, told: (done) => told(`the teacher has read ${done} ${what}`) });
  const pieceVectors = await ask('pieces', alone);
  const textVectors = await ask('texts', together);
  teacher.dispose();

  const texted = texts.length - heldOut;
  const textMean = meanOf(textVectors, wide, texted);
  const pieceMean = meanOf(pieceVectors, wide, pieces.length);
  const { vectors } = eigenvectors(
    sumOf(
      covariance(rowsOf(textVectors, wide, componentTexts, 1), textMean),
      covariance(rowsOf(pieceVectors, wide, pieces.length, 2), pieceMean),
    ),
    wide,
  );
  told('principal components found');
  const targets = unitRows(project(textVectors, textMean, vectors, dimensions), dimensions);
  const firstWord = pieces.indexOf('the');
  const start = weighByRank(project(pieceVectors, pieceMean, vectors, dimensions), dimensions, firstWord);

  const config = { dimensions, vocabulary: pieces.length, maxLength };
  const tokens = tokenizer.tokenize(
    texts.map(({ text }) => text),
    128,
  );
  const known = (row) => lengthOf(tokens, row) > 0;
  const rows = Int32Array.from(Array.from({ length: texted }, (_, row) => row).filter(known));
  const judged = Array.from({ length: heldOut }, (_, i) => texted + i).filter(
    (row) => known(row) && ['sentence', 'template', 'support'].includes(texts[row].kind),
  );
  const judge = (table) => agreement({ table, dimensions, tokens, rows: judged, teacher: textVectors, wide, seed });
  told(`before training: ${judge(start)}`);
  const table = await train({ device, config, tokenizer, start, tokens, targets, rows, ...training, told });
  const { rows: quantised, scales } = quantiseRows(table, dimensions);
  told(`after training: ${judge(table)}`);
  told(`in 8 bits: ${judge(table.map((_, at) => quantised[at] * scales[Math.floor(at / dimensions)]))}`);
  if (textCount(tokens) !== texts.length) throw new Error('Some texts were lost.');

  mkdirSync(out, { recursive: true });
  const files = {
    'config.json': `${JSON.stringify(configJson(pieces.length), null, 2)}\n`,
    'tokenizer.json': JSON.stringify(tokenizerJson),
    'tokenizer_config.json': `${JSON.stringify(tokenizerConfig, null, 2)}\n`,
    'model.safetensors': tableFile({ rows: quantised, scales }, dimensions),
    NOTICE: notice,
  };
  let bytes = 0;
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(out, name), content);
    bytes += Buffer.byteLength(content);
  }
  told(`${bytes} bytes written`);
  device.dispose();
}

/** A bound on work; the table itself knows no longest text. */
const maxLength = 512;
const tokenizerConfig = {
  tokenizer_class: 'BertTokenizer',
  do_lower_case: true,
  unk_token: '[UNK]',
  model_max_length: 512,
};
const configJson = (vocabulary) => ({
  model_type: staticModelType,
  hidden_size: dimensions,
  vocab_size: vocabulary,
  max_length: maxLength,
  pooling: 'mean',
  quantization: { bits: 8, scale: 'row' },
  distilled_from: 'sentence-transformers/all-MiniLM-L6-v2',
});

function meanOf(vectors, size, count) {
  const mean = new Float32Array(size);
  for (let r = 0; r < count; r++) for (let i = 0; i < size; i++) mean[i] += vectors[r * size + i] / count;
  return mean;
}

const rowsOf = (vectors, size, count, every) =>
  Array.from({ length: Math.floor(count / every) }, (_, r) =>
    vectors.subarray(r * every * size, (r * every + 1) * size),
  );

const sumOf = (a, b) => a.map((value, i) => value + b[i]);

function unitRows(vectors, size) {
  for (let at = 0; at < vectors.length; at += size) {
    const row = vectors.subarray(at, at + size);
    const length = Math.hypot(...row) || 1;
    for (let i = 0; i < size; i++) row[i] /= length;
  }
  return vectors;
}
