import { describe, expect, it } from 'vitest';
import { answerLabel, batchTable, linesOf, readBatch } from './batch';

const answer = (label: string, confidence: number) => ({ label, confidence, scores: [{ label, score: confidence }] });

describe('batch', () => {
  it('takes pasted lines, whatever ends them', () => {
    expect(linesOf('one\r\n\n two \rthree').rows).toEqual([['one'], [' two '], ['three']]);
  });
  it('reads a CSV and finds its text', async () => {
    const file = new File(['id,query\n1,"where, then, is my card"\n2,refund please\n'], 'a.csv');
    expect(await readBatch(file)).toEqual({
      columns: ['id', 'query'],
      rows: [
        ['1', 'where, then, is my card'],
        ['2', 'refund please'],
      ],
      textColumn: 1,
    });
  });
  it('writes the answers beside the rows, empty below the threshold', () => {
    const batch = { columns: ['text'], rows: [['a'], ['b']], textColumn: 0 };
    expect(batchTable(batch, [answer('x', 0.9), answer('y', 0.2)], 0.5)).toEqual({
      columns: ['text', 'predicted', 'confidence'],
      rows: [
        ['a', 'x', 0.9],
        ['b', '', 0.2],
      ],
    });
    expect(answerLabel({ ...answer('x', 0.9), labels: ['x', 'y'] }, 0.95)).toBe('x|y');
  });
  it('refuses what is too much by name', () => {
    expect(() => linesOf('x\n'.repeat(100_001))).toThrowError(/100,000 rows/);
  });
});
