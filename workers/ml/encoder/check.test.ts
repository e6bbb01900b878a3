// Every tiny encoder against the numbers that transformers and torch gave, and that the check can fail.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadKernels, startThread } from '../../../scripts/wasm-node.mjs';
import { describeWithShared } from '../../../src/lib/testing/shared';
import { openWasmDevice } from '../../backends/wasm-device';
import { checkAgainstReference } from './check';
import { openShared, type SharedModel } from './testing/shared-folder';

const referenceFiles = (folder: string): { name: string; bytes: Uint8Array }[] =>
  readdirSync(folder)
    .filter((name) => /^(expected\.json|outputs\.safetensors|grads\.safetensors)$/.test(name))
    .map((name) => ({ name, bytes: readFileSync(path.join(folder, name)) }));

const entriesOf = async (model: SharedModel, files: { name: string; bytes: Uint8Array }[]) => {
  const device = await openWasmDevice({ load: loadKernels, startThread, threads: 2 });
  try {
    return await checkAgainstReference(device, model, files);
  } finally {
    device.dispose();
  }
};

describeWithShared('reference models', 'models/tiny-bert', (folder) => {
  const models = path.dirname(folder);

  it.each(['tiny-bert', 'tiny-bert-multilabel', 'tiny-distilbert', 'tiny-roberta', 'tiny-mpnet'])(
    '%s computes the recorded numbers',
    async (name) => {
      const entries = await entriesOf(openShared(path.join(models, name)), referenceFiles(path.join(models, name)));
      expect(entries.filter(({ ok }) => !ok)).toEqual([]);
      expect(entries.length).toBeGreaterThan(150);
      for (const item of ['logits', 'hidden_0', 'last_hidden_state', 'embedding', 'loss', 'loss of step 19'])
        expect(entries.map((entry) => entry.item)).toContain(item);
      // A sound engine in 32 bits reaches a tenth of what is asked.
      const share = (entry: (typeof entries)[number]): number =>
        entry.difference / Math.max(entry.tolerance ?? 0, 1e-12);
      expect(entries.filter((entry) => entry.tolerance !== 0 && share(entry) > 0.3)).toEqual([]);
    },
    30_000,
  );

  it('reads the configuration of transformers 5 alike', () => {
    for (const name of ['tiny-bert', 'tiny-distilbert', 'tiny-roberta', 'tiny-mpnet']) {
      const one = openShared(path.join(models, name));
      expect(openShared(path.join(models, name), { config: 'config.v5.json' }).shape).toEqual(one.shape);
    }
  });

  it('finds a reference that was changed', async () => {
    const files = referenceFiles(folder).map(({ name, bytes }) => {
      if (!name.startsWith('outputs')) return { name, bytes };
      const changed = Uint8Array.from(bytes);
      const view = new DataView(changed.buffer);
      for (let at = changed.length - 2032; at < changed.length - 1952; at += 4)
        view.setFloat32(at, view.getFloat32(at, true) + 3, true);
      return { name, bytes: changed };
    });
    const bad = (await entriesOf(openShared(folder), files)).filter(({ ok }) => !ok);
    expect(bad.map(({ item }) => item)).toEqual(['logits']);
  }, 30_000);
});
