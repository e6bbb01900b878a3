// Splits that files' names give.
import { describe, expect, it } from 'vitest';
import { splitsOfFileNames } from './mapping-cells';

describe('splits of file names', () => {
  it.each([
    [
      ['train.csv', 'dev.csv', 'test.csv'],
      ['train', 'validation', 'test'],
    ],
    [
      ['folder/Training_1.csv', 'val.jsonl'],
      ['train', 'validation'],
    ],
    [
      ['stsb-en-train.csv', 'stsb-en-dev.csv', 'stsb-en-test.csv'],
      ['train', 'validation', 'test'],
    ],
    [
      ['sts.validation.tsv', 'sts.train.tsv'],
      ['validation', 'train'],
    ],
    [
      ['sts_validation.tsv', 'sts_train.tsv'],
      ['validation', 'train'],
    ],
    [
      ['my test notes.csv', 'orders.csv'],
      [null, null],
    ],
    [
      ['testament.csv', 'trains.csv'],
      ['test', 'train'],
    ],
    [['train.csv'], [null]],
    [['a-train.csv'], [null]],
  ])('%j are %j', (names, splits) => {
    expect(splitsOfFileNames(names)).toEqual(splits);
  });
});
