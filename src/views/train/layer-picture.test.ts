// What is trained under freezing and LoRA, against counts made by hand.
import { describe, expect, it } from 'vitest';
import type { BaseLayers } from '../../contract/map';
import { layerPicture, loraParameters } from './layer-picture';

const block = (i: number) => ({
  ...{ id: `encoder.layer.${i}`, kind: 'block' as const, title: `Layer ${i + 1}`, parameters: 100 },
  linears: [
    { name: `encoder.layer.${i}.attention.self.query`, inputs: 8, outputs: 8 },
    { name: `encoder.layer.${i}.intermediate.dense`, inputs: 8, outputs: 16 },
    { name: `encoder.layer.${i}.output.dense`, inputs: 16, outputs: 8 },
  ],
});
const base: BaseLayers = {
  layers: [
    { id: 'embeddings', kind: 'embeddings', title: 'Word table', parameters: 1000, linears: [] },
    ...[block(0), block(1), block(2)],
  ],
  hidden: 8,
  familyHead: 72,
};
const nothing = { freeze: 'none', freezeLayers: 0, lora: null, head: 'auto', fewShot: 0 };
const states = (settings: Partial<typeof nothing> | { lora: unknown }) =>
  layerPicture(base, { ...nothing, ...settings }, 3);

describe('the picture of layers', () => {
  it('trains all, with the family’s head', () => {
    const picture = states({});
    expect(picture.layers.map(({ state }) => state)).toEqual(new Array(5).fill('trained'));
    expect(picture).toMatchObject({ parameters: 1300 + 72 + 27, trained: 1399, blocks: 3 });
  });
  it('freezes words with the first layers', () => {
    const picture = states({ freezeLayers: 2 });
    expect(picture.layers.map(({ state }) => state)).toEqual(['frozen', 'frozen', 'frozen', 'trained', 'trained']);
    expect(picture.trained).toBe(100 + 99);
    expect(states({ freeze: 'embeddings' }).trained).toBe(399);
  });
  it('leaves a fitted head alone where the encoder is frozen', () => {
    const picture = states({ freeze: 'encoder' });
    expect(picture.trained).toBe(3 * 9);
    expect(picture.layers.filter(({ state }) => state === 'trained').map(({ id }) => id)).toEqual(['head']);
  });
  it('counts LoRA by rank and the sizes of its targets', () => {
    expect(loraParameters(block(0), 4, ['query'])).toBe(4 * 16);
    expect(loraParameters(block(0), 4, ['dense'])).toBe(4 * 24 * 2);
    const picture = states({ lora: { rank: 4, alpha: 8, dropout: 0, targets: ['query'] } });
    expect(picture.layers.map(({ state }) => state)).toEqual(['frozen', 'LoRA', 'LoRA', 'LoRA', 'trained']);
    expect(picture.trained).toBe(3 * 64 + 99);
  });
});
