// A base that is ready to be trained or asked: its encoder with the values read. Made from a folder, kept by nobody here.
import type { ImportedTensors } from '../ml/encoder/names';
import type { StaticEncoder } from '../ml/encoder/static-encoder';
import type { TransformerEncoder } from '../ml/encoder/transformer-encoder';
import type { TextTokenizer } from '../ml/text-tokenizer';

interface Opened {
  /** Whether its vectors are brought to unit length, as its folder says. */
  normalise: boolean;
  tokenizer: TextTokenizer;
  /** config.json as it is, but for labels of a label_map.json: for folders that are taken away. */
  config: Record<string, unknown>;
}

export interface OpenedStatic extends Opened {
  encoder: StaticEncoder;
  imported: null;
}

export interface OpenedTransformer extends Opened {
  encoder: TransformerEncoder;
  /** With the classification head, where its folder has one that fits (names without the model's prefix). */
  imported: ImportedTensors;
}

export type OpenedEncoder = OpenedStatic | OpenedTransformer;
