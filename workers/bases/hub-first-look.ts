// A download's small files, looked at before its weights are fetched: what they already rule out costs no hundred
// megabytes. That weights and tokenizer fit together is read-folder's affair, once all is here.
import { readEncoderConfig } from '../ml/encoder/config';
import { staticModelType } from '../ml/encoder/static-encoder';
import type { FolderFile } from './folder-files';
import { readObject } from './folder-json';
import { readFolderTokenizer } from './folder-tokenizer';
import { readSentenceLayout } from './sentence-layout';

/** Rejects as `readFolder` would: a step or pooling that is not computed, another kind of model, another tokenizer. */
export async function refuseUnreadable(given: readonly FolderFile[], weights: 'safetensors' | 'onnx'): Promise<void> {
  const files = new Map(given.map((file) => [file.path, file]));
  const { root, staticTable } = await readSentenceLayout(files);
  const config = (await readObject(files.get(`${root}config.json`))) ?? {};
  const architecture = String(config['model_type']);
  if (weights === 'safetensors' && !staticTable && architecture !== staticModelType) readEncoderConfig(config);
  await readFolderTokenizer(files, root, architecture);
}
