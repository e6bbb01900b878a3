// all-MiniLM-L6-v2 from its folder: the vectors that sentence-transformers gives.
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadKernels, startThread } from '../../../scripts/wasm-node.mjs';
import { describeWithShared } from '../../../src/lib/testing/shared';
import { openWasmDevice } from '../../backends/wasm-device';
import { openEncoder } from './embed';
import { openShared, readJson } from './testing/shared-folder';

interface Expected {
  sentences: { text: string; ids: number[]; embedding: number[] }[];
}

describeWithShared('all-MiniLM-L6-v2', 'models/all-MiniLM-L6-v2', (folder) => {
  it('gives the recorded vectors', async () => {
    const { sentences } = readJson(path.join(folder, 'expected.json')) as Expected;
    const { encoder } = openShared(folder, { maxLength: 256 });
    const device = await openWasmDevice({ load: loadKernels, startThread, threads: 2 });
    const texts = sentences.map(({ text }) => text);
    const tokens = encoder.tokenize(texts);
    sentences.forEach(({ ids }, i) => {
      expect([...tokens.ids.subarray(tokens.offsets[i], tokens.offsets[i + 1])]).toEqual(ids);
    });
    const open = openEncoder(device, encoder);
    const together = await open.embed(texts);
    const alone = await open.embed(texts.slice(0, 1));
    open.dispose();
    device.dispose();
    const worst = (found: readonly Float32Array[]): number =>
      Math.max(...found.flatMap((vector, i) => [...vector].map((v, d) => Math.abs(v - sentences[i]!.embedding[d]!))));
    expect(worst(together)).toBeLessThan(1e-5);
    expect(worst(alone)).toBeLessThan(1e-5);
  }, 60_000);
});
