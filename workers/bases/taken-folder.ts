// Folders that other tools open, made from a tuned encoder: of transformers, of sentence-transformers (with a transformer or
// with a table of word-pieces), and a PEFT adapter. Layouts: those the libraries write themselves.
import type { TensorMap } from '../../src/contract/records';
import { writeSafetensors } from '../../src/formats/safetensors';
import type { EncoderShape } from '../ml/encoder/config';
import { exportTensors, fileName, headNames } from '../ml/encoder/names';
import type { EncoderLora, Pooling } from '../ml/encoder/text-encoder';
import type { TextTokenizer } from '../ml/text-tokenizer';

export type TakenFiles = { path: string; bytes: Uint8Array }[];

type JsonObject = Record<string, unknown>;

/** An encoder with its numbers as they are taken away: names without the model's prefix, LoRA merged. */
export interface TakenEncoder {
  shape: EncoderShape;
  tensors: TensorMap;
  /** config.json of the folder it began with. */
  config: JsonObject;
  tokenizer: TextTokenizer;
  /** Tokens of a text that are read. */
  maxLength: number;
}

export interface TakenClasses {
  labels: readonly string[];
  multiLabel: boolean;
}

const json = (path: string, value: unknown): TakenFiles[number] => ({
  path,
  bytes: new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`),
});

/** Class names of transformers by model_type. */
const architectures: Readonly<Record<string, string>> = {
  bert: 'Bert',
  distilbert: 'DistilBert',
  roberta: 'Roberta',
  'xlm-roberta': 'XLMRoberta',
  camembert: 'Camembert',
  mpnet: 'MPNet',
};

/** What a config says of the folder it lay in, not of the network. */
const ofTheFolder = ['_name_or_path', 'transformers_version', 'architectures', 'dtype', 'torch_dtype'];
const ofTheClasses = ['id2label', 'label2id', 'problem_type', 'num_labels'];

function configFor({ config, shape }: TakenEncoder, classes: TakenClasses | null): JsonObject {
  const dropped = new Set([...ofTheFolder, ...ofTheClasses]);
  const kept = Object.fromEntries(Object.entries(config).filter(([name]) => !dropped.has(name)));
  const name = architectures[shape.modelType] ?? 'Auto';
  const whole = { ...kept, architectures: [`${name}${classes ? 'ForSequenceClassification' : 'Model'}`] };
  if (!classes) return { ...whole, torch_dtype: 'float32' };
  return {
    ...whole,
    torch_dtype: 'float32',
    id2label: Object.fromEntries(classes.labels.map((label, i) => [String(i), label])),
    label2id: Object.fromEntries(classes.labels.map((label, i) => [label, i])),
    problem_type: classes.multiLabel ? 'multi_label_classification' : 'single_label_classification',
  };
}

const specialTokens = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];

function tokenizerFiles({ tokenizer, maxLength }: TakenEncoder): TakenFiles {
  const { tokenizer: own, config } = tokenizer.files;
  const special = specialTokens.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]] as const]));
  return [
    json('tokenizer.json', own),
    json('tokenizer_config.json', { ...config, model_max_length: maxLength }),
    json('special_tokens_map.json', Object.fromEntries(special)),
  ];
}

/** Opens as AutoModelForSequenceClassification. `head`: the family's, names without the model's prefix. */
export function classifierFolder(taken: TakenEncoder, head: TensorMap, classes: TakenClasses): TakenFiles {
  const { family } = taken.shape;
  // Only BERT's head has the pooler in it; the other classes do not know one.
  const own = Object.entries(taken.tensors).filter(([name]) => !name.startsWith('pooler.'));
  const tensors = exportTensors(family, { ...Object.fromEntries(own), ...head }, true);
  return [
    json('config.json', configFor(taken, classes)),
    { path: 'model.safetensors', bytes: writeSafetensors(tensors, { format: 'pt' }) },
    ...tokenizerFiles(taken),
  ];
}

interface Module {
  path: string;
  type: string;
  files: TakenFiles;
}

const inFolder = (folder: string, files: TakenFiles): TakenFiles =>
  folder === '' ? files : files.map(({ path, bytes }) => ({ path: `${folder}/${path}`, bytes }));

function sentenceFolder(modules: readonly Module[]): TakenFiles {
  const listed = modules.map(({ path, type }, idx) => ({
    idx,
    name: String(idx),
    path,
    type: `sentence_transformers.models.${type}`,
  }));
  return [
    json('modules.json', listed),
    json('config_sentence_transformers.json', {
      __version__: {},
      prompts: {},
      default_prompt_name: null,
      similarity_fn_name: 'cosine',
    }),
    ...modules.flatMap(({ path, files }) => inFolder(path, files)),
  ];
}

const normalise: Module = { path: '2_Normalize', type: 'Normalize', files: [] };

/** Opens as SentenceTransformer. With `dense`, a linear layer over the unit vectors, it gives logits instead of vectors. */
export function sentenceTransformerFolder(
  taken: TakenEncoder,
  pooling: Pooling,
  dense?: { weight: TensorMap[string]; bias: TensorMap[string] },
): TakenFiles {
  const { hidden, family } = taken.shape;
  const modules: Module[] = [
    {
      path: '',
      type: 'Transformer',
      files: [
        json('config.json', configFor(taken, null)),
        {
          path: 'model.safetensors',
          bytes: writeSafetensors(exportTensors(family, taken.tensors, false), { format: 'pt' }),
        },
        json('sentence_bert_config.json', { max_seq_length: taken.maxLength, do_lower_case: false }),
        ...tokenizerFiles(taken),
      ],
    },
    {
      path: '1_Pooling',
      type: 'Pooling',
      files: [
        json('config.json', {
          word_embedding_dimension: hidden,
          pooling_mode_cls_token: pooling === 'cls',
          pooling_mode_mean_tokens: pooling === 'mean',
          pooling_mode_max_tokens: pooling === 'max',
          pooling_mode_mean_sqrt_len_tokens: false,
        }),
      ],
    },
    normalise,
  ];
  if (dense)
    modules.push({
      path: '3_Dense',
      type: 'Dense',
      files: [
        json('config.json', {
          in_features: hidden,
          out_features: dense.bias.data.length,
          bias: true,
          activation_function: 'torch.nn.modules.linear.Identity',
        }),
        {
          path: 'model.safetensors',
          bytes: writeSafetensors({ 'linear.weight': dense.weight, 'linear.bias': dense.bias }, { format: 'pt' }),
        },
      ],
    });
  return sentenceFolder(modules);
}

/**
 * Opens as SentenceTransformer with a StaticEmbedding: a text is the mean of its rows of `table` [vocabulary, dimensions], of
 * its first `maxLength` ones. That module knows a limit only where its tokenizer has one.
 */
export function staticEmbeddingFolder(
  tokenizer: TextTokenizer,
  table: TensorMap[string],
  maxLength: number,
): TakenFiles {
  const direction = tokenizer.truncationSide === 'left' ? 'Left' : 'Right';
  const truncation = { direction, max_length: maxLength, strategy: 'LongestFirst', stride: 0 };
  return sentenceFolder([
    {
      path: '0_StaticEmbedding',
      type: 'StaticEmbedding',
      files: [
        json('tokenizer.json', { ...tokenizer.files.tokenizer, truncation }),
        { path: 'model.safetensors', bytes: writeSafetensors({ 'embedding.weight': table }, { format: 'pt' }) },
      ],
    },
    { ...normalise, path: '1_Normalize' },
  ]);
}

/**
 * What LoRA learned alone, as PEFT reads it beside the base. `tensors`: trained parameters, the head's among them where it is
 * a classifier.
 */
export function adapterFolder(
  { shape }: Pick<TakenEncoder, 'shape'>,
  tensors: TensorMap,
  lora: EncoderLora,
  { base, classifier }: { base: string; classifier: boolean },
): TakenFiles {
  const { dense, out } = headNames[shape.family];
  const heads = [...new Set([dense, out].map((name) => name.split('.')[0]!))];
  const kept = Object.entries(tensors).filter(
    ([name]) => /\.lora_[AB]\.weight$/.test(name) || (classifier && heads.some((head) => name.startsWith(`${head}.`))),
  );
  const named = kept.map(([name, tensor]) => [`base_model.model.${fileName(shape.family, name, classifier)}`, tensor]);
  return [
    json('adapter_config.json', {
      peft_type: 'LORA',
      task_type: classifier ? 'SEQ_CLS' : 'FEATURE_EXTRACTION',
      base_model_name_or_path: base,
      r: lora.rank,
      lora_alpha: lora.alpha,
      lora_dropout: lora.dropout ?? 0,
      // A pattern over whole names: a head's layers may end in the same words, and they have no thin matrices.
      target_modules: `.*\\.layer\\.\\d+\\.(.*\\.)?(${lora.targets.map((one) => one.replaceAll('.', '\\.')).join('|')})`,
      ...(classifier ? { modules_to_save: heads } : {}),
      bias: 'none',
      fan_in_fan_out: false,
      inference_mode: true,
    }),
    {
      path: 'adapter_model.safetensors',
      bytes: writeSafetensors(Object.fromEntries(named) as TensorMap, { format: 'pt' }),
    },
  ];
}
