// A folder of a static encoder, such as the starter: a table of word-pieces and nothing else.
import type { Safetensor } from '../../src/formats/safetensors';
import { createStaticEncoder, readStaticConfig, readStaticTable, staticModelType } from '../ml/encoder/static-encoder';
import type { FolderParts, ReadFolder } from './read-folder';
import { readTensor } from './weight-files';
import { FormatError } from '../../src/contract/errors';

export { staticModelType };

/** All but the list of files. FormatError where tensors or tokenizer do not fit the configuration. */
export function readStaticFolder({ config, tokenizer, weights, layout }: FolderParts): Omit<ReadFolder, 'files'> {
  const settings = readStaticConfig(config);
  const { dimensions, vocabulary, maxLength } = settings;
  const rows = weights.tensors.get('embedding.weight');
  if (rows && rows.shape.join() !== `${vocabulary},${dimensions}`)
    throw new FormatError(
      `"embedding.weight" has the shape [${rows.shape.join(', ')}]; config.json asks for [${vocabulary}, ${dimensions}].`,
    );
  const load: ReadFolder['load'] = async () => {
    const tensors = new Map<string, Safetensor>();
    for (const [name, span] of weights.tensors) tensors.set(name, await readTensor(span));
    const table = readStaticTable({ metadata: new Map(), tensors }, settings);
    const encoder = createStaticEncoder(settings, table, tokenizer.tokenizer);
    return { encoder, imported: null, normalise: true, tokenizer: tokenizer.tokenizer, config };
  };
  return {
    kind: 'static',
    architecture: staticModelType,
    parameters: vocabulary * dimensions,
    shape: { hidden: dimensions, layers: 0, heads: 0, vocabulary, maxLength: layout.maxLength ?? maxLength },
    load,
  };
}
