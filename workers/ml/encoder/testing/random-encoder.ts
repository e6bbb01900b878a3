// Small encoders with random weights, for tests that need no files.
import type { TensorMap } from '../../../../src/contract/records';
import { Rng } from '../../../../src/lib/rng';
import { readEncoderConfig, type EncoderFamily, type EncoderShape } from '../config';
import { encoderTensors, exportTensors, headTensors, importTensors, type ImportedTensors } from '../names';
import { flatTokens, type Tokenized } from '../tokens';
import { createTransformerEncoder, type TransformerEncoder } from '../transformer-encoder';

export const families: readonly EncoderFamily[] = ['bert', 'distilbert', 'roberta', 'mpnet'];

/** config.json of a small model as transformers writes it. */
export function smallConfig(family: EncoderFamily, more: Record<string, unknown> = {}): Record<string, unknown> {
  const counts =
    family === 'distilbert'
      ? { dim: 12, n_layers: 2, n_heads: 3, hidden_dim: 20 }
      : { hidden_size: 12, num_hidden_layers: 2, num_attention_heads: 3, intermediate_size: 20 };
  const classifier = { bert: 'Bert', distilbert: 'DistilBert', roberta: 'Roberta', mpnet: 'MPNet' }[family];
  return {
    model_type: family,
    architectures: [`${classifier}ForSequenceClassification`],
    id2label: { '0': 'no', '1': 'maybe', '2': 'yes' },
    vocab_size: 23,
    max_position_embeddings: 30,
    layer_norm_eps: 1e-5,
    ...counts,
    ...more,
  };
}

export interface SmallModel {
  shape: EncoderShape;
  /** As a file of transformers would hold them, head included. */
  file: TensorMap;
  imported: ImportedTensors;
  encoder: TransformerEncoder;
}

/** Texts are written as ids in words: "4 8 15". */
export function smallEncoder(family: EncoderFamily, more: Record<string, unknown> = {}, seed = 1): SmallModel {
  const shape = readEncoderConfig(smallConfig(family, more));
  const rng = new Rng(seed, 9);
  const named: TensorMap = {};
  for (const [name, size] of [...encoderTensors(shape), ...headTensors(shape, shape.labels?.length ?? 0)]) {
    const length = size.reduce((product, one) => product * one, 1);
    const gain = /norm.*\.weight$/i.test(name) ? 1 : 0;
    const data = Float32Array.from({ length }, () => gain + 0.3 * rng.normal());
    named[name] = { shape: [...size], dtype: 'float32', data };
  }
  const file = exportTensors(family, named, true);
  const imported = importTensors(shape, file);
  const tokenize = (texts: readonly string[], most: number): Tokenized =>
    flatTokens(texts.map((text) => text.split(' ').map(Number).slice(0, most)));
  return { shape, file, imported, encoder: createTransformerEncoder({ shape, tensors: imported, tokenize }) };
}

/** Ids of texts of these lengths, none of them the padding id. */
export function randomTokens(lengths: readonly number[], vocabulary: number, seed = 2): Tokenized {
  const rng = new Rng(seed, 8);
  return flatTokens(
    lengths.map((length) => Array.from({ length }, () => 2 + Math.floor(rng.uniform() * (vocabulary - 2)))),
  );
}
