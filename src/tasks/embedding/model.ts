// A tuned encoder as it lies in the registry, and as an encoder again. Of a static base the whole table is kept, in 8 bits a
// number as it came, so the model needs no base any more; of a transformer what training changed, and which base it goes with.
import type { BaseIdentity } from '../../contract/bases';
import { FormatError, NotFoundError, UnsupportedError } from '../../contract/errors';
import type { TensorMap } from '../../contract/records';
import { findBaseByHash } from '../../storage/bases';
import { getModel } from '../../storage/models';
import { getWeights } from '../../storage/weights';
import { isModelId, loadBase, type LoadedBase } from '../../../workers/bases/load-base';
import {
  createStaticEncoder,
  isStatic,
  quantiseRows,
  readStaticConfig,
  staticConfigJson,
  type StaticEncoder,
} from '../../../workers/ml/encoder/static-encoder';
import type { EncoderTraining } from '../../../workers/ml/encoder/text-encoder';
import { createTransformerEncoder, type TransformerEncoder } from '../../../workers/ml/encoder/transformer-encoder';
import { Parameters } from '../../../workers/ml/parameters';
import { createTokenizer, type TextTokenizer } from '../../../workers/ml/text-tokenizer';

/** What a run starts from, and what a model becomes when it is opened. */
export interface OpenedModel {
  encoder: StaticEncoder | TransformerEncoder;
  tokenizer: TextTokenizer;
  /** config.json, for folders that are taken away. */
  config: Record<string, unknown>;
  /** The base, or the model that served as one. */
  base: BaseIdentity;
}

export interface StoredModel {
  tensors: TensorMap;
  meta: Record<string, unknown>;
}

interface Kept {
  training: EncoderTraining;
  maxLength: number;
  shorter: readonly number[];
}

type Meta = Kept & { network: 'static' | 'transformer'; base: BaseIdentity; config?: unknown };

const names = {
  rows: 'embedding.weight',
  scales: 'embedding.scale',
  tokenizer: 'tokenizer',
  hash: 'base.hash',
} as const;

/** `trained`: the parameters that training changed, by name. */
export function storeModel({ encoder, base, tokenizer }: OpenedModel, trained: TensorMap, kept: Kept): StoredModel {
  if (!isStatic(encoder)) {
    const hash = Uint8Array.from(base.hash.match(/../g) ?? [], (two) => Number.parseInt(two, 16));
    return {
      tensors: { ...trained, [names.hash]: { shape: [hash.length], dtype: 'uint8', data: hash } },
      meta: { ...kept, network: 'transformer', base } satisfies Meta,
    };
  }
  const table = trained[names.rows]?.data;
  if (!(table instanceof Float32Array)) throw new FormatError('The trained table is missing.');
  const { rows, scales } = quantiseRows(table, encoder.dimensions);
  const files = new TextEncoder().encode(JSON.stringify(tokenizer.files));
  return {
    tensors: {
      [names.rows]: {
        shape: [encoder.vocabulary, encoder.dimensions],
        dtype: 'uint8',
        data: new Uint8Array(rows.buffer, rows.byteOffset, rows.length),
      },
      [names.scales]: { shape: [encoder.vocabulary], dtype: 'float32', data: scales },
      [names.tokenizer]: { shape: [files.length], dtype: 'uint8', data: files },
    },
    meta: { ...kept, network: 'static', base, config: staticConfigJson(encoder.config) } satisfies Meta,
  };
}

export interface ReadModel extends OpenedModel, Kept {}

/** FormatError where a part is missing or the base is another one, NotFoundError by name where the base is gone. */
export async function openModel({ tensors, meta }: StoredModel): Promise<ReadModel> {
  const { network, base, training, maxLength, shorter, config } = meta as Partial<Meta>;
  if (!network || !base || !training || maxLength === undefined || !shorter)
    throw new FormatError('This model does not say how it was made. Train it again.');
  if (network === 'static') return { ...openStatic(tensors, config), base, training, maxLength, shorter };
  const opened = await openBaseOf(base);
  const { encoder } = opened;
  const parameters = new Parameters();
  const net = encoder.declare(parameters, training);
  const { [names.hash]: _hash, ...trained } = tensors;
  const whole = net.exported({ ...net.weights(), ...trained });
  return {
    ...{ base, training, maxLength, shorter, tokenizer: opened.tokenizer, config: opened.config },
    encoder: createTransformerEncoder({
      shape: encoder.shape,
      tensors: { encoder: whole, pooler: {} },
      tokenize: (texts, most) => opened.tokenizer.tokenize(texts, most),
      pooling: training.pooling ?? encoder.pooling,
      maxLength: encoder.maxLength,
    }),
  };
}

function openStatic(tensors: TensorMap, meta: unknown): Pick<OpenedModel, 'encoder' | 'tokenizer' | 'config'> {
  const part = <T>(name: string, kind: new (...args: never[]) => T): T => {
    const data: unknown = tensors[name]?.data;
    if (data instanceof kind) return data;
    throw new FormatError(`This model has no "${name}". Train it again.`);
  };
  const bytes = part(names.rows, Uint8Array);
  const files: unknown = JSON.parse(new TextDecoder().decode(part(names.tokenizer, Uint8Array)));
  const file = (name: 'tokenizer' | 'config'): unknown =>
    typeof files === 'object' && files !== null ? Reflect.get(files, name) : undefined;
  const tokenizer = createTokenizer(file('tokenizer'), file('config'));
  const config = readStaticConfig(meta);
  const rows = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const encoder = createStaticEncoder(config, { rows, scales: part(names.scales, Float32Array) }, tokenizer);
  return { encoder, tokenizer, config: staticConfigJson(config) };
}

type OpenedTransformer = OpenedModel & { encoder: TransformerEncoder };

/** The base a model began with, also where its folder was added anew under another id. */
async function openBaseOf({ id, name, hash }: BaseIdentity): Promise<OpenedTransformer> {
  if (isModelId(id)) {
    const opened = await openBase(id);
    const { encoder } = opened;
    if (!isStatic(encoder) && opened.base.hash === hash) return { ...opened, encoder };
    throw new FormatError(`The model "${name}" is not the one this model was tuned from. Train it again.`);
  }
  const loaded = await loadBase(id, name).catch(async (error: unknown) => {
    const again = error instanceof NotFoundError ? await findBaseByHash(hash) : null;
    if (!again) throw error;
    return loadBase(again.id);
  });
  if (!loaded.imported || loaded.base.hash !== hash)
    throw new FormatError(
      `The base "${name}" is not the one this model was tuned from: its files differ. Add the folder it was tuned from.`,
    );
  const { encoder, tokenizer, config } = loaded;
  return { encoder, tokenizer, config, base: identityOf(loaded) };
}

const identityOf = ({ base: { id, name, hash } }: LoadedBase): BaseIdentity => ({ id, name, hash });

/** A base by its id, or a tuned model as one, as a run starts from it. UnsupportedError where the model gives no vectors. */
export async function openBase(id: string): Promise<OpenedModel> {
  if (isModelId(id)) {
    const model = await getModel(id);
    if (model.task !== 'embedding')
      throw new UnsupportedError(`${model.name} gives labels, not vectors, so nothing can be tuned from it.`);
    const { encoder, tokenizer, config } = await openModel(await getWeights(model.weightsId));
    return { encoder, tokenizer, config, base: { id, name: model.name, hash: model.weightHash } };
  }
  const loaded = await loadBase(id);
  const { encoder, tokenizer, config } = loaded;
  return { encoder, tokenizer, config, base: identityOf(loaded) };
}
