// Delimited text: dialects found, odd rows named, and what is written reads back the same and runs nowhere.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvColumns } from './csv-columns';
import { looksLikeHeader, parseCells, sniffDialect } from './csv-sniff';
import { csvLine, guard, unguard } from './csv-write';
import { openFile } from './open';

async function read(
  text: string,
  name = 'd.csv',
  options = {},
): Promise<{ columns: readonly string[]; rows: string[][]; log: string[] }> {
  const outcome = await openFile(new File([text], name), options);
  if (outcome.refusal) throw outcome.refusal;
  const log: string[] = [];
  const rows: string[][] = [];
  let columns: readonly string[] = [];
  for await (const batch of outcome.opened[0]!.batches({
    refuse: (row, reason) => log.push(`${String(row)} refused: ${reason}`),
    warn: (code, _, row) => log.push(`${String(row)} ${code}`),
  })) {
    columns = batch.columns;
    for (let row = 0; row < batch.rows; row++) rows.push(batch.cells.map((cells) => String(cells[row])));
  }
  return { columns, rows, log };
}

describe('what is written', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', "'", '=', '+', '-', '@', '\t', 'a', '1', ' ', '.') }),
  );

  it('reads back the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 20 }), async (rows) => {
        const text = csvLine(['a', 'text', 'label']) + rows.map(csvLine).join('');
        expect((await read(text, 'd.csv', { header: true, delimiter: ',' })).rows).toEqual(rows);
      }),
      { numRuns: 200 },
    );
  });

  it('has its apostrophes taken away, and what is taken away is reported', async () => {
    const { rows, log } = await read("a,text\n1,'=sum\n2,'tis\n");
    expect(rows).toEqual([
      ['1', '=sum'],
      ['2', "'tis"],
    ]);
    expect(log).toEqual(['1 apostrophe']);
  });

  it('starts no formula, and keeps numbers numbers', () => {
    fc.assert(
      fc.property(cell, (text) => {
        const written = guard(text);
        if (!/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text)) expect(written).not.toMatch(/^[=+\-@\t\r]/);
        expect(unguard(written)).toBe(text);
      }),
    );
    expect(['-5', '+1.5e3', '12', "'x", "o'clock"].map(guard)).toEqual(['-5', '+1.5e3', '12', "'x", "o'clock"]);
    expect(['=1+1', '@a', '-x', '\tb', "'=1"].map(guard)).toEqual(["'=1+1", "'@a", "'-x", "'\tb", "''=1"]);
  });
});

describe('dialects', () => {
  it.each([
    ['a;b\n1,5;x\n2,5;y\n', ';'],
    ['a\tb\n1\tx, y\n2\tz, w\n', '\t'],
    ['1::2::3::978300000\n1::5::3::978300001\n', '::'],
    ['a|b\nx|y\nz|w\n', '|'],
    ['a,b\n"x;y",2\n"z;w",3\n', ','],
    ['only one column\nof text\n', ','],
  ])('%j', (text, delimiter) => {
    expect(sniffDialect(text, true).delimiter).toBe(delimiter);
  });

  it('takes bare quotes in a tab-separated corpus as text', () => {
    const lines = Array.from({ length: 40 }, (_, row) =>
      row % 7 === 3 ? `ham\t"Oh no" he said ${String(row)}` : `spam\ttext ${String(row)}`,
    );
    const dialect = sniffDialect(lines.join('\n'), true);
    expect(dialect.quotes).toBe(false);
    expect(parseCells(lines.join('\n'), dialect)).toHaveLength(40);
  });

  it('reads every kind of line end', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const { rows } = await read(['text,label', 'a,x', `"b${end}c",y`].join(end));
      expect(rows).toEqual([
        ['a', 'x'],
        [`b${end}c`, 'y'],
      ]);
    }
  });
});

describe('headers', () => {
  it('are told from data', () => {
    expect(
      looksLikeHeader([
        ['text', 'label'],
        ['a', 'b'],
      ]),
    ).toBe(true);
    expect(
      looksLikeHeader([
        ['3', 'A title'],
        ['2', 'Another'],
      ]),
    ).toBe(false);
    expect(
      looksLikeHeader([
        ['ham', 'Go there'],
        ['ham', 'Ok then'],
        ['spam', 'Win now'],
        ['ham', 'x y'],
        ['spam', 'z'],
      ]),
    ).toBe(false);
    expect(looksLikeHeader([['A man rides.', 'He cycles.', '4.6']])).toBe(false);
    expect(
      looksLikeHeader([
        ['user_id:token', 'item_id:token'],
        ['1', '2'],
      ]),
    ).toBe(true);
  });
  it('of corpora without one are named by what they hold', () => {
    expect(
      csvColumns([
        ['1', '2', '5', '978300000'],
        ['1', '3', '4', '978300001'],
      ]).names,
    ).toEqual(['user_id', 'item_id', 'rating', 'timestamp']);
    expect(
      csvColumns([
        ['a text here', '4,27', 'id1'],
        ['another one', '3', 'id2'],
      ]).mapping,
    ).toEqual({ text: 'text', labels: 'labels' });
    expect(csvColumns([['a', '', 'a']], true).names).toEqual(['a', 'column 2', 'a (2)']);
  });
});

describe('odd rows', () => {
  it('are named and the rest is read', async () => {
    const { rows, log } = await read('text,label\na,x\nb\nc,y,z\nd,w,\n"e,v\nf,u\n');
    expect(rows).toEqual([
      ['a', 'x'],
      ['b', ''],
      ['d', 'w'],
      ['f', 'u'],
    ]);
    expect(log.map((line) => line.slice(0, 12))).toEqual(['2 short-row', '3 refused: i', '5 refused: a']);
  });

  it('keep quotes that never close as text where every line fits without them', async () => {
    const { rows } = await read(`text,label\n${Array.from({ length: 500 }, () => '"open,x').join('\n')}\n`);
    expect(rows).toHaveLength(500);
    expect(rows[0]).toEqual(['"open', 'x']);
  });

  it('without any usable one is refused by name', async () => {
    await expect(read('text,label\n')).rejects.toMatchObject({ name: 'DatasetError' });
    await expect(read('')).rejects.toMatchObject({ name: 'DatasetError' });
  });
});
