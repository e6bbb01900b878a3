// A Hugging Face config.json → the shape of an encoder. Reads what transformers 4 and 5 write; refuses, by name, what the
// encoder here would compute differently. Weights and tokenizer are not looked at.
import { FormatError, UnsupportedError } from '../../../src/contract/errors';
import type { Activation } from '../layers/layer';

export type EncoderFamily = 'bert' | 'distilbert' | 'roberta' | 'mpnet';

export interface EncoderShape {
  family: EncoderFamily;
  /** As the file says it: "bert", "xlm-roberta" … */
  modelType: string;
  vocabulary: number;
  hidden: number;
  layers: number;
  heads: number;
  /** Width of the feed-forward layer. */
  inner: number;
  /** Rows of the table of positions. */
  positions: number;
  /** Position of the first token: 0, or one after the padding id (RoBERTa, MPNet). */
  firstPosition: number;
  /** Most tokens of a text. */
  maxLength: number;
  /** Rows of the table of token types; 0 where there is none. */
  types: number;
  epsilon: number;
  activation: Activation;
  padId: number;
  /** Share of hidden states dropped in training, and of the head's input. */
  dropout: number;
  headDropout: number;
  /** Rows of the table of relative positions; 0 where there is none. */
  relativeBuckets: number;
  /** Names of the classes in the order of the logits, where the folder has a classification head. */
  labels: readonly string[] | null;
  severalLabels: boolean;
}

/** Families by model_type. Those on the right have the same tensors and arithmetic under another name. */
const families: Readonly<Record<string, EncoderFamily>> = {
  bert: 'bert',
  distilbert: 'distilbert',
  roberta: 'roberta',
  'xlm-roberta': 'roberta',
  camembert: 'roberta',
  mpnet: 'mpnet',
};

/** Names of activations in config.json that compute the same as ours. */
const activationNames: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  tanh: 'tanh',
};

const refused = (what: string): FormatError =>
  new FormatError(
    `config.json does not describe a usable encoder: ${what}. Download the folder again, or export it anew.`,
  );

/** Throws FormatError where a setting is missing or makes no sense, UnsupportedError where the model is of another kind. */
export function readEncoderConfig(config: unknown): EncoderShape {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) throw refused('it is not a JSON object');
  const settings = new Map<string, unknown>(Object.entries(config));
  const modelType = settings.get('model_type');
  if (typeof modelType !== 'string') throw refused('"model_type" is missing');
  const family = Object.hasOwn(families, modelType) ? families[modelType] : undefined;
  if (!family)
    throw new UnsupportedError(
      `This is a model of the type "${modelType}". Encoders of these types can be used: ${Object.keys(families).join(', ')}.`,
    );
  const distil = family === 'distilbert';
  const whole = (name: string, fallback?: number, least = 1): number => {
    const value = settings.get(name) ?? fallback;
    if (value === undefined) throw refused(`"${name}" is missing`);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
      throw refused(`"${name}" is ${JSON.stringify(value)}, not a whole number from ${least}`);
    return value;
  };
  const share = (name: string, fallback: number): number => {
    const value = settings.get(name) ?? fallback;
    if (typeof value !== 'number' || !(value >= 0 && value < 1))
      throw refused(`"${name}" is ${JSON.stringify(value)}, not a share from 0 to below 1`);
    return value;
  };

  refuseOtherArithmetic(settings);
  const hidden = whole(distil ? 'dim' : 'hidden_size');
  const heads = whole(distil ? 'n_heads' : 'num_attention_heads');
  if (hidden % heads !== 0) throw refused(`${hidden} hidden numbers cannot be split over ${heads} attention heads`);
  const padId = whole('pad_token_id', family === 'roberta' || family === 'mpnet' ? 1 : 0, 0);
  const firstPosition = family === 'roberta' || family === 'mpnet' ? padId + 1 : 0;
  const positions = whole('max_position_embeddings', 512);
  if (positions <= firstPosition) throw refused(`${positions} positions leave no room for a text`);
  const dropout = share(distil ? 'dropout' : 'hidden_dropout_prob', 0.1);
  const classes = readClasses(settings);
  return {
    family,
    modelType,
    vocabulary: whole('vocab_size'),
    hidden,
    layers: whole(distil ? 'n_layers' : 'num_hidden_layers'),
    heads,
    inner: whole(distil ? 'hidden_dim' : 'intermediate_size', 4 * hidden),
    positions,
    firstPosition,
    maxLength: positions - firstPosition,
    types: family === 'bert' || family === 'roberta' ? whole('type_vocab_size', 2) : 0,
    epsilon: readEpsilon(settings.get('layer_norm_eps')),
    activation: readActivation(settings.get(distil ? 'activation' : 'hidden_act') ?? 'gelu'),
    padId,
    dropout,
    headDropout: share(distil ? 'seq_classif_dropout' : 'classifier_dropout', distil ? 0.2 : dropout),
    relativeBuckets: family === 'mpnet' ? whole('relative_attention_num_buckets', 32, 4) : 0,
    ...classes,
  };
}

/** DistilBERT has 1e-12 built in, and the others have it where the file says nothing. */
function readEpsilon(value: unknown): number {
  if (value === undefined) return 1e-12;
  if (typeof value !== 'number' || !(value > 0 && value < 1))
    throw refused(`"layer_norm_eps" is ${JSON.stringify(value)}, not a small number above 0`);
  return value;
}

function readActivation(value: unknown): Activation {
  const known = typeof value === 'string' && Object.hasOwn(activationNames, value) ? activationNames[value] : undefined;
  if (known) return known;
  throw new UnsupportedError(
    `This encoder uses the activation ${JSON.stringify(value)}. Those that can be used: ${Object.keys(activationNames).join(', ')}.`,
  );
}

function refuseOtherArithmetic(settings: ReadonlyMap<string, unknown>): void {
  const position = settings.get('position_embedding_type') ?? 'absolute';
  if (position !== 'absolute')
    throw new UnsupportedError(
      `This encoder has positions of the type ${JSON.stringify(position)}; only "absolute" is known.`,
    );
  for (const name of ['is_decoder', 'add_cross_attention', 'is_encoder_decoder'])
    if (settings.get(name) === true)
      throw new UnsupportedError(`This is a decoder ("${name}" is true), not an encoder.`);
}

/** Labels only where the folder is of a classifier: every config has two nameless ones by default. */
function readClasses(settings: ReadonlyMap<string, unknown>): Pick<EncoderShape, 'labels' | 'severalLabels'> {
  const architectures = settings.get('architectures');
  const classifier =
    Array.isArray(architectures) &&
    architectures.some((name) => typeof name === 'string' && name.endsWith('ForSequenceClassification'));
  const severalLabels = settings.get('problem_type') === 'multi_label_classification';
  const names = settings.get('id2label');
  if (!classifier) return { labels: null, severalLabels };
  if (typeof names !== 'object' || names === null) return { labels: ['LABEL_0', 'LABEL_1'], severalLabels };
  const byNumber = new Map(Object.entries(names));
  const labels = Array.from({ length: byNumber.size }, (_, i) => {
    const label: unknown = byNumber.get(String(i));
    if (typeof label !== 'string') throw refused(`"id2label" has no name for class ${i}`);
    return label;
  });
  return { labels, severalLabels };
}
