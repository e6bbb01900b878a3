// A folder of sentence-transformers whose encoder is a StaticEmbedding (model2vec, potion, and what is taken away from here):
// tokenizer.json and one table of word-pieces, read as a static encoder with rows of 8 bits. A text is cut only where the
// tokenizer says so, and gets no special tokens, as that module reads it.
import { FormatError, UnsupportedError } from '../../src/contract/errors';
import { createStaticEncoder, quantiseRows, staticConfigJson, type StaticConfig } from '../ml/encoder/static-encoder';
import { createTokenizer } from '../ml/text-tokenizer';
import type { FolderFile } from './folder-files';
import { isObject, type JsonObject } from './folder-json';
import { readFolderTokenizer } from './folder-tokenizer';
import type { ReadFolder } from './read-folder';
import type { SentenceLayout } from './sentence-layout';
import { findWeights, noWeights, readFloats } from './weight-files';

const architecture = 'StaticEmbedding';
/** model2vec's own name comes second. */
const tableNames = ['embedding.weight', 'embeddings'];
/** Parts of a table that model2vec made smaller: rows shared by pieces, and a weight each. */
const folded = ['mapping', 'weights'];
/** Tokens of a text where the tokenizer says no limit: a bound on work. */
const mostTokens = 100_000;

/** FormatError where a file is missing or the two do not fit, UnsupportedError where the table is a packed one. */
export async function readTableFolder(
  files: ReadonlyMap<string, FolderFile>,
  layout: SentenceLayout,
): Promise<ReadFolder> {
  const { root, normalise } = layout;
  const weights = await findWeights(files, root);
  if (!weights) throw noWeights(files, root);
  const packed = folded.find((name) => weights.tensors.has(name));
  if (packed)
    throw new UnsupportedError(
      `The table of this folder is packed ("${packed}" in ${root}model.safetensors), which is not read. Unpack it once. In Python: from sentence_transformers import SentenceTransformer; SentenceTransformer("folder").save("folder-2")`,
    );
  const name = tableNames.find((one) => weights.tensors.has(one));
  const span = name === undefined ? undefined : weights.tensors.get(name);
  const [vocabulary, dimensions] = span?.shape ?? [];
  if (name === undefined || !span || !vocabulary || !dimensions || span.shape.length !== 2)
    throw new FormatError(
      `${root}model.safetensors has no table "embedding.weight" of words by numbers. Add the whole folder of a StaticEmbedding.`,
    );
  const found = await readFolderTokenizer(files, root, architecture);
  const { files: own } = found.tokenizer;
  const tokenizer = createTokenizer({ ...own.tokenizer, post_processor: null }, own.config);
  if (tokenizer.vocabularySize > vocabulary)
    throw new FormatError(
      `tokenizer.json has ${tokenizer.vocabularySize} pieces and the table ${vocabulary} rows: they are of two models.`,
    );
  const settings: StaticConfig = { dimensions, vocabulary, maxLength: truncatedAt(own.tokenizer) };
  return {
    kind: 'static',
    architecture,
    parameters: vocabulary * dimensions,
    shape: { hidden: dimensions, layers: 0, heads: 0, vocabulary, maxLength: settings.maxLength },
    files: [...layout.files, ...found.files, ...weights.files],
    load: async () => {
      const table = quantiseRows(await readFloats(name, span), dimensions);
      const encoder = createStaticEncoder(settings, table, tokenizer);
      return { encoder, imported: null, normalise, tokenizer, config: staticConfigJson(settings) };
    },
  };
}

function truncatedAt({ truncation }: JsonObject): number {
  const most = isObject(truncation) ? truncation['max_length'] : null;
  return typeof most === 'number' && Number.isSafeInteger(most) && most > 0 ? most : mostTokens;
}
