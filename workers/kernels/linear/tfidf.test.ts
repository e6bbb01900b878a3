// Words and n-grams as scikit-learn 1.9.1 (Python 3.11) finds them: texts, with what its analyzers gave, recorded.
// Each row: text, word n-grams of 1 and 2, character n-grams of 3 and 4 inside words.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NgramWalker, type NgramOptions } from './ngrams';
import { defaultTfidf, TfidfCounter, type TfidfOptions } from './tfidf';
import { compareCodePoints, emptySpans, findChunks, findWords, lowerOffsets, sortByCodePoint } from './tokens';

// prettier-ignore
const recorded: [text: string, words: string[], characters: string[]][] = [
  ['Where\'s my CARD? It\'s a 3.5% fee', ['where', 'my', 'card', 'it', 'fee', 'where my', 'my card', 'card it', 'it fee'], [' wh', 'whe', 'her', 'ere', 're\'', 'e\'s', '\'s ', ' whe', 'wher', 'here', 'ere\'', 're\'s', 'e\'s ', ' my', 'my ', ' my ', ' ca', 'car', 'ard', 'rd?', 'd? ', ' car', 'card', 'ard?', 'rd? ', ' it', 'it\'', 't\'s', '\'s ', ' it\'', 'it\'s', 't\'s ', ' a ', ' 3.', '3.5', '.5%', '5% ', ' 3.5', '3.5%', '.5% ', ' fe', 'fee', 'ee ', ' fee', 'fee ']],
  ['\u039f\u0394\u039f\u03a3 \u03a3 \u0391\u03a3\' \u03a3\u0391\u03a3. \u03a31', ['\u03bf\u03b4\u03bf\u03c2', '\u03b1\u03c2', '\u03c3\u03b1\u03c2', '\u03c31', '\u03bf\u03b4\u03bf\u03c2 \u03b1\u03c2', '\u03b1\u03c2 \u03c3\u03b1\u03c2', '\u03c3\u03b1\u03c2 \u03c31'], [' \u03bf\u03b4', '\u03bf\u03b4\u03bf', '\u03b4\u03bf\u03c2', '\u03bf\u03c2 ', ' \u03bf\u03b4\u03bf', '\u03bf\u03b4\u03bf\u03c2', '\u03b4\u03bf\u03c2 ', ' \u03c3 ', ' \u03b1\u03c2', '\u03b1\u03c2\'', '\u03c2\' ', ' \u03b1\u03c2\'', '\u03b1\u03c2\' ', ' \u03c3\u03b1', '\u03c3\u03b1\u03c2', '\u03b1\u03c2.', '\u03c2. ', ' \u03c3\u03b1\u03c2', '\u03c3\u03b1\u03c2.', '\u03b1\u03c2. ', ' \u03c31', '\u03c31 ', ' \u03c31 ']],
  ['\u0130stanbul ISPARTA \u0131 I', ['stanbul', 'isparta', 'stanbul isparta'], [' i\u0307', 'i\u0307s', '\u0307st', 'sta', 'tan', 'anb', 'nbu', 'bul', 'ul ', ' i\u0307s', 'i\u0307st', '\u0307sta', 'stan', 'tanb', 'anbu', 'nbul', 'bul ', ' is', 'isp', 'spa', 'par', 'art', 'rta', 'ta ', ' isp', 'ispa', 'spar', 'part', 'arta', 'rta ', ' \u0131 ', ' i ']],
  ['stra\u00dfe STRASSE \u1e9e', ['stra\u00dfe', 'strasse', 'stra\u00dfe strasse'], [' st', 'str', 'tra', 'ra\u00df', 'a\u00dfe', '\u00dfe ', ' str', 'stra', 'tra\u00df', 'ra\u00dfe', 'a\u00dfe ', ' st', 'str', 'tra', 'ras', 'ass', 'sse', 'se ', ' str', 'stra', 'tras', 'rass', 'asse', 'sse ', ' \u00df ']],
  ['\ufb01ne \ufb00 \u2167 \u00b2x \u00bd \uff11\uff12\uff13 \u0663\u0664', ['\ufb01ne', '\u00b2x', '\uff11\uff12\uff13', '\u0663\u0664', '\ufb01ne \u00b2x', '\u00b2x \uff11\uff12\uff13', '\uff11\uff12\uff13 \u0663\u0664'], [' \ufb01n', '\ufb01ne', 'ne ', ' \ufb01ne', '\ufb01ne ', ' \ufb00 ', ' \u2177 ', ' \u00b2x', '\u00b2x ', ' \u00b2x ', ' \u00bd ', ' \uff11\uff12', '\uff11\uff12\uff13', '\uff12\uff13 ', ' \uff11\uff12\uff13', '\uff11\uff12\uff13 ', ' \u0663\u0664', '\u0663\u0664 ', ' \u0663\u0664 ']],
  ['\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e', ['\u0928\u092e\u0938'], [' \u0928\u092e', '\u0928\u092e\u0938', '\u092e\u0938\u094d', '\u0938\u094d\u0924', '\u094d\u0924\u0947', '\u0924\u0947 ', ' \u0928\u092e\u0938', '\u0928\u092e\u0938\u094d', '\u092e\u0938\u094d\u0924', '\u0938\u094d\u0924\u0947', '\u094d\u0924\u0947 ', ' \u0926\u0941', '\u0926\u0941\u0928', '\u0941\u0928\u093f', '\u0928\u093f\u092f', '\u093f\u092f\u093e', '\u092f\u093e ', ' \u0926\u0941\u0928', '\u0926\u0941\u0928\u093f', '\u0941\u0928\u093f\u092f', '\u0928\u093f\u092f\u093e', '\u093f\u092f\u093e ']],
  ['\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35', ['\u0e2a\u0e27', '\u0e2a\u0e14', '\u0e2a\u0e27 \u0e2a\u0e14'], [' \u0e2a\u0e27', '\u0e2a\u0e27\u0e31', '\u0e27\u0e31\u0e2a', '\u0e31\u0e2a\u0e14', '\u0e2a\u0e14\u0e35', '\u0e14\u0e35 ', ' \u0e2a\u0e27\u0e31', '\u0e2a\u0e27\u0e31\u0e2a', '\u0e27\u0e31\u0e2a\u0e14', '\u0e31\u0e2a\u0e14\u0e35', '\u0e2a\u0e14\u0e35 ']],
  ['\u4f60\u597d \u4e16\u754c\u548c\u5e73 \u4e2d', ['\u4f60\u597d', '\u4e16\u754c\u548c\u5e73', '\u4f60\u597d \u4e16\u754c\u548c\u5e73'], [' \u4f60\u597d', '\u4f60\u597d ', ' \u4f60\u597d ', ' \u4e16\u754c', '\u4e16\u754c\u548c', '\u754c\u548c\u5e73', '\u548c\u5e73 ', ' \u4e16\u754c\u548c', '\u4e16\u754c\u548c\u5e73', '\u754c\u548c\u5e73 ', ' \u4e2d ']],
  ['\u30ab\u30fc\u30c9 \uff76\uff70\uff84\uff9e \u304c \u304b\u3099', ['\u30ab\u30fc\u30c9', '\uff76\uff70\uff84\uff9e', '\u30ab\u30fc\u30c9 \uff76\uff70\uff84\uff9e'], [' \u30ab\u30fc', '\u30ab\u30fc\u30c9', '\u30fc\u30c9 ', ' \u30ab\u30fc\u30c9', '\u30ab\u30fc\u30c9 ', ' \uff76\uff70', '\uff76\uff70\uff84', '\uff70\uff84\uff9e', '\uff84\uff9e ', ' \uff76\uff70\uff84', '\uff76\uff70\uff84\uff9e', '\uff70\uff84\uff9e ', ' \u304c ', ' \u304b\u3099', '\u304b\u3099 ', ' \u304b\u3099 ']],
  ['\u043a\u00e1\u0440\u0442\u0430 \u0401 \u0451', ['\u043a\u00e1\u0440\u0442\u0430'], [' \u043a\u00e1', '\u043a\u00e1\u0440', '\u00e1\u0440\u0442', '\u0440\u0442\u0430', '\u0442\u0430 ', ' \u043a\u00e1\u0440', '\u043a\u00e1\u0440\u0442', '\u00e1\u0440\u0442\u0430', '\u0440\u0442\u0430 ', ' \u0451 ', ' \u0451 ']],
  ['e\u0301te\u0301 \u00e9t\u00e9 A\u030a', ['te', '\u00e9t\u00e9', 'te \u00e9t\u00e9'], [' e\u0301', 'e\u0301t', '\u0301te', 'te\u0301', 'e\u0301 ', ' e\u0301t', 'e\u0301te', '\u0301te\u0301', 'te\u0301 ', ' \u00e9t', '\u00e9t\u00e9', 't\u00e9 ', ' \u00e9t\u00e9', '\u00e9t\u00e9 ', ' a\u030a', 'a\u030a ', ' a\u030a ']],
  ['\ud835\udc9c\ud835\udcb7\ud835\udcb8 \ud801\udc00\ud801\udc01 \ud835\udc9c', ['\ud835\udc9c\ud835\udcb7\ud835\udcb8', '\ud801\udc28\ud801\udc29', '\ud835\udc9c\ud835\udcb7\ud835\udcb8 \ud801\udc28\ud801\udc29'], [' \ud835\udc9c\ud835\udcb7', '\ud835\udc9c\ud835\udcb7\ud835\udcb8', '\ud835\udcb7\ud835\udcb8 ', ' \ud835\udc9c\ud835\udcb7\ud835\udcb8', '\ud835\udc9c\ud835\udcb7\ud835\udcb8 ', ' \ud801\udc28\ud801\udc29', '\ud801\udc28\ud801\udc29 ', ' \ud801\udc28\ud801\udc29 ', ' \ud835\udc9c ']],
  ['\ud83d\ude42 \ud83d\udc69\u200d\ud83d\udcbbx y\ud83d\ude42z zz', ['zz'], [' \ud83d\ude42 ', ' \ud83d\udc69\u200d', '\ud83d\udc69\u200d\ud83d\udcbb', '\u200d\ud83d\udcbbx', '\ud83d\udcbbx ', ' \ud83d\udc69\u200d\ud83d\udcbb', '\ud83d\udc69\u200d\ud83d\udcbbx', '\u200d\ud83d\udcbbx ', ' y\ud83d\ude42', 'y\ud83d\ude42z', '\ud83d\ude42z ', ' y\ud83d\ude42z', 'y\ud83d\ude42z ', ' zz', 'zz ', ' zz ']],
  ['_x_ a_b __ _', ['_x_', 'a_b', '__', '_x_ a_b', 'a_b __'], [' _x', '_x_', 'x_ ', ' _x_', '_x_ ', ' a_', 'a_b', '_b ', ' a_b', 'a_b ', ' __', '__ ', ' __ ', ' _ ']],
  ['\u01c5 \u0149s \u212aelvin \u2126hm', ['\u0149s', 'kelvin', '\u03c9hm', '\u0149s kelvin', 'kelvin \u03c9hm'], [' \u01c6 ', ' \u0149s', '\u0149s ', ' \u0149s ', ' ke', 'kel', 'elv', 'lvi', 'vin', 'in ', ' kel', 'kelv', 'elvi', 'lvin', 'vin ', ' \u03c9h', '\u03c9hm', 'hm ', ' \u03c9hm', '\u03c9hm ']],
  ['x\u00a0yy\u2003zz\u0085aa\u001cbb\ufeffcc', ['yy', 'zz', 'aa', 'bb', 'cc', 'yy zz', 'zz aa', 'aa bb', 'bb cc'], [' x ', ' yy', 'yy ', ' yy ', ' zz', 'zz ', ' zz ', ' aa', 'aa ', ' aa ', ' bb', 'bb\ufeff', 'b\ufeffc', '\ufeffcc', 'cc ', ' bb\ufeff', 'bb\ufeffc', 'b\ufeffcc', '\ufeffcc ']],
  ['tab\u0009bed\u000bfed\u000cged', ['tab', 'bed', 'fed', 'ged', 'tab bed', 'bed fed', 'fed ged'], [' ta', 'tab', 'ab ', ' tab', 'tab ', ' be', 'bed', 'ed ', ' bed', 'bed ', ' fe', 'fed', 'ed ', ' fed', 'fed ', ' ge', 'ged', 'ed ', ' ged', 'ged ']],
  ['co-op O\'Neil #1 @me', ['co', 'op', 'neil', 'me', 'co op', 'op neil', 'neil me'], [' co', 'co-', 'o-o', '-op', 'op ', ' co-', 'co-o', 'o-op', '-op ', ' o\'', 'o\'n', '\'ne', 'nei', 'eil', 'il ', ' o\'n', 'o\'ne', '\'nei', 'neil', 'eil ', ' #1', '#1 ', ' #1 ', ' @m', '@me', 'me ', ' @me', '@me ']],
  ['a b', [], [' a ', ' b ']],
  ['', [], []],
  ['\u0345\u03a3\u0345 a\u03a3\u0345', ['a\u03c2'], [' \u0345\u03c3', '\u0345\u03c3\u0345', '\u03c3\u0345 ', ' \u0345\u03c3\u0345', '\u0345\u03c3\u0345 ', ' a\u03c2', 'a\u03c2\u0345', '\u03c2\u0345 ', ' a\u03c2\u0345', 'a\u03c2\u0345 ']],
];

