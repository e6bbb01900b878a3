// The sample support-intents from support-phrases.mjs with a fixed seed. Typos, rambling, one-word messages and a documented
// 2 % of wrong labels are part of it on purpose.
import { createRandom, expandChoices } from './random.mjs';
import { around, intents, slots } from './support-phrases.mjs';

const seed = 20261121;
const noiseShare = 0.02;
const rowsWanted = 2140;

const random = createRandom(seed);

/** Resolves choices, then slots. */
function expand(template) {
  return expandChoices(random, template)
    .replace(/\{(\w+)\}/g, (_, slot) => random.pick(slots[slot]))
    .replace(/\s+/g, ' ')
    .replace(/\s+([,.?!])/g, '$1')
    .trim();
}

const neighbours = { a: 's', e: 'r', i: 'o', o: 'p', n: 'm', t: 'r', r: 't', s: 'd', d: 'f', l: 'k', u: 'i', c: 'v' };
const spoken = [
  [/\byou\b/gi, 'u'],
  [/\bplease\b/gi, 'pls'],
  [/\bbecause\b/gi, 'bc'],
  [/\bdo not\b/gi, 'dont'],
  [/\bdoes not\b/gi, 'doesnt'],
  [/\breceived?\b/gi, 'recieve'],
  [/\baddress\b/gi, 'adress'],
  [/\bparcel\b/gi, 'parcle'],
  [/\bdelivery\b/gi, 'delivry'],
  [/\bsubscription\b/gi, 'subscribtion'],
  [/\brefund\b/gi, 'refound'],
];

