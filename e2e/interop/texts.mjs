// The rows that are learned and the texts that are asked where exported models are compared with other tools. The same each
// time; a dozen texts are what tokenizers and lengths stumble over.

const topics = {
  parcel: ['where is my parcel', 'the parcel is late', 'track the shipment', 'when does the box arrive'],
  card: ['my card is blocked', 'order a new card', 'the card was stolen', 'raise the card limit'],
  refund: ['i want my money back', 'refund the order', 'the refund is missing', 'return the shoes'],
};
const endings = ['', ' please', ' today', ' since monday', ' now!', ', thank you'];

/** 72 rows as CSV: one label a row, or every second row with a second one. @param {boolean} several */
export function labelledRows(several) {
  const names = Object.keys(topics);
  const lines = [`text,${several ? 'labels' : 'label'}`];
  names.forEach((name, a) =>
    topics[name].forEach((text, b) =>
      endings.forEach((ending, c) => {
        const other = names[(a + 1) % names.length];
        const both = several && (b + c) % 2 === 0;
        const words = both ? `${text}${ending} and ${topics[other][b]}` : text + ending;
        lines.push(`"${words}",${both ? `${name}|${other}` : name}`);
      }),
    ),
  );
  return lines.join('\n');
}

/** Pairs that mean the same, as CSV. */
export function pairRows() {
  const lines = ['anchor,positive'];
  for (const texts of Object.values(topics))
    texts.forEach((text, i) =>
      endings.forEach((ending) => lines.push(`"${text}${ending}","${texts[(i + 1) % texts.length]}"`)),
    );
  return lines.join('\n');
}

/** All words, for tokenizers that are made from them. */
export const corpus = Object.values(topics)
  .flat()
  .flatMap((text) => endings.map((ending) => text + ending));

export const asked = [
  'where is my parcel',
  'The CARD was stolen, and I want my money back!',
  '',
  ' ',
  ' \t  \n ',
  '?',
  'Łódź – gdzie jest paczka?',
  'ünïcödé “quotes” 😡 naïve café',
  '東京はどこですか',
  'ΣΊΣΥΦΟΣ ΣΑΣ',
  'tabs\tand\nlines\r\nbetween words',
  'supercalifragilisticexpialidocious',
  `${'where is my parcel and the card '.repeat(40)}end`,
  'x'.repeat(300),
];
