#!/usr/bin/env node
// Answers with the model beside this file (model.json + weights.bin, or model.safetensors) and tokenizer.json.
// Needs Node 18 or later and nothing else.
//     echo 'where is my card' | node predict.mjs [--top 5]
// One text a line in, one JSON object a line out: { label, confidence, scores: [{ label, score }] }, and `labels`
// where a text may have several. From a program: import { predict } from './predict.mjs'.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);
const beside = (name) => new URL(`./${name}`, import.meta.url);
const tokenizer = JSON.parse(readFileSync(beside('tokenizer.json'), 'utf8'));
const { labels, multiLabel, thresholds, atLeastOne, parents, subwords, wordPairs, maxLength } = tokenizer;
const copy = (bytes) => Uint8Array.from(bytes).buffer;

const hashes = new Int32Array(copy(Buffer.from(tokenizer.hashes, 'base64')));
const rowOf = new Map(Array.from(hashes, (hash, row) => [hash, row]));
const pattern = new RegExp(tokenizer.wordPattern, 'gu');
const pieces = await readPieces();

/** The base's word-pieces: ids of a text and their share, or null without a base. */
async function readPieces() {
  if (!tokenizer.pieces) return null;
  const { Tokenizer } = await import('./tokenizers.min.mjs');
  const { tokenizer: json, config } = JSON.parse(readFileSync(beside('pieces.json'), 'utf8'));
  const library = new Tokenizer(json, config);
  const { length, maxLength: most, weights: encoded } = tokenizer.pieces;
  const squares = new Float32Array(copy(Buffer.from(encoded, 'base64')));
  return (text) => {
    const ids = library.encode(text, { add_special_tokens: false }).ids.slice(0, most);
    const sum = ids.reduce((total, id) => total + squares[id], 0);
    return { ids, share: sum > 0 ? length / Math.sqrt(sum) : 0 };
  };
}

/** Weights by name: { shape, data }. */
function readWeights() {
  const weights = new Map();
  if (existsSync(beside('model.safetensors'))) {
    const file = readFileSync(beside('model.safetensors'));
    const length = Number(file.readBigUInt64LE(0));
    const header = JSON.parse(file.subarray(8, 8 + length).toString('utf8'));
    for (const [name, entry] of Object.entries(header)) {
      if (name === '__metadata__') continue;
      const [from, to] = entry.data_offsets;
      weights.set(name, {
        shape: entry.shape,
        data: new Float32Array(copy(file.subarray(8 + length + from, 8 + length + to))),
      });
    }
    return weights;
  }
  const model = JSON.parse(readFileSync(beside('model.json'), 'utf8'));
  for (const group of model.weightsManifest) {
    const floats = new Float32Array(copy(Buffer.concat(group.paths.map((path) => readFileSync(beside(path))))));
    let at = 0;
    for (const { name, shape } of group.weights) {
      const size = shape.reduce((product, dim) => product * dim, 1);
      const key = name.replace('/kernel', '.weight').replace('/embeddings', '.weight').replace('/bias', '.bias');
      weights.set(key, { shape, data: floats.slice(at, at + size) });
      at += size;
    }
  }
  return weights;
}
const weights = readWeights();

function hash(text) {
  let value = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    value = Math.imul(value ^ (unit & 255), 0x01000193);
    value = Math.imul(value ^ (unit >>> 8), 0x01000193);
  }
  return value;
}

/** Rows of the embedding that a text has, repeats included. */
function rowsOf(text) {
  const words = [];
  for (const [match] of text.matchAll(pattern)) {
    if (words.length === maxLength) break;
    words.push(match.normalize('NFKC').toLowerCase().replaceAll('’', "'"));
  }
  const found = [];
  words.forEach((word, at) => {
    found.push(hash(`w${word}`));
    const marked = `<${word}>`;
    for (let size = subwords[0]; size <= subwords[1]; size++)
      for (let from = 0; from + size <= marked.length; from++) found.push(hash(`p${marked.slice(from, from + size)}`));
    if (wordPairs) found.push(hash(`b${words[at - 1] ?? '<'} ${word}`));
  });
  if (wordPairs && words.length > 0) found.push(hash(`b${words.at(-1)} >`));
  return found.map((one) => rowOf.get(one)).filter((row) => row !== undefined);
}

function dense(input, layer) {
  const kernel = weights.get(`${layer}.weight`);
  const bias = weights.get(`${layer}.bias`).data;
  const [from, to] = kernel.shape;
  const output = Float64Array.from(bias);
  for (let i = 0; i < from; i++) for (let o = 0; o < to; o++) output[o] += input[i] * kernel.data[i * to + o];
  return output;
}

/** Places above a label, the nearest first. */
function above(label) {
  const found = [];
  for (let at = parents?.[label] ?? -1; at >= 0; at = parents[at]) found.push(at);
  return found;
}

/** In a tree of labels a parent is at least as likely as its children. */
function consistent(values) {
  const raised = [...values];
  values.forEach((value, label) => {
    for (const at of above(label)) raised[at] = Math.max(raised[at], value);
  });
  return raised;
}

/** Several labels: those from their threshold on, and what stands above them. */
function holding(values) {
  const margins = values.map((value, i) => value - (thresholds?.[i] ?? 0.5));
  const chosen = margins.flatMap((margin, i) => (margin >= 0 ? [i] : []));
  if (chosen.length === 0 && atLeastOne) chosen.push(margins.indexOf(Math.max(...margins)));
  const all = new Set(chosen.flatMap((label) => [label, ...above(label)]));
  return labels.filter((_, i) => all.has(i));
}

function pieceVector(text) {
  const { shape, data } = weights.get('pieces.weight');
  const { ids, share } = pieces(text);
  const vector = new Float64Array(shape[1]);
  for (const id of ids) for (let d = 0; d < shape[1]; d++) vector[d] += share * data[id * shape[1] + d];
  return vector;
}

/** Probabilities in the order of `labels`. */
export function probabilities(text) {
  const table = weights.get('embedding.weight');
  const size = table.shape[1];
  const rows = rowsOf(text);
  let vector = new Float64Array(size);
  for (const row of rows) for (let d = 0; d < size; d++) vector[d] += table.data[row * size + d] / rows.length;
  if (pieces) vector = Float64Array.of(...vector, ...pieceVector(text));
  if (weights.has('hidden.weight')) vector = dense(vector, 'hidden').map((value) => Math.max(0, value));
  const logits = dense(vector, 'output');
  if (multiLabel) return consistent(Array.from(logits, (z) => 1 / (1 + Math.exp(-z))));
  const top = Math.max(...logits);
  const exps = Array.from(logits, (z) => Math.exp(z - top));
  const sum = exps.reduce((total, value) => total + value, 0);
  return exps.map((value) => value / sum);
}

export function predict(text, top = 5) {
  const found = probabilities(text);
  const ranked = found.map((score, i) => ({ label: labels[i], score })).sort((a, b) => b.score - a.score);
  const answer = { label: ranked[0].label, confidence: ranked[0].score, scores: ranked.slice(0, top) };
  if (multiLabel) answer.labels = holding(found);
  return answer;
}

if (process.argv[1] && realpathSync(process.argv[1]) === here) {
  const at = process.argv.indexOf('--top');
  const top = at > 0 ? Number(process.argv[at + 1]) : 5;
  const lines = readFileSync(0, 'utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) process.stdout.write(`${JSON.stringify(predict(line.replace(/\r$/, ''), top))}\n`);
}
