// A BERT tokenizer.json from the older vocab.txt, as transformers' converter writes it (BertConverter and MPNetConverter of
// convert_slow_tokenizer.py): one word-piece a line, the line being its id.
import { FormatError } from '../../src/contract/errors';
import { isObject, type JsonObject } from './folder-json';

const usual = { unk: '[UNK]', cls: '[CLS]', sep: '[SEP]', pad: '[PAD]', mask: '[MASK]' };
const mpnet = { unk: '[UNK]', cls: '<s>', sep: '</s>', pad: '<pad>', mask: '<mask>' };

/** The content of tokenizer.json. FormatError where the vocabulary lacks a special token. */
export function tokenizerFromVocabulary(text: string, modelType: string, settings: JsonObject): JsonObject {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  const vocab = new Map<string, number>();
  // As in Python, a piece that comes twice has its last place.
  lines.forEach((line, id) => vocab.set(line, id));
  const pieces = modelType === 'mpnet' ? mpnet : usual;
  const special = (name: keyof typeof usual): { content: string; id: number } => {
    const given = settings[`${name}_token`];
    const content =
      typeof given === 'string' ? given : typeof given === 'object' && given !== null ? contentOf(given) : pieces[name];
    const id = vocab.get(content);
    if (id === undefined)
      throw new FormatError(
        `vocab.txt has no line "${content}", which the tokenizer needs. It is of another model; add the right one, or tokenizer.json.`,
      );
    return { content, id };
  };
  const [cls, sep] = [special('cls'), special('sep')];
  const lowercase = settings['do_lower_case'] !== false;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens((['pad', 'unk', 'cls', 'sep', 'mask'] as const).map(special), settings),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: settings['tokenize_chinese_chars'] !== false,
      strip_accents: typeof settings['strip_accents'] === 'boolean' ? settings['strip_accents'] : null,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: modelType === 'mpnet' ? robertaFrame(cls, sep) : bertFrame(cls, sep),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: special('unk').content,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocab),
    },
  };
}

const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };

/** The special tokens, and those that tokenizer_config.json adds, in the order of their ids. */
function addedTokens(specials: readonly Special[], settings: JsonObject): JsonObject[] {
  const tokens = new Map<number, JsonObject>(
    specials.map((token) => [token.id, { ...token, ...plain, special: true }]),
  );
  const more = settings['added_tokens_decoder'];
  for (const [id, token] of Object.entries(isObject(more) ? more : {}))
    if (isObject(token) && typeof token['content'] === 'string') tokens.set(Number(id), { ...token, id: Number(id) });
  return [...tokens.values()].sort((a, b) => Number(a['id']) - Number(b['id']));
}

interface Special {
  content: string;
  id: number;
}

function robertaFrame(cls: Special, sep: Special): JsonObject {
  return {
    type: 'RobertaProcessing',
    sep: [sep.content, sep.id],
    cls: [cls.content, cls.id],
    trim_offsets: true,
    add_prefix_space: false,
  };
}

function bertFrame(cls: Special, sep: Special): JsonObject {
  const token = ({ content }: Special, type_id: number) => ({ SpecialToken: { id: content, type_id } });
  const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  const one = ({ content, id }: Special) => [content, { id: content, ids: [id], tokens: [content] }] as const;
  return {
    type: 'TemplateProcessing',
    single: [token(cls, 0), text('A', 0), token(sep, 0)],
    pair: [token(cls, 0), text('A', 0), token(sep, 0), text('B', 1), token(sep, 1)],
    special_tokens: Object.fromEntries([one(cls), one(sep)]),
  };
}

function contentOf(token: object): string {
  return 'content' in token && typeof token.content === 'string' ? token.content : '';
}
