// The sample library-taxonomy from library-tree.mjs and library-phrases.mjs with a fixed seed: blurbs of invented books with
// one to three codes of a two-level tree and how sure the cataloguer was. Overlap, asides about other matters, and a
// documented share of wrong codes are part of it on purpose.
import { phrases } from './library-phrases.mjs';
import { frames, neighbours, tree } from './library-tree.mjs';
import { terms } from './library-terms.mjs';
import { createRandom, expandChoices } from './random.mjs';

const seed = 20261122;
const rowsWanted = 1160;
const noiseShare = 0.03;
const random = createRandom(seed);
const codes = Object.keys(phrases).sort();

const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);
/** Capital where the slot begins with one. */
const as = (slot, text) => (/^\{[A-Z]/.test(slot) ? upper(text) : text);
const article = (word) => (/^[aeiou]/i.test(word) ? 'an' : 'a');

/** Topics, lines and things of a code, each once in a text. */
function shelf(code) {
  const topics = random.shuffle([...phrases[code].topics]);
  const lines = random.shuffle([...phrases[code].lines]);
  const things = random.shuffle([...terms[code]]);
  return {
    thing: () => things.pop() ?? random.pick(terms[code]),
    topic: () => expandChoices(random, topics.pop() ?? random.pick(phrases[code].topics)),
    line: () => expandChoices(random, lines.pop() ?? random.pick(phrases[code].lines)),
  };
}

/** A frame with its slots filled from a shelf, a person and chance. */
function fill(frame, { topic, thing }, person) {
  const kind = random.pick(frames.kinds);
  const filled = frame
    .replace(/\{topic\}/i, (slot) => as(slot, topic()))
    .replace(/\{(one|two|three)\}/gi, (slot) => as(slot, thing()))
    .replace('{person}', person)
    .replace(/\{kind\}/i, (slot) => as(slot, kind))
    .replace('{mood}', () => random.pick(frames.moods))
    .replace('{years}', () => random.pick(frames.years))
    .replace('{chapters}', () => String(4 + random.below(20)))
    .replace('{pages}', () => String(90 + 2 * random.below(180)))
    .replace(/\{author\}/i, () => `${random.pick(frames.first)} ${random.pick(frames.last)}`);
  return upper(filled.replace(/\b([Aa])n? ([a-z])/g, (_, a, letter) => `${a}${article(letter).slice(1)} ${letter}`));
}

/** A second and third code, mostly from the neighbourhood. */
function companions(first) {
  const count = random.chance(0.36) ? (random.chance(0.15) ? 2 : 1) : 0;
  const own = [first];
  while (own.length <= count) {
    const next = random.chance(0.7) ? random.pick(neighbours[own.at(-1)]) : random.pick(codes);
    if (!own.includes(next)) own.push(next);
  }
  return own;
}

/** A sentence of a shelf: as often as not one with two or three of its things, else a line of its own. */
const sentence = (own) => (random.chance(0.6) ? fill(random.pick(frames.things), own, '') : own.line());

function write(own) {
  const shelves = own.map(shelf);
  const parts = [];
  // One in six begins in the middle of things, and one of those says little more.
  if (random.chance(0.84)) parts.push(fill(random.pick(frames.openings), shelves[0], random.pick(phrases[own[0]].people)));
  const more = own.length === 1 ? 2 + random.below(2) : 2;
  for (let i = 0; i < more + (parts.length === 0 ? 1 : 0) || parts.length === 0; i++) parts.push(sentence(shelves[0]));
  for (const next of shelves.slice(1)) {
    if (random.chance(0.6)) parts.push(fill(random.pick(frames.links), next, ''));
    else parts.push(sentence(next));
    for (let i = 0; i <= 1 + random.below(2); i++) parts.push(sentence(next));
  }
  let asides = 0;
  if (random.chance(0.2)) {
    const other = random.pick(codes.filter((code) => !own.includes(code)));
    const aside = fill(random.pick(frames.asides), shelf(other), random.pick(phrases[other].people));
    parts.splice(1 + random.below(parts.length), 0, aside);
    asides = 1;
  }
  if (random.chance(0.35)) parts.push(fill(random.pick(frames.endings), shelves[0], ''));
  return { text: parts.join(' '), asides };
}

const near = (from, to) => Math.round((from + (to - from) * random.below(1001) * 0.001) * 100) / 100;

/** Surer of one code than of three; now and then hesitant although right. */
function sureness(own, asides) {
  if (random.chance(0.05)) return near(0.6, 0.75);
  return near(0.9 - 0.06 * (own.length - 1) - 0.04 * asides, 0.99 - 0.03 * (own.length - 1));
}

function makeRows() {
  const rows = [];
  const seen = new Set();
  for (let at = 0; rows.length < rowsWanted; at++) {
    const own = companions(codes[at % codes.length]);
    const { text, asides } = write(own);
    if (seen.has(text)) continue;
    seen.add(text);
    rows.push({ text, taxonomy_codes: own, confidence: sureness(own, asides) });
  }
  return random.shuffle(rows);
}

/** A wrong hand at the catalogue: a code left out, added or taken for its neighbour, and less sure about it. */
function addNoise(rows) {
  const noisy = random.shuffle(rows.map((_, at) => at)).slice(0, Math.round(rows.length * noiseShare));
  return noisy
    .sort((a, b) => a - b)
    .map((at) => {
      const row = rows[at];
      const meant = [...row.taxonomy_codes];
      const given = [...meant];
      const place = random.below(given.length);
      const strangers = neighbours[given[place]].filter((code) => !meant.includes(code));
      const stranger = random.pick(
        strangers.length > 0 && random.chance(0.5) ? strangers : codes.filter((code) => !meant.includes(code)),
      );
      if (given.length > 1 && random.chance(0.4)) given.splice(place, 1);
      else if (given.length < 3 && random.chance(0.4)) given.push(stranger);
      else given[place] = stranger;
      row.taxonomy_codes = given;
      row.confidence = near(0.4, 0.7);
      return { row: at + 1, given: given.join(' '), meant: meant.join(' ') };
    });
}

const rows = makeRows();
const noise = addNoise(rows);
const levels = tree.flatMap(({ code, children }) => [code, ...Object.keys(children)]);
const counts = Object.fromEntries(
  codes.map((code) => [code, rows.filter((row) => row.taxonomy_codes.includes(code)).length]),
);
const metadata = {
  name: 'Library taxonomy',
  description: 'Blurbs of invented books and articles with the codes of a two-level tree.',
  license: 'MIT',
  seed,
  total_samples: rows.length,
  total_codes: levels.length,
  code_counts: counts,
  taxonomy: tree.map(({ code, name, children }) => ({
    code,
    name,
    children: Object.entries(children).map(([inner, innerName]) => ({ code: inner, name: innerName })),
  })),
};

const json = `{
"metadata": ${JSON.stringify(metadata, null, 2)},
"samples": [
${rows.map((row) => JSON.stringify(row)).join(',\n')}
]
}
`;

const readme = `# Library taxonomy

${rows.length} blurbs of books and articles that do not exist, each with one to three codes of a two-level tree and how sure the
cataloguer was. Written by \`npm run sample-data\` (seed ${seed}) from phrases made up for this project: no text of a real
publisher, no real author. The codes are three digits in the manner of library shelves; their names are ours. Licence: MIT,
as the project.

| field | what |
| --- | --- |
| \`text\` | the blurb |
| \`taxonomy_codes\` | 1 to 3 codes of the second level, as text (\`004\`, never 4); what stands above them follows from the tree |
| \`confidence\` | 0 to 1: how sure it is that the codes hold; a target for training |

\`metadata\` has the tree with the codes' names and how often each code stands. Texts share words between codes on purpose, one
in five mentions a matter it is not about, and codes that are neighbours often stand together.

| code | name | texts |
| --- | --- | ---: |
${tree
  .flatMap(({ code, name, children }) => [
    `| **${code}** | **${name}** | |`,
    ...Object.entries(children).map(([inner, innerName]) => `| ${inner} | ${innerName} | ${counts[inner]} |`),
  ])
  .join('\n')}

## Wrong codes
${noise.length} rows (${Math.round(noiseShare * 100)} %) have a code too many, too few or wrong; their confidence is .40 to .70. Another 5 % are hesitant
(.60 to .75) although right. Rows are counted from 1.

| row | given | meant |
| ---: | --- | --- |
${noise.map(({ row, given, meant }) => `| ${row} | ${given} | ${meant} |`).join('\n')}
`;

const sample = {
  id: 'library-taxonomy',
  title: 'Library taxonomy',
  subtitle: 'Shelve texts in a tree of codes',
  task: 'classifier',
  file: 'samples.json',
  rows: rows.length,
  mapping: { text: 'text', labels: 'taxonomy_codes', confidence: 'confidence' },
};

export const libraryTaxonomy = {
  id: sample.id,
  files: {
    'samples.json': json,
    'sample.json': `${JSON.stringify(sample, null, 2)}\n`,
    'README.md': readme,
  },
  summary: `${rows.length} rows, ${codes.length} codes under ${tree.length}, ${noise.length} with wrong codes`,
};
