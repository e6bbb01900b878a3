// From the list of a repository's files: which of them make a base, and what each weighs. Fetches nothing.
import { FormatError, LimitError, UnsupportedError } from '../../src/contract/errors';
import type { HubFile } from '../../src/contract/hub';

/** Read wherever they are: they say how the weights are used. */
const small = [
  /^config\.json$/,
  /^tokenizer\.json$/,
  /^tokenizer_config\.json$/,
  /^special_tokens_map\.json$/,
  /^added_tokens\.json$/,
  /^modules\.json$/,
  /^sentence_bert_config\.json$/,
  /^config_sentence_transformers\.json$/,
  /^label_map\.json$/,
  /^\d+_[A-Za-z]+\/config\.json$/,
];
const vocabularies = [/^vocab\.txt$/, /^vocab\.json$/, /^merges\.txt$/];
const shard = /^model-\d{5}-of-\d{5}\.safetensors$/;
/** The int8 file first: it is a quarter of the size, and its vectors are close (cosine 0.98 and more). */
const onnx = ['model_quantized', 'model_int8', 'model_uint8', 'model', 'model_fp16'].flatMap((name) => [
  `onnx/${name}.onnx`,
  `${name}.onnx`,
]);

/** Models in shards have some dozens of files; a host that lists thousands is asked for none. */
const mostFiles = 200;

/** Whether a revision is one state for ever: a commit, not a branch. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{7,64}$/i.test(revision);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const size = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

export interface RepositoryFiles {
  /** The commit the revision stands for, where the host says so: what is fetched does not change under the download. */
  commit: string | null;
  gated: boolean;
  licence: string | null;
  files: HubFile[];
}

/** Reads the answer of `GET /api/models/<id>/revision/<revision>?blobs=true`. FormatError where it is something else. */
export function readModelAnswer(answer: unknown, host: string): RepositoryFiles {
  const siblings = isRecord(answer) ? answer['siblings'] : undefined;
  if (!isRecord(answer) || !Array.isArray(siblings))
    throw new FormatError(
      `${host} answered, but not as a model host does: its answer lists no files. Is it the right address?`,
    );
  const files: HubFile[] = [];
  for (const sibling of siblings) {
    if (!isRecord(sibling) || typeof sibling['rfilename'] !== 'string') continue;
    const path = sibling['rfilename'];
    // Only plain relative paths: a name is later part of an address and of a key.
    if (path.length > 300 || !/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/.test(path)) continue;
    const lfs = isRecord(sibling['lfs']) ? sibling['lfs'] : {};
    const hash = lfs['sha256'] ?? lfs['oid'];
    files.push({
      path,
      bytes: size(lfs['size']) ?? size(sibling['size']),
      sha256: typeof hash === 'string' && /^[0-9a-f]{64}$/i.test(hash) ? hash.toLowerCase() : null,
    });
  }
  const { sha, gated, cardData } = answer;
  return {
    commit: typeof sha === 'string' && isCommit(sha) ? sha : null,
    gated: gated === true || gated === 'auto' || gated === 'manual',
    licence: isRecord(cardData) && typeof cardData['license'] === 'string' ? cardData['license'].slice(0, 60) : null,
    files,
  };
}

/**
 * The files a base needs: configuration, tokenizer, weights in safetensors (whole or in shards), the description of
 * pooling; one ONNX file where there are no safetensors. FormatError or UnsupportedError names what is missing.
 */
export function neededFiles(
  all: readonly HubFile[],
  repository: string,
): { files: HubFile[]; weights: 'safetensors' | 'onnx' } {
  const byPath = new Map(all.map((file) => [file.path, file]));
  const matching = (patterns: readonly RegExp[]) => all.filter(({ path }) => patterns.some((one) => one.test(path)));
  const described = matching(small);
  if (!byPath.has('config.json'))
    throw new FormatError(
      `${repository} has no config.json, so what kind of model it is cannot be known. Take another one.`,
    );
  const tokenizer = byPath.has('tokenizer.json') ? [] : matching(vocabularies);
  if (!byPath.has('tokenizer.json') && tokenizer.length === 0)
    throw new FormatError(
      `${repository} has neither tokenizer.json nor a vocabulary, so texts cannot be read with it. Take another one.`,
    );
  const { files, weights } = weightFiles(all, byPath, repository);
  const needed = [...described, ...tokenizer, ...files];
  if (needed.length > mostFiles)
    throw new LimitError(
      `${repository} is in ${needed.length.toLocaleString('en-GB')} files, and at most ${mostFiles} are fetched. Download the folder elsewhere and drop it here.`,
    );
  return { files: needed, weights };
}

function weightFiles(
  all: readonly HubFile[],
  byPath: ReadonlyMap<string, HubFile>,
  repository: string,
): { files: HubFile[]; weights: 'safetensors' | 'onnx' } {
  const whole = byPath.get('model.safetensors');
  if (whole) return { files: [whole], weights: 'safetensors' };
  const index = byPath.get('model.safetensors.index.json');
  const shards = all.filter(({ path }) => shard.test(path));
  if (index && shards.length > 0) return { files: [index, ...shards], weights: 'safetensors' };
  for (const name of onnx) {
    const found = byPath.get(name);
    if (!found) continue;
    if (byPath.has(`${name}_data`) || byPath.has(`${name}.data`))
      throw new UnsupportedError(
        `${repository} keeps the weights of ${name} in a second file, which is not read yet. Take one with model.safetensors.`,
      );
    return { files: [found], weights: 'onnx' };
  }
  if (byPath.has('pytorch_model.bin'))
    throw new UnsupportedError(
      `${repository} has its weights only as pytorch_model.bin, a format that can run code and is not fetched. Look for a revision with model.safetensors (hosts often offer one as a pull request: owner/name@refs/pr/1).`,
    );
  throw new FormatError(
    `${repository} has no weights that can be read: no model.safetensors, no shards, no ONNX file.`,
  );
}
