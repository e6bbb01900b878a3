// Metadata of taxonomy files: trees as people write them, and what is said where metadata and samples differ.
import { describe, expect, it } from 'vitest';
import { taxonomyOf } from '../lib/taxonomy';
import type { JsonRecord } from './reading';
import { checkMetadata, declaredTaxonomy } from './taxonomy-metadata';

const tree = [
  { code: '000', parent: null, name: 'Computing' },
  { code: '004', parent: '000', name: 'Computers' },
  { code: '500', parent: null, name: 'Science' },
];

describe('a declared tree', () => {
  it.each<[string, JsonRecord]>([
    [
      'nested lists',
      {
        taxonomy: [
          { code: '000', name: 'Computing', children: [{ code: '004', name: 'Computers' }] },
          { code: '500', name: 'Science' },
        ],
      },
    ],
    ['nested objects', { tree: { '000': { name: 'Computing', children: { '004': 'Computers' } }, '500': 'Science' } }],
    [
      'a flat list with parents',
      {
        codes: [
          { code: '000', name: 'Computing' },
          { code: '004', parent: '000', title: 'Computers' },
          { id: '500', name: 'Science' },
        ],
      },
    ],
  ])('as %s', (_, metadata) => {
    const found = declaredTaxonomy(metadata)!;
    expect(found.toSorted((a, b) => (a.code < b.code ? -1 : 1))).toEqual(tree);
  });

  it('as children by name only, and none at all', () => {
    expect(declaredTaxonomy({ hierarchy: { '000': ['004', '005'] } })).toEqual([
      { code: '000', parent: null },
      { code: '004', parent: '000' },
      { code: '005', parent: '000' },
    ]);
    expect(declaredTaxonomy({ source: 'somewhere', codes: 12 })).toBeNull();
    expect(declaredTaxonomy(JSON.parse('{"tree":{"__proto__":{"x":{}}}}') as JsonRecord)).toHaveLength(2);
  });

  it('that is only a list of codes leaves the codes to speak', () => {
    const listed = declaredTaxonomy({ codes: ['004', '500', '510'] })!;
    expect(taxonomyOf(['004'], listed)?.parentOf('004')).toBe('000');
  });

  it('that nests without end is read as far as people go', () => {
    let deep: JsonRecord = { code: 'last' };
    for (let i = 0; i < 2000; i++) deep = { code: `c${i}`, children: [deep] };
    expect(declaredTaxonomy({ tree: [deep] })!.length).toBeLessThan(100);
  });
});

describe('metadata against samples', () => {
  const mapping = { text: 'text', labels: 'taxonomy_codes', confidence: 'confidence' };
  function findings(
    metadata: JsonRecord,
    rows: unknown[],
  ): Map<string, { message: string; rows: (number | undefined)[] }> {
    const found = new Map<string, { message: string; rows: (number | undefined)[] }>();
    const log = {
      refuse: () => expect.unreachable('nothing is refused'),
      warn(code: string, message: string, row?: number) {
        const known = found.get(code) ?? { message, rows: [] };
        known.rows.push(row);
        found.set(code, known);
      },
    };
    checkMetadata(metadata, rows, mapping, declaredTaxonomy(metadata), log);
    return found;
  }
  const good = { total_samples: 2, taxonomy: { '000': ['004', '005'] }, code_counts: { '004': 2, '005': 1 } };
  const rows = [
    { text: 'a', taxonomy_codes: ['004'], confidence: 1 },
    { text: 'b', taxonomy_codes: ['004', '005'], confidence: 0.5 },
  ];

  it('says nothing where they agree', () => {
    expect(findings(good, rows).size).toBe(0);
    expect(findings({ version: 3, author: 'x' }, rows).size).toBe(0);
  });

  it('names counts, strangers, unused codes and odd confidences', () => {
    const found = findings({ ...good, total_samples: 5 }, [
      { text: 'a', taxonomy_codes: [4, '020'], confidence: 1.5 },
      { text: 'b', taxonomy_codes: ['004'], confidence: 'sure' },
      { text: 'c', taxonomy_codes: ['004'], confidence: null },
      'odd',
    ]);
    expect([...found.keys()].sort()).toEqual([
      'code-count-differs',
      'count-differs',
      'odd-confidence',
      'unknown-code',
      'unused-code',
    ]);
    expect(found.get('unknown-code')).toEqual({
      message: 'have a code that the metadata’s tree does not: 4, 020 (4 may be 004 without its zeros)',
      rows: [1],
    });
    expect(found.get('odd-confidence')?.rows).toEqual([1, 2]);
    expect(found.get('unused-code')?.message).toBe('1 code of the metadata’s tree is never used: 005.');
    expect(found.get('count-differs')?.message).toContain('total_samples: 5, and there are 4 samples');
    expect(found.get('code-count-differs')?.message).toContain('005 (1 told, 0 found)');
  });
});
