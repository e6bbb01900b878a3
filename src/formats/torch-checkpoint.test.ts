import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStudioError } from '../contract/errors';
import { pickle, torchArchive, torchFile, type TorchEntry } from './testing/torch-file';
import { readTorchCheckpoint } from './torch-checkpoint';

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const entry: TorchEntry = { storage: 'FloatStorage', shape: [2, 2], stride: [2, 1], bytes: floats(1, 2, 3, 4) };
const read = (bytes: Uint8Array<ArrayBuffer>) => readTorchCheckpoint('pytorch_model.bin', new Blob([bytes]));
const refused = (bytes: Uint8Array<ArrayBuffer>, name: string, message: RegExp) =>
  expect(read(bytes)).rejects.toMatchObject({ name, message: expect.stringMatching(message) as string });

describe('a checkpoint of PyTorch', () => {
  it('gives where each tensor lies', async () => {
    const half: TorchEntry = {
      storage: 'HalfStorage',
      shape: [3],
      stride: [1],
      bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      offset: 1,
    };
    for (const parameter of [false, true]) {
      const file = torchFile({ 'a.weight': entry, 'b.bias': half }, { parameter, root: 'pytorch_model' });
      const found = await read(file);
      expect([...found.keys()]).toEqual(['a.weight', 'b.bias']);
      const bytes = ({ start, end }: { start: number; end: number }) => file.slice(start, end);
      expect(found.get('a.weight')).toMatchObject({ dtype: 'F32', shape: [2, 2] });
      expect(bytes(found.get('a.weight')!)).toEqual(new Uint8Array(entry.bytes));
      expect(found.get('b.bias')).toMatchObject({ dtype: 'F16', shape: [3] });
      expect(bytes(found.get('b.bias')!)).toEqual(Uint8Array.of(3, 4, 5, 6, 7, 8));
    }
  });

  it('is never run', async () => {
    const { join, unicode, global, tuple } = pickle;
    for (const [module, name] of [
      ['posix', 'system'],
      ['builtins', 'eval'],
      ['torch', 'load'],
      ['torch._utils', 'x'],
    ] as const) {
      const list = join(0x80, 2, global(module, name), tuple(unicode('echo')), 0x52, 0x2e);
      await refused(torchArchive(list), 'FormatError', new RegExp(`"${module}.${name}".*not run here`));
    }
  });

  it('is refused by what is wrong', async () => {
    const { join, int } = pickle;
    await refused(Uint8Array.of(0x80, 2, 0x8a), 'UnsupportedError', /before 1\.6/);
    await refused(torchFile({ w: { ...entry, stride: [1, 2] } }), 'UnsupportedError', /"w" is not laid out row by row/);
    await refused(torchFile({ w: { ...entry, offset: 1 } }), 'FormatError', /"w" is larger than the part/);
    await refused(torchFile({ w: { ...entry, storage: 'QUInt8Storage' } }), 'FormatError', /QUInt8Storage/);
    await refused(
      torchFile({ w: { ...entry, bytes: new Uint8Array(4000) } }, { level: 6 }),
      'UnsupportedError',
      /packed/,
    );
    await refused(torchArchive(join(0x80, 2, int(1), 0x2e)), 'FormatError', /no dictionary/);
    await refused(torchArchive(join(0x80, 2, 0x7d)), 'FormatError', /ends in the middle/);
    await refused(torchArchive(join(0x80, 2, 0x52, 0x2e)), 'FormatError', /cannot be read/);
  });

  it('that holds itself, or is a bomb, is refused and not followed', async () => {
    const { join, unicode, global } = pickle;
    // l = []; p = _rebuild_parameter(*l); l.append(p): a parameter of itself.
    const itself = join(
      global('torch._utils', '_rebuild_parameter'),
      0x5d,
      0x71,
      1,
      0x52,
      0x71,
      2,
      0x68,
      1,
      0x68,
      2,
      0x61,
    );
    const list = join(0x80, 2, 0x7d, 0x28, unicode('w'), itself, 0x30, 0x75, 0x2e);
    await refused(torchArchive(list), 'FormatError', /"w" is not a plain tensor/);
    await refused(torchArchive(join(0x80, 2, new Uint8Array(2_000_000).fill(0x7d))), 'LimitError', /no model/);
  });

  it('that is broken anywhere is read or refused with a named error, and never hangs', async () => {
    const whole = torchFile({ w: entry });
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, value, cut) => {
        const bytes = cut ? whole.slice(0, at) : whole.slice();
        if (!cut) bytes[at] = value;
        const error: unknown = await read(bytes).then(
          () => null,
          (reason: unknown) => reason,
        );
        if (error !== null && !isStudioError(error)) throw error;
      }),
      { numRuns: 2000 },
    );
  });
});
