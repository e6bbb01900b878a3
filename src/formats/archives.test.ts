// Packed files: several members, bombs, passwords, lies about sizes, documents that are zips inside.
import { gzipSync, strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { openFile } from './open';
import type { ReadLog } from './reading';

const silent: ReadLog = { refuse: () => undefined, warn: () => undefined };
async function rowsIn(bytes: Uint8Array, name: string): Promise<number> {
  const outcome = await openFile(new File([bytes as BlobPart], name), {});
  if (outcome.refusal) throw outcome.refusal;
  let rows = 0;
  for (const opened of outcome.opened) for await (const batch of opened.batches(silent)) rows += batch.rows;
  return rows;
}
function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('gzip', () => {
  it('reads members back to back', async () => {
    const bytes = joined(gzipSync(strToU8('text,label\na,x\n')), gzipSync(strToU8('b,y\n')));
    expect(await rowsIn(bytes, 'd.csv.gz')).toBe(2);
  });
  it('refuses a bomb before it fills the memory', async () => {
    const bytes = gzipSync(new Uint8Array(80 * 1024 ** 2).fill(97), { level: 1 });
    await expect(rowsIn(bytes, 'd.txt.gz')).rejects.toMatchObject({ name: 'LimitError' });
  });
  it('refuses what is cut short or damaged', async () => {
    const bytes = gzipSync(strToU8('text,label\na,x\n'.repeat(50)));
    bytes[12] = 0xff;
    bytes[13] = 0xff;
    await expect(rowsIn(bytes, 'd.csv.gz')).rejects.toMatchObject({
      name: expect.stringMatching(/FormatError|DatasetError/) as string,
    });
  });
});

describe('zip', () => {
  const csv = strToU8('text,label\na,x\nb,y\n');
  it('reads the files it holds and leaves out what nobody means', async () => {
    const bytes = zipSync({
      'd/a.csv': csv,
      'd/b.jsonl': strToU8('{"text":"a","label":"x"}\n'),
      '__MACOSX/d/._a.csv': csv,
      'README.md': csv,
    });
    expect(await rowsIn(bytes, 'd.zip')).toBe(3);
  });
  it('refuses an archive that declares too much', async () => {
    const bytes = zipSync({ 'a.txt': new Uint8Array(80 * 1024 ** 2) }, { level: 1 });
    await expect(rowsIn(bytes, 'd.zip')).rejects.toMatchObject({ name: 'LimitError' });
  });
  it('refuses an entry that is larger than declared', async () => {
    const bytes = zipSync({ 'a.csv': [csv, { level: 0 }] });
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let at = 0; at < bytes.length - 4; at++)
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 5, true);
    await expect(rowsIn(bytes, 'd.zip')).rejects.toMatchObject({ name: 'FormatError' });
  });
  it('names a password', async () => {
    const bytes = zipSync({ 'a.csv': csv });
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let at = 0; at < bytes.length - 4; at++)
      if (view.getUint32(at, true) === 0x02014b50) view.setUint16(at + 8, view.getUint16(at + 8, true) | 1, true);
    await expect(rowsIn(bytes, 'd.zip')).rejects.toMatchObject({ name: 'PasswordError' });
  });
  it('names documents that are zips inside, and damaged ones', async () => {
    await expect(
      rowsIn(zipSync({ '[Content_Types].xml': csv, 'xl/workbook.xml': csv }), 'd.xlsx'),
    ).rejects.toMatchObject({
      name: 'UnsupportedError',
      message: expect.stringContaining('Excel') as string,
    });
    await expect(rowsIn(zipSync({ 'a.csv': csv }).slice(0, 60), 'd.zip')).rejects.toMatchObject({
      name: 'FormatError',
    });
    await expect(rowsIn(zipSync({ 'inner.zip': zipSync({ 'a.csv': csv }) }), 'd.zip')).rejects.toMatchObject({
      name: 'UnsupportedError',
    });
  });
});
