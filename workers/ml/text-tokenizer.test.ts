import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithShared } from '../../src/lib/testing/shared';
import { createTokenizer, type TextTokenizer } from './text-tokenizer';
import { asReference } from './tokenizer/as-reference';
import { bertTokenizer } from './tokenizer/testing/bert-tokenizer';

interface Row {
  ids: number[];
  count?: number;
  idsSha256?: string;
}
interface Fixture {
  texts: string[];
  tokenizers: Record<
    string,
    {
      file: string;
      vocab: number;
      rows: Row[];
      pair: { a: string; b: string; ids: number[]; typeIds: number[] };
      truncate8pad12: { long: { ids: number[]; mask: number[] } };
    }
  >;
}

const json = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const one = (tokenizer: TextTokenizer, text: string, maxLength?: number): number[] => [
  ...tokenizer.tokenize([text], maxLength).ids,
];

describeWithShared('tokenizers of the fixtures', 'fixtures/tokenizers.json', (file) => {
  const { texts, tokenizers } = json(file) as Fixture;
  for (const [name, fixture] of Object.entries(tokenizers)) {
    const open = () => createTokenizer(json(path.resolve(path.dirname(file), fixture.file)));

    it(`${name}: the ids of every text, alone and all in one call, before and after the memo knows them`, () => {
      const tokenizer = open();
      for (let round = 0; round < 2; round++) {
        const all = tokenizer.tokenize(texts);
        fixture.rows.forEach((row, i) => {
          const ids = [...all.ids.subarray(all.offsets[i], all.offsets[i + 1])];
          if (row.idsSha256) {
            expect(ids).toHaveLength(row.count!);
            expect(createHash('sha256').update(ids.join(',')).digest('hex')).toBe(row.idsSha256);
          } else expect(ids, texts[i]!).toEqual(row.ids);
          expect(one(tokenizer, texts[i]!)).toEqual(ids);
        });
        expect(all.truncated).toBe(0);
      }
    });

    it(`${name}: cut at 8, the closing token stays; the rows of the embedding; pairs`, () => {
      const tokenizer = open();
      const text = 'the train runs on time and stops at every station';
      const { ids, mask } = fixture.truncate8pad12.long;
      expect(one(tokenizer, text, 8)).toEqual(ids.filter((_, i) => mask[i]));
      expect(tokenizer.tokenize([text, 'a b'], 8).truncated).toBe(1);
      expect(tokenizer.vocabularySize).toBe(fixture.vocab);
      const { a, b, ids: both, typeIds } = fixture.pair;
      expect(tokenizer.pair(a, b).ids).toEqual(both);
      if (name === 'bert') expect(tokenizer.pair(a, b).types).toEqual(typeIds);
    });
  }
});

for (const model of ['tiny-bert', 'tiny-distilbert', 'tiny-roberta', 'tiny-mpnet'])
  describeWithShared(`the tokenizer of ${model}`, `models/${model}/expected.json`, (file) => {
    it('gives the recorded ids, also of pairs', () => {
      const folder = path.dirname(file);
      const tokenizer = createTokenizer(json(`${folder}/tokenizer.json`), json(`${folder}/tokenizer_config.json`));
      const { batch, cases, pair } = json(file) as {
        batch: { texts: string[]; ids: number[][]; mask?: number[][] };
        cases: { text: string; ids: number[] }[];
        pair: { textA: string; textB: string; ids: number[]; typeIds: number[] | null };
      };
      for (const { text, ids } of cases) expect(one(tokenizer, text).slice(0, 64)).toEqual(ids);
      const all = tokenizer.tokenize(batch.texts);
      batch.texts.forEach((_, i) => {
        const ids = [...all.ids.subarray(all.offsets[i], all.offsets[i + 1])];
        const { length } = batch.ids[i]!; // the recorded batch is cut without its closing token
        expect(batch.ids[i]!.slice(0, ids.length)).toEqual(ids.slice(0, length));
      });
      const both = tokenizer.pair(pair.textA, pair.textB);
      expect(both.ids).toEqual(pair.ids);
      if (pair.typeIds) expect(both.types).toEqual(pair.typeIds);
    });
  });

describeWithShared('the tokenizer of all-MiniLM-L6-v2', 'models/all-MiniLM-L6-v2/expected.json', (file) => {
  it('gives the recorded ids, cut at 256', () => {
    const tokenizer = createTokenizer(json(path.join(path.dirname(file), 'tokenizer.json')));
    for (const { text, ids } of (json(file) as { sentences: { text: string; ids: number[] }[] }).sentences)
      expect(one(tokenizer, text, 256)).toEqual(ids);
  });
});

