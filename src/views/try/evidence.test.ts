import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidenceParts, markedPlaces, strongestWords } from './evidence';

describe('evidenceParts', () => {
  it('marks the words that spoke, strongest first where they overlap', () => {
    expect(
      evidenceParts('my card is lost', [
        { start: 3, end: 7, weight: 2 },
        { start: 3, end: 15, weight: 1 },
      ]),
    ).toEqual([
      { text: 'my ', weight: 0 },
      { text: 'card', weight: 1 },
      { text: ' is lost', weight: 0.5 },
    ]);
  });
  it('never changes the text', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(
          fc.record({ start: fc.integer(), end: fc.integer(), weight: fc.double({ noNaN: true, min: -9, max: 9 }) }),
        ),
        (text, evidence) => {
          expect(
            evidenceParts(text, evidence)
              .map((part) => part.text)
              .join(''),
          ).toBe(text);
        },
      ),
    );
  });
});

describe('what is read of evidence', () => {
  it('goes from marked piece to marked piece', () => {
    const parts = evidenceParts('my lost card', [
      { start: 3, end: 7, weight: -1 },
      { start: 8, end: 12, weight: 2 },
    ]);
    expect(markedPlaces(parts).map((place) => parts[place]?.text)).toEqual(['lost', 'card']);
  });
  it('names the strongest first with their signs', () => {
    const evidence = [
      { term: 'lost', weight: -0.126 },
      { term: 'card', weight: 0.42 },
      { term: 'my', weight: 0.01 },
    ];
    expect(strongestWords(evidence, 2)).toBe('card +0.42, lost −0.13');
  });
});
