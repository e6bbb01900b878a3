// A base that is ready to be trained or asked: its encoder with the values read. Made from a folder, kept by nobody here.
import type { TensorMap } from '../../src/contract/records';
import type { EncoderShape } from '../ml/encoder/config';
import type { TextEncoder } from '../ml/encoder/text-encoder';
import type { TextTokenizer } from '../ml/text-tokenizer';

export interface OpenedEncoder {
  encoder: TextEncoder;
  /** Whether its vectors are brought to unit length, as its folder says. */
  normalise: boolean;
  tokenizer: TextTokenizer;
  /** tokenizer.json, tokenizer_config.json and config.json as they are, for folders that are taken away. */
  config: Record<string, unknown>;
  /** Transformers only. */
  transformer?: {
    shape: EncoderShape;
    /** The classification head, where its folder has one that fits; names without the model's prefix. */
    head: TensorMap | null;
    /** The pooler where it is not part of the head. */
    pooler: TensorMap;
  };
}
