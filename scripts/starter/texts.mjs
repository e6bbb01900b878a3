// The texts the starter is taught with: sentences of a folder of plain text, our own templates, the sample project's
// phrases, and bags of words that nobody would write, for they show how meanings add up. A seed gives the same texts.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Rng } from '../../src/lib/rng';
import { around, intents, slots } from '../sample-data/support-phrases.mjs';
import { templates, words } from './phrases.mjs';

/** Streams of the seed, one a kind, so that more of one changes no other. */
const streams = { templates: 1, support: 2, bags: 3, phrases: 4, order: 5 };

/** @param {Rng} rng @param {readonly string[]} list */
const pick = (rng, list) => list[rng.integer(list.length)];

/** Chooses among `(a|b)`, then fills slots. */
function expand(rng, template, lists) {
  let text = template;
  while (/\([^()]*\|[^()]*\)/.test(text))
    text = text.replace(/\(([^()]*\|[^()]*)\)/, (_, choices) => pick(rng, choices.split('|')));
  return text
    .replace(/\{(\w+)\}/g, (_, slot) => pick(rng, lists[slot]))
    .replace(/\s+/g, ' ')
    .trim();
}

/** Longer ones cost the teacher most and teach no more a word. */
const longestSentence = 24;

/** Sentences of every .txt file of a folder, in order: 3 to 24 words, each once. */
export function sentencesOf(folder) {
  const found = new Set();
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .sort()) {
    const text = readFileSync(path.join(folder, file), 'utf8').replaceAll('&nbsp;', ' ');
    // Plays break lines inside a sentence, reports only between paragraphs.
    const verse = /^[A-Z][A-Z ]+:$/m.test(text);
    const blocks = verse
      ? text.split(/\n\n+/).map((speech) => speech.replace(/^.*:\n/, '').replaceAll('\n', ' '))
      : text.split('\n');
    for (const block of blocks)
      for (const sentence of block.split(/(?<=[.!?]["')]?)\s+(?=["'(]?[A-Z])/)) {
        const clean = sentence.replace(/\s+/g, ' ').trim();
        const length = clean.split(' ').length;
        if (length >= 3 && length <= longestSentence) found.add(clean);
      }
  }
  return [...found];
}

/** Each template as often as the others. */
function fromTemplates(rng, count) {
  return Array.from({ length: count }, (_, i) => {
    const text = expand(rng, templates[i % templates.length], words);
    return rng.uniform() < 0.5
      ? text
      : `${text[0].toUpperCase()}${text.slice(1)}${text.match(/^(how|what|which|is it|why|should|where|when|can you|could you|would you)\b/i) ? '?' : '.'}`;
  });
}

function fromSupport(rng, count) {
  const names = Object.keys(intents);
  return Array.from({ length: count }, (_, i) => {
    const { asks, short } = intents[names[i % names.length]];
    const text = expand(rng, pick(rng, rng.uniform() < 0.2 ? short : asks), slots);
    const more = rng.uniform();
    return more < 0.2
      ? `${text}, ${expand(rng, pick(rng, around.asides), slots)}`
      : more < 0.3
        ? `${text} ${expand(rng, pick(rng, around.endings), slots)}`
        : text;
  });
}

/**
 * Two to ten words of `vocabulary`, which has the most frequent first: half of them drawn by Zipf's law, half evenly, so
 * that every word is seen.
 */
function bags(rng, count, vocabulary) {
  const top = Math.log(vocabulary.length);
  const word = () =>
    vocabulary[
      rng.uniform() < 0.5
        ? Math.floor(Math.exp(rng.uniform() * top)) % vocabulary.length
        : rng.integer(vocabulary.length)
    ];
  return Array.from({ length: count }, () => Array.from({ length: 2 + rng.integer(9) }, word).join(' '));
}

/** Runs of two to nine words from inside the sentences. */
function phrases(rng, count, sentences) {
  return Array.from({ length: count }, () => {
    const all = pick(rng, sentences).split(' ');
    const length = Math.min(all.length, 2 + rng.integer(8));
    const from = rng.integer(all.length - length + 1);
    return all.slice(from, from + length).join(' ');
  });
}

/**
 * @param {{ folder: string, vocabulary: string[], seed: number, counts: { sentences: number, templates: number, support: number, bags: number, phrases: number } }} options
 * @returns {{ text: string, kind: string }[]} in a shuffled order, each text once
 */
export function makeTexts({ folder, vocabulary, seed, counts }) {
  const rng = (kind) => new Rng(seed, streams[kind]);
  const sentences = rng('order').shuffle(sentencesOf(folder));
  const kinds = {
    sentence: sentences.slice(0, counts.sentences),
    template: fromTemplates(rng('templates'), counts.templates),
    support: fromSupport(rng('support'), counts.support),
    bag: bags(rng('bags'), counts.bags, vocabulary),
    phrase: phrases(rng('phrases'), counts.phrases, sentences),
  };
  const seen = new Set();
  const texts = [];
  for (const [kind, list] of Object.entries(kinds))
    for (const text of list) {
      if (seen.has(text)) continue;
      seen.add(text);
      texts.push({ text, kind });
    }
  return rng('order').shuffle(texts);
}
