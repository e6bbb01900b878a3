// The teacher: all-MiniLM-L6-v2 on our own engine, with its vectors kept in a folder between tries.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readSafetensors, toFloat32 } from '../../src/formats/safetensors';
import { readEncoderConfig } from '../../workers/ml/encoder/config';
import { createReader } from '../../workers/ml/encoder/embed';
import { importTensors } from '../../workers/ml/encoder/names';
import { createTransformerEncoder } from '../../workers/ml/encoder/transformer-encoder';
import { textCount } from '../../workers/ml/encoder/tokens';
import { Parameters } from '../../workers/ml/parameters';
import { createTokenizer } from '../../workers/ml/text-tokenizer';

const json = (folder, name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));

/** @param {string} folder a Hugging Face folder with weights of 32 bits */
export function openTeacher(folder, device) {
  const tokenizerJson = json(folder, 'tokenizer.json');
  const tokenizer = createTokenizer(tokenizerJson, json(folder, 'tokenizer_config.json'));
  const shape = readEncoderConfig(json(folder, 'config.json'));
  const { tensors } = readSafetensors(readFileSync(path.join(folder, 'model.safetensors')));
  const floats = Object.fromEntries(
    [...tensors]
      .filter(([, { dtype }]) => dtype === 'F32')
      .map(([name, tensor]) => [name, { shape: tensor.shape, dtype: 'float32', data: toFloat32(name, tensor) }]),
  );
  const encoder = createTransformerEncoder({
    shape,
    tensors: importTensors(shape, floats),
    tokenize: (texts, most) => tokenizer.tokenize(texts, most),
    maxLength: 128,
  });
  const parameters = new Parameters();
  const net = encoder.declare(parameters, { frozen: 'encoder' });
  const session = device.session();
  parameters.write(session, net.weights());
  const reader = createReader(session, parameters, net, { normalise: true });
  return {
    dimensions: encoder.dimensions,
    tokenizerJson,
    tokenizer,
    tokenize: (texts) => encoder.tokenize(texts),
    /** [texts, dimensions], of unit length. */
    read: (tokens) => reader.read(tokens),
    dispose() {
      reader.dispose();
      session.dispose();
    },
  };
}

/** Texts read at a time, and kept. */
const chunk = 1_500;

/**
 * The teacher's vectors of all texts, chunk by chunk. What an earlier try has kept is not read again; null keeps nothing.
 * @param {{ keep: string | null, read: (tokens: import('../../workers/ml/encoder/tokens').Tokenized) => Promise<Float32Array>, told: (done: number) => void }} options
 */
export async function readAll(tokens, dimensions, { keep, read, told }) {
  const count = textCount(tokens);
  const vectors = new Float32Array(count * dimensions);
  for (let from = 0; from < count; from += chunk) {
    const part = slice(tokens, from, Math.min(count, from + chunk));
    vectors.set(await remembering(keep, part, read), from * dimensions);
    told(Math.min(count, from + chunk));
  }
  return vectors;
}

function slice({ ids, offsets }, from, to) {
  const first = offsets[from];
  return {
    ids: ids.slice(first, offsets[to]),
    offsets: offsets.slice(from, to + 1).map((offset) => offset - first),
    truncated: 0,
  };
}

async function remembering(keep, tokens, read) {
  if (keep === null) return read(tokens);
  const hash = createHash('sha256').update(tokens.ids).update(tokens.offsets).digest('hex').slice(0, 16);
  const file = path.join(keep, `${hash}.f32`);
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }
  const vectors = await read(tokens);
  mkdirSync(keep, { recursive: true });
  writeFileSync(`${file}.part`, vectors);
  renameSync(`${file}.part`, file);
  return vectors;
}
