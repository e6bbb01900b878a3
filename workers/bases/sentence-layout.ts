// What a folder of sentence-transformers adds to an encoder: how its tokens become one vector. Plain encoders get mean
// pooling and no normalisation, as the library gives them. Steps that are not computed here are refused by name.
import { FormatError, UnsupportedError } from '../../src/contract/errors';
import type { Pooling } from '../ml/encoder/text-encoder';
import type { FolderFile } from './folder-files';
import { isObject, readJson, readObject } from './folder-json';

export interface SentenceLayout {
  pooling: Pooling;
  /** Vectors of unit length. */
  normalise: boolean;
  /** Of sentence_bert_config.json; null where nothing says so. */
  maxLength: number | null;
  /** Lower-case texts before the tokenizer sees them: an old setting of sentence-transformers. */
  lowerCase: boolean;
  /** Where the weights lie, and config.json where there is one: '' or "0_Transformer/". */
  root: string;
  /** Its encoder is a table of word-pieces (StaticEmbedding), which has no config.json. */
  staticTable: boolean;
  /** Files that were read. */
  files: FolderFile[];
}

/** FormatError or UnsupportedError where a step of modules.json is unknown. */
export async function readSentenceLayout(files: ReadonlyMap<string, FolderFile>): Promise<SentenceLayout> {
  const found: SentenceLayout = {
    ...{
      pooling: 'mean',
      normalise: false,
      maxLength: null,
      lowerCase: false,
      root: '',
      staticTable: false,
      files: [],
    },
  };
  const take = (path: string): FolderFile | undefined => {
    const file = files.get(path);
    if (file) found.files.push(file);
    return file;
  };
  const list = take('modules.json');
  if (list) {
    const modules = await readJson(list);
    if (!Array.isArray(modules)) throw new FormatError('modules.json is not a list. Download the folder again.');
    for (const module of modules) {
      const { type, path } = isObject(module) ? module : {};
      if (typeof type !== 'string' || typeof path !== 'string')
        throw new FormatError('modules.json has an entry without type or path. Download the folder again.');
      // Some write the folder itself as a point.
      const plain = path.replace(/^\.(\/|$)/, '').replace(/\/+$/, '');
      const folder = plain === '' ? '' : `${plain}/`;
      // The last part of the class's name stayed the same while the library moved its modules.
      switch (type.slice(type.lastIndexOf('.') + 1)) {
        case 'Transformer':
          found.root = folder;
          break;
        case 'StaticEmbedding':
          found.root = folder;
          found.staticTable = true;
          break;
        case 'Pooling':
          found.pooling = poolingOf(await readObject(take(`${folder}config.json`)), `${folder}config.json`);
          break;
        case 'Normalize':
          found.normalise = true;
          break;
        default:
          throw new UnsupportedError(
            `This folder has a step "${type}" after its encoder (modules.json), which is not computed here. Known are Transformer, StaticEmbedding, Pooling and Normalize.`,
          );
      }
    }
  }
  const settings = await readObject(take(`${found.root}sentence_bert_config.json`));
  const most = settings?.['max_seq_length'];
  if (typeof most === 'number' && Number.isSafeInteger(most) && most > 2) found.maxLength = most;
  found.lowerCase = settings?.['do_lower_case'] === true;
  take('config_sentence_transformers.json');
  return found;
}

const modes: Readonly<Record<string, Pooling>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_max_tokens: 'max',
};
const names: Readonly<Record<string, Pooling>> = { cls: 'cls', mean: 'mean', max: 'max' };

/** Older files switch modes on one by one, newer ones name one. */
function poolingOf(config: Record<string, unknown> | null, path: string): Pooling {
  if (!config) return 'mean';
  const refused = (what: string): UnsupportedError =>
    new UnsupportedError(
      `${path} asks for the pooling ${what}. Known are mean, cls (the first token) and max, one at a time.`,
    );
  const named = config['pooling_mode'];
  if (named !== undefined) {
    if (typeof named === 'string' && Object.hasOwn(names, named)) return names[named]!;
    throw refused(JSON.stringify(named));
  }
  const on = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] === true);
  const [only] = on;
  if (only === undefined) return 'mean';
  if (on.length > 1 || !Object.hasOwn(modes, only)) throw refused(on.join(' with '));
  return modes[only]!;
}
