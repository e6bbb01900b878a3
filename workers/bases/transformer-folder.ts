// A folder of a transformer encoder: its tensors by name and shape against config.json, its tokenizer against the table of
// words. The numbers themselves are read by `load`.
import { FormatError } from '../../src/contract/errors';
import { readEncoderConfig } from '../ml/encoder/config';
import { createTransformerEncoder } from '../ml/encoder/transformer-encoder';
import type { FolderTokenizer } from './folder-tokenizer';
import type { FolderParts, ReadFolder } from './read-folder';
import { createTokenizer, type TextTokenizer } from '../ml/text-tokenizer';
import { fillTensors, nameTensors } from './tensor-names';

/** All but the list of files. FormatError or UnsupportedError says what does not fit. */
export async function readTransformerFolder(
  { config, layout, weights }: Omit<FolderParts, 'tokenizer'>,
  readTokenizer: () => Promise<FolderTokenizer>,
): Promise<Omit<ReadFolder, 'files'> & { tokenizer: FolderTokenizer }> {
  const shape = readEncoderConfig(config);
  const named = nameTensors(shape, weights);
  const tokenizer = await readTokenizer();
  const { vocabularySize } = tokenizer.tokenizer;
  if (vocabularySize > shape.vocabulary)
    throw new FormatError(
      `The tokenizer has ${vocabularySize} tokens, and the model's table of words has ${shape.vocabulary} rows: they are of two models. Add the tokenizer of this model.`,
    );
  const stated = Number(tokenizer.settings['model_max_length']);
  const limits = [layout.maxLength ?? Infinity, stated > 2 ? stated : Infinity];
  const maxLength = Math.min(shape.maxLength, ...limits);
  const { pooling, normalise, lowerCase } = layout;
  const load: ReadFolder['load'] = async () => {
    const tensors = nameTensors(shape, weights);
    await fillTensors(tensors, weights);
    // An old setting of sentence-transformers; as a part of the tokenizer it goes wherever that goes.
    const own = lowerCase ? inLowerCase(tokenizer.tokenizer) : tokenizer.tokenizer;
    const encoder = createTransformerEncoder({
      ...{ shape, tensors, pooling, maxLength },
      tokenize: (texts, most) => own.tokenize(texts, most),
    });
    return { encoder, normalise, tokenizer: own, config, imported: tensors };
  };
  const encoderParameters = count(named.encoder);
  return {
    kind: 'transformer',
    architecture: shape.modelType,
    parameters: encoderParameters + count(named.head ?? {}) + count(named.pooler),
    shape: {
      ...{ hidden: shape.hidden, layers: shape.layers, heads: shape.heads, vocabulary: shape.vocabulary },
      ...{ maxLength, encoderParameters },
    },
    ...(named.head && shape.labels ? { labels: [...shape.labels] } : {}),
    load,
    tokenizer,
  };
}

const count = (tensors: Readonly<Record<string, { shape: readonly number[] }>>): number =>
  Object.values(tensors).reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

function inLowerCase({ files: { tokenizer, config } }: TextTokenizer): TextTokenizer {
  const lower = { type: 'Lowercase' };
  const before = tokenizer['normalizer'];
  const normalizer = before === null ? lower : { type: 'Sequence', normalizers: [lower, before] };
  return createTokenizer({ ...tokenizer, normalizer }, config);
}
