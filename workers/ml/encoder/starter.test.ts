// The starter as it ships: its size, that it can be read, and how alike it finds sentences that it never saw.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../../scripts/paths.mjs';
import { readSafetensors } from '../../../src/formats/safetensors';
import { describeWithShared } from '../../../src/lib/testing/shared';
import { createTokenizer } from '../text-tokenizer';
import { createStaticEncoder, readStaticConfig, readStaticTable } from './static-encoder';

const folder = path.join(root, 'public', 'models', 'starter');
const json = (name: string): unknown => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));

const config = readStaticConfig(json('config.json'));
const starter = createStaticEncoder(
  config,
  readStaticTable(readSafetensors(readFileSync(path.join(folder, 'model.safetensors'))), config),
  createTokenizer(json('tokenizer.json'), json('tokenizer_config.json')),
);
const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, d) => sum + value * b[d]!, 0);

describe('the starter', () => {
  it('takes at most 9 MB and names its origin', () => {
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
    expect(bytes).toBeLessThan(9_000_000);
    expect(readFileSync(path.join(folder, 'NOTICE'), 'utf8')).toMatch(/all-MiniLM-L6-v2[\s\S]*Apache License/);
  });

  it('tells what is alike from what is not', () => {
    const [train, railway, soup] = starter.embed([
      'When does the next train leave?',
      'At what time is the railway departing?',
      'Add salt and pepper to the soup.',
    ]);
    expect(cosine(train!, railway!)).toBeGreaterThan(cosine(train!, soup!) + 0.3);
  });
});

describeWithShared('STS-B', 'datasets/stsb', (data) => {
  it('orders pairs of unseen sentences as people do', () => {
    const rows = readFileSync(path.join(data, 'stsb-en-dev.csv'), 'utf8').trimEnd().split('\n').map(cellsOf);
    const [first, second] = [0, 1].map((column) => starter.embed(rows.map((cells) => cells[column]!)));
    const ours = rows.map((_, i) => cosine(first![i]!, second![i]!));
    expect(
      spearman(
        ours,
        rows.map((cells) => Number(cells[2])),
      ),
    ).toBeGreaterThan(0.8);
  });
});

/** Quoted cells hold no line breaks there. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)|([^,]*)(?:,|$)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
  );
}

function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  const product = (p: number[], q: number[]): number =>
    p.reduce((sum, value, i) => sum + (value - middle) * (q[i]! - middle), 0);
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
}

/** From 0; equal values share their mean rank. */
function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((i, j) => values[i]! - values[j]!);
  const found = new Array<number>(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++;
    for (let i = from; i <= to; i++) found[order[i]!] = (from + to) / 2;
    from = to + 1;
  }
  return found;
}
