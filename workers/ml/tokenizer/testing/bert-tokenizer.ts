// A small BERT tokenizer of letters, made here: what tokenizer.json and tokenizer_config.json hold. For tests.

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const pieces = [...'abcdefghijklmnopqrstuvwxyzé.,!?σςß東', 'lorem', 'ipsum', 'dolor', '##or', '##em', 'do', "'"];
const inside = [...'abcdefghijklmnopqrstuvwxyzéσς'].map((letter) => `##${letter}`);

interface Token {
  id: number;
  content: string;
  special: boolean;
  normalized: boolean;
}

export const bertVocabulary: readonly string[] = [...new Set([...special, ...pieces, ...inside])];

/** `normalizer` overrides BertNormalizer's settings; `more` are added tokens beside the special ones. */
export function bertTokenizer(normalizer: Record<string, unknown> = {}, more: readonly Token[] = []) {
  const added = special.map((content, id) => ({ id, content, special: true, normalized: false }));
  const frame = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  return {
    config: { tokenizer_class: 'BertTokenizer', unk_token: '[UNK]', pad_token: '[PAD]', model_max_length: 64 },
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [...added, ...more],
      normalizer: {
        ...{ type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true },
        ...{ strip_accents: null, lowercase: true, ...normalizer },
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: {
        type: 'TemplateProcessing',
        single: [frame('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, frame('[SEP]')],
        pair: [frame('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, frame('[SEP]')],
        special_tokens: {
          '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
          '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
        },
      },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        ...{ type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
        vocab: Object.fromEntries(bertVocabulary.map((token, id) => [token, id])),
      },
    },
  };
}
