// The plan's numbers of parameters, against counts made by hand. Times and bytes are not judged here.
import { describe, expect, it } from 'vitest';
import type { Base } from '../../../contract/bases';
import { resolveRecipe } from '../../../lib/recipe';
import { spec } from '../spec';
import { planEncoder } from './plan';

// A word table of 1,000 and three blocks of 100; the file has a pooler of 72 and a head of 5 labels above them.
const base: Base = {
  ...{
    id: 'base-1',
    name: 'Small',
    kind: 'transformer',
    architecture: 'bert',
    parameters: 1300 + 72 + 45,
    bytes: 5668,
  },
  ...{ source: { from: 'folder' }, addedAt: 0, files: [], hash: '' },
  shape: { hidden: 8, layers: 3, heads: 2, vocabulary: 100, maxLength: 32, encoderParameters: 1300 },
};
const planned = (config: Record<string, unknown>, on = base) =>
  planEncoder(
    resolveRecipe(spec, { task: 'classifier', dataset: 'd', config }).config,
    { rows: 100, labels: 3, meanLength: 40 },
    on,
  );

describe('parameters of a run on a transformer', () => {
  it('are the encoder’s and the run’s own head’s, not those of what the file has above its encoder', () => {
    expect(planned({ base: 'base-1' }).parameters).toBe(1300 + 72 + 27);
    expect(planned({ base: 'base-1', freeze: 'encoder' }).parameters).toBe(1300 + 27);
  });

  it('are those of the file where an older record does not know the encoder’s alone', () => {
    const { encoderParameters: _, ...shape } = base.shape;
    expect(planned({ base: 'base-1', freeze: 'encoder' }, { ...base, shape }).parameters).toBe(1417 + 27);
  });
});