/** One slip of the finger in a word of four letters or more. */
function misspell(text) {
  const words = text.split(' ');
  const long = words.flatMap((word, at) => (/^[a-z]{4,}$/i.test(word) ? [at] : []));
  if (long.length === 0) return text;
  const at = random.pick(long);
  const word = words[at];
  const i = 1 + random.below(word.length - 2);
  const slips = [
    () => word.slice(0, i) + word.slice(i + 1),
    () => word.slice(0, i) + word[i + 1] + word[i] + word.slice(i + 2),
    () => word.slice(0, i) + word[i] + word.slice(i),
    () => word.slice(0, i) + (neighbours[word[i]] ?? word[i]) + word.slice(i + 1),
  ];
  words[at] = random.pick(slips)();
  return words.join(' ');
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function ending(text) {
  if (/[?!.]$/.test(text)) return text;
  const question = /^(where|when|why|how|can|could|is|are|do|does|did|has|which|what|who|am|was)\b/i.test(text);
  if (question) return random.chance(0.75) ? `${text}?` : text;
  return random.chance(0.55) ? `${text}.` : random.chance(0.12) ? `${text}!!` : text;
}

/** A message of one intent: short, plain or rambling. */
function write(intent) {
  const { asks, short } = intents[intent];
  if (random.chance(0.11)) {
    const text = expand(random.pick(short));
    return random.chance(0.25) ? ending(text) : text;
  }
  const parts = [expand(random.pick(asks))];
  if (random.chance(0.14)) parts.push(expand(random.pick(asks)));
  if (random.chance(0.42)) parts.push(expand(random.pick(around.asides)));
  if (random.chance(0.12)) parts.push(expand(random.pick(around.asides)));
  // Some mention the neighbouring matter in passing, as people do.
  if (random.chance(0.09)) parts.push(expand(random.pick(intents[intents[intent].near].short)));
  random.shuffle(parts);
  if (random.chance(0.18)) parts.unshift(expand(random.pick(around.introductions)));
  if (random.chance(0.26)) parts.push(expand(random.pick(around.endings)));
  const greeting = random.chance(0.22) ? `${random.pick(around.greetings)}${random.pick([', ', ' ', '! '])}` : '';
  const joined = parts.map((part) => ending(part)).join(random.pick([' ', ' ', '\n', ' ']));
  const text = greeting + joined;
  return random.chance(0.5) ? sentence(text) : text;
}

function roughen(text) {
  let rough = text;
  for (const [pattern, replacement] of spoken) if (random.chance(0.1)) rough = rough.replace(pattern, replacement);
  if (random.chance(0.16)) rough = misspell(rough);
  if (random.chance(0.05)) rough = misspell(misspell(rough));
  if (random.chance(0.3)) rough = rough.toLowerCase();
  else if (random.chance(0.02)) rough = rough.toUpperCase();
  if (random.chance(0.03)) rough += random.pick([' 😡', ' 🙏', ' 😕', ' 📦']);
  return rough;
}

/** Class sizes by weight, summing to `rowsWanted`. */
function sizes() {
  const names = Object.keys(intents);
  const total = names.reduce((sum, name) => sum + intents[name].weight, 0);
  const counts = names.map((name) => Math.floor((intents[name].weight / total) * rowsWanted));
  for (let i = 0; counts.reduce((a, b) => a + b) < rowsWanted; i++) counts[i % counts.length]++;
  return names.map((name, i) => [name, counts[i]]);
}

function makeRows() {
  const rows = [];
  const seen = new Set();
  for (const [intent, count] of sizes()) {
    for (let made = 0; made < count;) {
      const text = roughen(write(intent));
      // A few customers do write exactly the same; more than that would flood the data.
      if (seen.has(text) && !random.chance(0.04)) continue;
      seen.add(text);
      rows.push({ text, intent, channel: text.length > 140 ? 'email' : random.pick(['chat', 'chat', 'app', 'email']) });
      made++;
    }
  }
  return random.shuffle(rows);
}

/** Gives 2 % of the rows the label of their near-miss (two thirds) or of any other intent. */
function addNoise(rows) {
  const names = Object.keys(intents);
  const noisy = random.shuffle(rows.map((_, at) => at)).slice(0, Math.round(rows.length * noiseShare));
  return noisy
    .sort((a, b) => a - b)
    .map((at) => {
      const meant = rows[at].intent;
      let given = random.chance(0.66) ? intents[meant].near : random.pick(names);
      while (given === meant) given = random.pick(names);
      rows[at].intent = given;
      return { row: at + 1, given, meant };
    });
}

const quote = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const rows = makeRows();
const noise = addNoise(rows);
const csv = ['text,intent,channel', ...rows.map((row) => [row.text, row.intent, row.channel].map(quote).join(','))];

const readme = `# Support intents

${rows.length.toLocaleString('en')} messages to the help desk of an invented shop with its own payment card, each with one of
${Object.keys(intents).length} intents. Written by \`npm run sample-data\` (seed ${seed}) from phrases made up for this project: no message of a
real person, no real name, order or account. Licence: MIT, as the project.

| column | what |
| --- | --- |
| \`text\` | the message, as typed: slips, shouting, one-word questions, long ones with line breaks, Spanish and Polish names |
| \`intent\` | what the writer wants |
| \`channel\` | \`chat\`, \`app\` or \`email\` |

Near misses on purpose: ${Object.entries(intents)
  .slice(0, 4)
  .map(([name, { near }]) => `${name} / ${near}`)
  .join(', ')} and more. Some messages mention a second matter in passing.

## Wrong labels
${noise.length} rows (2 %) carry a wrong label, two thirds of them that of the near miss: they are what a label-error finder
should find. Rows are counted from 1, without the header.

| row | given | meant |
| ---: | --- | --- |
${noise.map(({ row, given, meant }) => `| ${row} | ${given} | ${meant} |`).join('\n')}
`;

const sample = {
  id: 'support-intents',
  title: 'Support intents',
  subtitle: 'Route customer questions',
  task: 'intent',
  file: 'utterances.csv',
  rows: rows.length,
  mapping: { text: 'text', label: 'intent' },
};

export const supportIntents = {
  id: sample.id,
  files: {
    'utterances.csv': `${csv.join('\n')}\n`,
    'sample.json': `${JSON.stringify(sample, null, 2)}\n`,
    'README.md': readme,
  },
  summary: `${rows.length} rows, ${Object.keys(intents).length} intents, ${noise.length} wrong labels`,
};
