// The layers of a stored base with their numbers of parameters, from its config.json alone: what freezing and LoRA leave
// trained is then a sum. The static starter is one table.
import type { Base } from '../../src/contract/bases';
import { UnsupportedError } from '../../src/contract/errors';
import type { BaseLayers, LayerFacts } from '../../src/contract/map';
import { readObject } from '../bases/folder-json';
import { readSentenceLayout } from '../bases/sentence-layout';
import { storedFiles } from '../bases/stored-files';
import { readEncoderConfig } from '../ml/encoder/config';
import { blockNames, encoderTensors, headTensors } from '../ml/encoder/names';

/** UnsupportedError for bases that are not trained layer by layer. */
export async function layersOf(base: Base): Promise<BaseLayers> {
  if (base.kind !== 'transformer')
    throw new UnsupportedError(`${base.name} has no layers that could be trained apart from each other.`);
  const files = new Map(storedFiles(base).map((file) => [file.path, file]));
  const { root } = await readSentenceLayout(files);
  const shape = readEncoderConfig(
    (await readObject(files.get(`${root}config.json`) ?? files.get('config.json'))) ?? {},
  );
  const tensors = [...encoderTensors(shape)];
  const blocks = Array.from({ length: shape.layers }, (_, layer) => blockNames(shape.family, layer));
  const inBlock = (name: string): boolean => blocks.some(({ block }) => name.startsWith(`${block}.`));
  const embeddings: LayerFacts = {
    ...{ id: 'embeddings', kind: 'embeddings', title: 'Embeddings', linears: [] },
    parameters: total(tensors.filter(([name]) => !inBlock(name))),
  };
  const layers = blocks.map(({ block }, i): LayerFacts => {
    const own = tensors.filter(([name]) => name.startsWith(`${block}.`));
    const linears = own.flatMap(([name, size]) =>
      name.endsWith('.weight') && size.length === 2
        ? [{ name: name.slice(0, -'.weight'.length), inputs: size[1]!, outputs: size[0]! }]
        : [],
    );
    return { id: block, kind: 'block', title: `Layer ${i + 1}`, parameters: total(own), linears };
  });
  const head = headTensors(shape, 1);
  const familyHead = total([...head].filter(([, size]) => size[0] === shape.hidden));
  return { layers: [embeddings, ...layers], hidden: shape.hidden, familyHead };
}

function total(tensors: readonly (readonly [string, readonly number[]])[]): number {
  return tensors.reduce((sum, [, size]) => sum + size.reduce((product, dim) => product * dim, 1), 0);
}
