// A stored base as its ONNX file is run: which file, which tokens and padding, which pooling. Reads only the small files.
import type { Base } from '../../src/contract/bases';
import { FormatError } from '../../src/contract/errors';
import { readObject } from './folder-json';
import { readFolderTokenizer } from './folder-tokenizer';
import type { OnnxBase } from './onnx';
import { readSentenceLayout } from './sentence-layout';
import { storedFiles } from './stored-files';

/** Of several exports the first of these; else the smallest. */
const preferred = ['onnx/model_quantized.onnx', 'model_quantized.onnx', 'onnx/model.onnx', 'model.onnx'];

/** FormatError where the base holds no ONNX file; else as of `readSentenceLayout` and `readFolderTokenizer`. */
export async function openOnnxBase(base: Base): Promise<OnnxBase> {
  const stored = storedFiles(base);
  const files = new Map(stored.map((file) => [file.path, file]));
  const exports = stored.filter(({ path }) => path.endsWith('.onnx')).sort((a, b) => a.bytes - b.bytes);
  const model = preferred.map((name) => files.get(name)).find((file) => file !== undefined) ?? exports[0];
  if (!model) throw new FormatError(`${base.name} holds no ONNX file. Its weights run on the studio's own engine.`);
  const { pooling, normalise, lowerCase, root } = await readSentenceLayout(files);
  const { tokenizer, settings } = await readFolderTokenizer(files, root, base.architecture);
  const config = (await readObject(files.get(`${root}config.json`))) ?? {};
  const padToken = settings['pad_token'];
  const padId = typeof padToken === 'string' ? tokenizer.idOf(padToken) : undefined;
  return {
    model: model.path,
    pooling,
    normalise,
    padId: padId ?? (typeof config['pad_token_id'] === 'number' ? config['pad_token_id'] : 0),
    tokenize: (texts) =>
      tokenizer.tokenize(lowerCase ? texts.map((text) => text.toLowerCase()) : texts, base.shape.maxLength || 512),
    async read(path) {
      const file = path.endsWith('.onnx') ? model : files.get(root + path);
      return file ? await file.slice(0, file.bytes) : null;
    },
  };
}
