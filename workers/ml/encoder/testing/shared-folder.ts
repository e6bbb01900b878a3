// A model folder of the shared fixtures as an encoder, for tests. What users drop is read by workers/bases.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { TensorMap, TensorRecord } from '../../../../src/contract/records';
import { readSafetensors, toFloat32 } from '../../../../src/formats/safetensors';
import { createTokenizer } from '../../text-tokenizer';
import { readEncoderConfig, type EncoderShape } from '../config';
import { importTensors, type ImportedTensors } from '../names';
import { createTransformerEncoder, type TransformerEncoder } from '../transformer-encoder';

export const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** Floats and 32-bit integers of a safetensors file; other types, such as buffers of positions, are left out. */
export function tensorsOf(file: string): TensorMap {
  const found: [string, TensorRecord][] = [];
  for (const [name, tensor] of readSafetensors(readFileSync(file)).tensors) {
    const { shape, bytes } = tensor;
    if (tensor.dtype === 'F32') found.push([name, { shape, dtype: 'float32', data: toFloat32(name, tensor) }]);
    if (tensor.dtype !== 'I32') continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const data = Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true));
    found.push([name, { shape, dtype: 'int32', data }]);
  }
  return Object.fromEntries(found);
}

export interface SharedModel {
  folder: string;
  shape: EncoderShape;
  tensors: TensorMap;
  imported: ImportedTensors;
  encoder: TransformerEncoder;
}

export function openShared(folder: string, { config = 'config.json', maxLength = Infinity } = {}): SharedModel {
  const shape = readEncoderConfig(readJson(path.join(folder, config)));
  const tensors = tensorsOf(path.join(folder, 'model.safetensors'));
  const imported = importTensors(shape, tensors);
  const settings = path.join(folder, 'tokenizer_config.json');
  const tokenizer = createTokenizer(
    readJson(path.join(folder, 'tokenizer.json')),
    existsSync(settings) ? readJson(settings) : {},
  );
  const encoder = createTransformerEncoder({
    shape,
    tensors: imported,
    tokenize: (texts, most) => tokenizer.tokenize(texts, most),
    maxLength,
  });
  return { folder, shape, tensors, imported, encoder };
}
