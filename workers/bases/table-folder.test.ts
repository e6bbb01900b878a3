// Folders of sentence-transformers with a table of word-pieces, our own among them.
import { describe, expect, it } from 'vitest';
import type { TensorMap } from '../../src/contract/records';
import { writeSafetensors } from '../../src/formats/safetensors';
import { Rng } from '../../src/lib/rng';
import { toF16 } from '../../src/lib/half';
import { isStatic, quantiseRows, type StaticEncoder } from '../ml/encoder/static-encoder';
import { createTokenizer } from '../ml/text-tokenizer';
import { bertTokenizer, bertVocabulary } from '../ml/tokenizer/testing/bert-tokenizer';
import { folderFiles } from './folder-files';
import { readFolder } from './read-folder';
import { staticEmbeddingFolder, type TakenFiles } from './taken-folder';
import { asFiles, editJson, halfFile, type TinyFiles } from './testing/tiny-folder';

const dimensions = 6;
const vocabulary = bertVocabulary.length;
const tokenizer = () => createTokenizer(bertTokenizer().tokenizer, bertTokenizer().config);

function randomTable(): Float32Array {
  const random = new Rng(5);
  return Float32Array.from({ length: vocabulary * dimensions }, () => random.normal());
}

const record = (data: Float32Array): TensorMap[string] => ({ shape: [vocabulary, dimensions], dtype: 'float32', data });

const taken = (files: TakenFiles): TinyFiles =>
  new Map(files.map(({ path, bytes }) => [path, new Uint8Array(bytes)] as const));

const texts = (files: TinyFiles): TinyFiles =>
  new Map(
    [...files].map(([name, content]) => [
      name,
      typeof content === 'string' || name.endsWith('.safetensors') ? content : new TextDecoder().decode(content),
    ]),
  );

const folder = (table = randomTable()): TinyFiles => texts(taken(staticEmbeddingFolder(tokenizer(), record(table), 7)));

async function open(files: TinyFiles) {
  const read = await readFolder((await folderFiles(asFiles(files))).files);
  const opened = await read.load!();
  const { encoder } = opened;
  if (!isStatic(encoder)) throw new Error('The folder is not that of a static encoder.');
  return { read, opened, encoder };
}

/** Unit mean of the rows of a text's pieces, in 64 bits. */
function expectedVector(table: Float32Array, text: string): number[] {
  const sum = new Float64Array(dimensions);
  for (const id of tokenizer().body(text)) for (let d = 0; d < dimensions; d++) sum[d]! += table[id * dimensions + d]!;
  const length = Math.hypot(...sum) || 1;
  return [...sum].map((value) => value / length);
}

const floats = ({ table: { rows, scales } }: StaticEncoder): Float32Array =>
  Float32Array.from(rows, (value, i) => value * scales[Math.floor(i / dimensions)]!);

describe('a folder with a StaticEmbedding', () => {
  it('is a static base that reads a text without special tokens and cuts it where the tokenizer says', async () => {
    const table = randomTable();
    const { read, opened, encoder } = await open(folder(table));
    expect(read).toMatchObject({
      ...{ kind: 'static', architecture: 'StaticEmbedding', parameters: vocabulary * dimensions },
      shape: { hidden: dimensions, layers: 0, vocabulary, maxLength: 7 },
    });
    expect(read.files.map(({ path }) => path).sort()).toEqual([
      '0_StaticEmbedding/model.safetensors',
      '0_StaticEmbedding/tokenizer.json',
      'config_sentence_transformers.json',
      'modules.json',
    ]);
    expect(opened.normalise).toBe(true);
    for (const text of ['lorem ipsum', 'é東?', '[CLS] a']) {
      const [vector] = encoder.embed([text]);
      const wanted = expectedVector(table, text);
      wanted.forEach((value, d) => expect(Math.abs(vector![d]! - value)).toBeLessThan(0.02));
    }
    expect(encoder.embed([''])[0]).toEqual(new Float32Array(dimensions));
    expect(encoder.embed(['a b c d e f g h i'])[0]).toEqual(encoder.embed(['a b c d e f g'])[0]);
  });

  it('of our own gives the same rows, and the same again', async () => {
    const quantised = quantiseRows(randomTable(), dimensions);
    const data = Float32Array.from(quantised.rows, (v, i) => v * quantised.scales[Math.floor(i / dimensions)]!);
    const first = await open(folder(data));
    expect(first.encoder.table.rows).toEqual(quantised.rows);
    const again = await open(folder(floats(first.encoder)));
    expect(again.encoder.table.rows).toEqual(quantised.rows);
    again.encoder.table.scales.forEach((scale, r) => expect(scale / quantised.scales[r]!).toBeCloseTo(1, 6));
  });

  it('may be of model2vec: half numbers under its own name at the root, with or without unit length', async () => {
    const table = randomTable();
    const files: TinyFiles = new Map<string, string | Uint8Array<ArrayBuffer>>([
      ['modules.json', JSON.stringify([{ type: 'sentence_transformers.models.StaticEmbedding', path: '.' }])],
      ['config.json', JSON.stringify({ model_type: 'model2vec' })],
      ['tokenizer.json', JSON.stringify(bertTokenizer().tokenizer)],
      ['model.safetensors', halfFile({ embeddings: record(table) }, 'F16', toF16)],
    ]);
    const { opened, encoder } = await open(files);
    expect(opened.normalise).toBe(false);
    floats(encoder).forEach((value, i) => expect(Math.abs(value - table[i]!)).toBeLessThan(0.03));
  });

  it('is refused by what is missing or does not fit', async () => {
    const refused = (files: TinyFiles, name: string, words: RegExp) =>
      expect(open(files)).rejects.toMatchObject({ name, message: expect.stringMatching(words) as string });
    const weights = '0_StaticEmbedding/model.safetensors';
    const without = folder();
    without.delete(weights);
    await refused(without, 'FormatError', /0_StaticEmbedding\/model\.safetensors/);
    const other = (tensors: TensorMap) => folder().set(weights, new Uint8Array(writeSafetensors(tensors)));
    await refused(other({ table: record(randomTable()) }), 'FormatError', /embedding\.weight/);
    const less = { shape: [3, 2], dtype: 'float32', data: new Float32Array(6) } as const;
    await refused(other({ 'embedding.weight': { ...less, shape: [3, 2] } }), 'FormatError', /of two models/);
    const packed = { embeddings: record(randomTable()), weights: record(randomTable()) };
    await refused(other(packed), 'UnsupportedError', /packed.*SentenceTransformer/);
    const dense = editJson(folder(), 'modules.json', (list) =>
      Object.assign(list, { 1: { type: 'sentence_transformers.models.Dense', path: '1_Dense' } }),
    );
    await refused(dense, 'UnsupportedError', /Dense/);
  });
});