function ngramsOf(text: string, options: Partial<NgramOptions>): string[] {
  const walker = new NgramWalker({ ...defaultTfidf, ...options });
  const found: string[] = [];
  walker.walk(text, true, (node) => found.push(walker.termOf(node)));
  return found.sort();
}

describe('recorded from scikit-learn', () => {
  test.each(recorded)('%j', (text, words, characters) => {
    expect(ngramsOf(text, { ngramRange: [1, 2] })).toEqual([...words].sort());
    expect(ngramsOf(text, { analyzer: 'char_wb', ngramRange: [3, 4] })).toEqual([...characters].sort());
  });
});

const anyText = fc.string({ unit: 'binary', maxLength: 60 });

describe('words and chunks', () => {
  test('lie in order, apart, and hold what their kind says', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const [find, pattern] of [
          [findWords, /^[\p{L}\p{N}_]{2,}$/u],
          [findChunks, /^[^ \t\n\r]+$/u],
        ] as const) {
          const spans = emptySpans();
          find(text, spans);
          let before = 0;
          for (let i = 0; i < spans.length; i++) {
            expect(spans.starts[i]!).toBeGreaterThanOrEqual(before);
            before = spans.ends[i]!;
            expect(text.slice(spans.starts[i], spans.ends[i])).toMatch(pattern);
          }
        }
      }),
    );
  });

  test('offsets lead back from the lower-cased text', () => {
    expect(lowerOffsets('plain TEXT')).toBeNull();
    const text = '\u0130x \u0130Y';
    const offsets = lowerOffsets(text)!;
    const at = text.toLowerCase().indexOf('y');
    expect(text[offsets[at]!]).toBe('Y');
    expect(offsets[text.toLowerCase().length]).toBe(text.length);
  });

  test('terms are in order of their code points', () => {
    const terms = ['\u{1f642}', '\uffee', 'b', 'a', 'ab', '\u00e9'];
    expect(sortByCodePoint(terms)).toEqual(['a', 'ab', 'b', '\u00e9', '\uffee', '\u{1f642}']);
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const x = Array.from(a.toWellFormed(), (letter) => letter.codePointAt(0)!);
        const y = Array.from(b.toWellFormed(), (letter) => letter.codePointAt(0)!);
        const at = x.findIndex((code, i) => code !== y[i]);
        const wanted = at < 0 ? x.length - y.length : at >= y.length ? 1 : x[at]! - y[at]!;
        expect(Math.sign(compareCodePoints(a.toWellFormed(), b.toWellFormed()))).toBe(Math.sign(wanted));
      }),
    );
  });
});

