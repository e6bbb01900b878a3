import { strFromU8, strToU8, unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { zipFiles } from './archive';

test('a zip holds its files, and the same files in any order are the same bytes', () => {
  const files = [
    { path: 'model.json', bytes: strToU8('{"a":1}') },
    { path: 'weights/w.bin', bytes: new Uint8Array([1, 2, 3]) },
  ];
  const zip = zipFiles(files);
  const back = unzipSync(zip);
  expect(Object.keys(back)).toEqual(['model.json', 'weights/w.bin']);
  expect(strFromU8(back['model.json']!)).toBe('{"a":1}');
  expect(zipFiles([...files].reverse())).toEqual(zip);
});

test('paths that leave the archive or come twice are refused', () => {
  for (const path of ['', '/a', '../a', 'a/../b', 'a\\b', 'a//b'])
    expect(() => zipFiles([{ path, bytes: new Uint8Array() }])).toThrow(/path/);
  const twice = { path: 'a', bytes: new Uint8Array() };
  expect(() => zipFiles([twice, twice])).toThrow(/twice/);
});