describe('the memo of pieces', () => {
  const odd = fc.constantFrom(
    ...['Σ', 'ΑΣ', 'ς', 'İ', 'ß', 'ﬁ', '\u0301', '\u0327\u0301', 'é', '東京', '㐀', '𠀀', '\u200d', '\ufeff', '\u0085'],
    ...[
      '\u00a0',
      '\u3000',
      '\u2028',
      '\u000b',
      '\f',
      '\0',
      '\ufffd',
      '\ud83d',
      '\udca9',
      '👩‍👩‍👧',
      '[CLS]',
      '[UNK]',
      '##',
      '.',
    ],
    ...[
      '[',
      'SEP]',
      '’',
      "don't",
      'x'.repeat(101),
      ' ',
      '\t',
      '\r\n',
      '\u202e',
      '·',
      '\u0345',
      '\u1fc3',
      '\u0130\u0307',
    ],
  );
  const plain = fc
    .tuple(
      fc.constantFrom('lorem', 'Lorem', 'ipsum', 'dolor', 'DO', 'a', 'zzz', 'K'),
      fc.constantFrom('', ',', '.!', '?;', ':', "'"),
    )
    .map(([word, marks]) => ` ${word}${marks} `);
  const text = fc
    .array(
      fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 4 }), fc.lorem({ maxCount: 1 }), plain, fc.constant(' ')),
    )
    .map((parts) => parts.join(''));

  for (const lowercase of [true, false])
    for (const strip of [null, true, false])
      for (const clean of [true, false])
        it(`equals the library on any text (lowercase ${lowercase}, strip accents ${strip}, clean ${clean})`, () => {
          const { tokenizer, config } = bertTokenizer({ lowercase, strip_accents: strip, clean_text: clean });
          const ours = createTokenizer(tokenizer, config);
          const library = new Tokenizer(tokenizer, config);
          const prepare = asReference(ours.files);
          fc.assert(
            fc.property(text, (given) => {
              expect(one(ours, given)).toEqual(library.encode(prepare(given)).ids);
            }),
            { numRuns: 200 },
          );
        });

  it('is not used where a token of the vocabulary holds a blank or is looked for in normalised text', () => {
    const added = [
      { id: 60, content: 'new york', special: false, normalized: false },
      { id: 61, content: '東京', special: false, normalized: true },
    ];
    for (const token of added) {
      const { tokenizer, config } = bertTokenizer({ lowercase: true }, [token]);
      const library = new Tokenizer(tokenizer, config);
      const given = 'to new york and 東京 too';
      const ids = one(createTokenizer(tokenizer, config), given);
      expect(ids).toEqual(library.encode(given).ids);
      expect(ids).toContain(token.id);
    }
  });
});

describe('where the library departs from the reference', () => {
  const { tokenizer, config } = bertTokenizer({ lowercase: true });
  const ours = createTokenizer(tokenizer, config);
  it('lower-cases a final sigma to a plain one', () => expect(one(ours, 'ΣΣ')).toEqual(one(ours, 'σσ')));
  it('lets ideographs of any plane stand alone', () => expect(one(ours, 'a𠀀𠀁b')).toEqual(one(ours, 'a 𠀀 𠀁 b')));
});

describe('truncation', () => {
  it('cuts the body on the side the tokenizer names and never the special tokens', () => {
    const { tokenizer, config } = bertTokenizer({ lowercase: true });
    const right = createTokenizer(tokenizer, config);
    const left = createTokenizer(tokenizer, { ...config, truncation_side: 'left' });
    const [cls, sep] = [right.idOf('[CLS]')!, right.idOf('[SEP]')!];
    const [a, b, c] = [...'abc'].map((letter) => right.idOf(letter)!);
    expect(one(right, 'a b c', 4)).toEqual([cls, a, b, sep]);
    expect(one(left, 'a b c', 4)).toEqual([cls, b, c, sep]);
    expect(one(right, 'a b c', 5)).toEqual([cls, a, b, c, sep]);
    expect(one(right, 'a b c', 2)).toEqual([cls, sep]);
    expect(right.tokenize(['a', 'a b c', '', 'c c c c'], 4)).toMatchObject({
      truncated: 2,
      offsets: Int32Array.of(0, 3, 7, 9, 13),
    });
  });
});

describe('tokenizer files', () => {
  const { tokenizer } = bertTokenizer({ lowercase: true });

  it('may leave out what older libraries left out', () => {
    const { normalizer, pre_tokenizer, post_processor, model } = tokenizer;
    const older = createTokenizer({ normalizer, pre_tokenizer, post_processor, model });
    expect(one(older, 'abc')).toEqual(one(createTokenizer(tokenizer), 'abc'));
  });

  it('give an unknown word of a word-level model the unknown token, which the library forgets', () => {
    const model = { type: 'WordLevel', unk_token: '[UNK]', vocab: { '[UNK]': 0, a: 1 } };
    const wordLevel = { pre_tokenizer: { type: 'WhitespaceSplit' }, model };
    expect(one(createTokenizer(wordLevel), 'a b a')).toEqual([1, 0, 1]);
    const without = createTokenizer({ ...wordLevel, model: { type: 'WordLevel', vocab: { a: 1 } } });
    expect(() => one(without, 'a b')).toThrow(/no id for "b"/);
  });

  it('are refused by what is wrong with them', () => {
    const cases: [unknown, RegExp][] = [
      [null, /not a JSON object/],
      [{}, /has no "model"/],
      [{ model: { type: 'BPE' } }, /no "vocab"/],
      [{ model: { type: 'WordPiece', vocab: { a: 'b' } } }, /id of "a"/],
      [{ model: { type: 'WordPiece', vocab: { a: 4e9 } } }, /largest id/],
      [{ ...tokenizer, added_tokens: [{ id: 1 }] }, /"added_tokens"/],
      [{ ...tokenizer, normalizer: { type: 'Odd' } }, /Odd/],
    ];
    for (const [file, message] of cases)
      expect(() => createTokenizer(file)).toThrow(
        expect.objectContaining({ name: 'FormatError', message: expect.stringMatching(message) }),
      );
  });
});