describe('tf-idf', () => {
  const options = fc.record({
    analyzer: fc.constantFrom('word' as const, 'char_wb' as const),
    ngramRange: fc.constantFrom<[number, number]>([1, 1], [1, 3], [2, 4]),
    maxFeatures: fc.constantFrom(null, 5, 20),
    sublinearTf: fc.boolean(),
  });
  const corpus = fc.array(
    fc.array(fc.constantFrom('card', 'a', 'lost', 'my', 'pin', 'Straße', '你好'), { maxLength: 6 }),
    {
      minLength: 1,
      maxLength: 12,
    },
  );

  test('rows have length one or are empty, and a text counts the same again', () => {
    fc.assert(
      fc.property(options, corpus, (given, words) => {
        const chosen: TfidfOptions = { ...defaultTfidf, ...given };
        const texts = words.map((list) => list.join(' '));
        const counter = new TfidfCounter(chosen);
        texts.forEach((text) => counter.add(text));
        const { vectoriser, matrix } = counter.finish();
        const again = vectoriser.transform(texts);
        expect([...again.offsets]).toEqual([...matrix.offsets]);
        expect(vectoriser.terms).toEqual(sortByCodePoint([...vectoriser.terms]));
        if (chosen.maxFeatures !== null) expect(vectoriser.terms.length).toBeLessThanOrEqual(chosen.maxFeatures);
        for (let row = 0; row < matrix.rows; row++) {
          const entries = (csr: typeof matrix): [number, number][] =>
            Array.from({ length: csr.offsets[row + 1]! - csr.offsets[row]! }, (_, i): [number, number] => [
              csr.indices[csr.offsets[row]! + i]!,
              csr.values[csr.offsets[row]! + i]!,
            ]).sort((a, b) => a[0] - b[0]);
          const own = entries(matrix);
          expect(entries(again).map(([feature]) => feature)).toEqual(own.map(([feature]) => feature));
          entries(again).forEach(([, value], i) => expect(value).toBeCloseTo(own[i]![1], 12));
          const length = own.reduce((sum, [, value]) => sum + value * value, 0);
          if (own.length > 0) expect(length).toBeCloseTo(1, 12);
        }
      }),
    );
  });
});
