#!/usr/bin/env node
// Answers with the model in model.json beside this file. Needs Node 18 or later and nothing else.
//     echo 'where is my card' | node predict.mjs [--top 5]
// One text a line in, one JSON object a line out: { label, confidence, scores: [{ label, score }] }.
// From a program: import { predict } from './predict.mjs'. The format is described in model.json under "about".
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);
const model = JSON.parse(readFileSync(new URL('./model.json', import.meta.url), 'utf8'));
const view = (base64, type) => {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return new type(bytes.buffer);
};
const offsets = view(model.coefficients.offsets, Int32Array);
const columns = view(model.coefficients.columns, Uint16Array);
const values = view(model.coefficients.values, Float32Array);
const { labels, classes, members, outputs, intercepts, calibration, temperature } = model;

let features = 0;
const vectorisers = model.vectorisers.map((given) => {
  const first = features;
  features += given.terms.length;
  return { ...given, first, features: new Map(given.terms.map((term, i) => [term, i])) };
});

// White space as Python's str.split() has it; \s of JavaScript is another set.
const isSpace = (code) =>
  (code >= 9 && code <= 13) ||
  (code >= 28 && code <= 32) ||
  [0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000].includes(code) ||
  (code >= 0x2000 && code <= 0x200a);

function splitAtSpace(text) {
  const words = [''];
  for (const letter of text)
    if (isSpace(letter.codePointAt(0))) words.push('');
    else words[words.length - 1] += letter;
  return words.filter((word) => word !== '');
}

function ngrams(text, { analyzer, ngramRange: [least, most] }) {
  const found = [];
  const lower = text.toLowerCase();
  if (analyzer === 'word') {
    const words = (lower.match(/[\p{L}\p{N}_]+/gu) ?? []).filter((word) => [...word].length > 1);
    for (let n = least; n <= most; n++)
      for (let i = 0; i + n <= words.length; i++) found.push(words.slice(i, i + n).join(' '));
    return found;
  }
  for (const word of splitAtSpace(lower)) {
    const letters = [' ', ...word, ' '];
    for (let n = least; n <= most; n++) {
      for (let i = 0; i === 0 || i + n <= letters.length; i++) found.push(letters.slice(i, i + n).join(''));
      // A word shorter than n counts once, whole.
      if (letters.length <= n) break;
    }
  }
  return found;
}

/** The terms of a text with their weights: counts times idf, each vectoriser's part scaled to length one. */
function weigh(text) {
  const weights = [];
  for (const vectoriser of vectorisers) {
    const counts = new Map();
    for (const term of ngrams(text, vectoriser)) {
      const feature = vectoriser.features.get(term);
      if (feature !== undefined) counts.set(feature, (counts.get(feature) ?? 0) + 1);
    }
    const part = [...counts].map(([feature, count]) => [
      vectoriser.first + feature,
      (vectoriser.sublinearTf ? 1 + Math.log(count) : count) * vectoriser.idf[feature],
    ]);
    const length = Math.sqrt(part.reduce((sum, [, weight]) => sum + weight * weight, 0));
    for (const [feature, weight] of part) weights.push([feature, weight / length]);
  }
  return weights;
}

const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

function interpolate({ x, y }, at) {
  const last = x.length - 1;
  if (at <= x[0]) return y[0];
  if (at >= x[last]) return y[last];
  let i = 0;
  while (x[i + 1] <= at) i++;
  return y[i] + ((y[i + 1] - y[i]) * (at - x[i])) / (x[i + 1] - x[i]);
}

function calibrated(column, decision) {
  if (calibration.kind === 'sigmoid') {
    const [a, b] = calibration.sigmoids[column];
    return sigmoid(-(a * decision + b));
  }
  if (calibration.kind === 'isotonic') return interpolate(calibration.curves[column], decision);
  return outputs === 1 ? sigmoid(decision) : decision;
}

/** Probabilities of every label, in the order of `model.labels`. */
export function scores(text) {
  const decisions = Float64Array.from(intercepts);
  for (const [feature, weight] of weigh(text))
    for (let j = offsets[feature]; j < offsets[feature + 1]; j++) decisions[columns[j]] += weight * values[j];
  let mean = classes.map(() => 0);
  for (let member = 0; member < members; member++) {
    let row = Array.from({ length: outputs }, (_, c) =>
      calibrated(member * outputs + c, decisions[member * outputs + c]),
    );
    if (outputs === 1) row = [1 - row[0], row[0]];
    else {
      if (calibration.kind === 'none') {
        const most = Math.max(...row);
        row = row.map((score) => Math.exp(score - most));
      }
      const sum = row.reduce((a, b) => a + b, 0);
      row = row.map((score) => (sum > 0 ? score / sum : 1 / outputs));
    }
    mean = mean.map((score, c) => score + row[c] / members);
  }
  if (temperature !== 1) {
    const most = Math.max(...mean);
    mean = mean.map((score) => Math.exp(Math.log(score / most) / temperature));
    const sum = mean.reduce((a, b) => a + b, 0);
    mean = mean.map((score) => score / sum);
  }
  const all = labels.map(() => 0);
  classes.forEach((label, c) => (all[label] = mean[c]));
  return all;
}

/** { label, confidence, scores }: the `top` likeliest labels, the first of them as the answer. */
export function predict(text, top = 5) {
  const all = scores(text);
  const order = labels.map((_, label) => label).sort((a, b) => all[b] - all[a] || a - b);
  const kept = order.slice(0, Math.max(1, top)).map((label) => ({ label: labels[label], score: all[label] }));
  return { label: kept[0].label, confidence: kept[0].score, scores: kept };
}

if (process.argv[1] && realpathSync(process.argv[1]) === realpathSync(here)) {
  const asked = process.argv.indexOf('--top');
  const top = asked > 0 ? Number(process.argv[asked + 1]) : 5;
  const answer = (line) => process.stdout.write(JSON.stringify(predict(line.replace(/\r$/, ''), top)) + '\n');
  let rest = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    lines.forEach(answer);
  }
  if (rest !== '') answer(rest);
}
