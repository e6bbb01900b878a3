// The words beside a saved format: equal, otherwise, not opened.
import { expect, it } from 'vitest';
import { proofOf } from './take-away-proof';

const asks = (prove: (texts: string[]) => Promise<number | null>) => {
  const datasets = {
    get: () => Promise.resolve({ mapping: { anchor: 'left' } }),
    rows: () => Promise.resolve({ rows: [{ left: 'one' }, { left: null }] }),
  };
  const studio = { datasets, models: { prove: (_id: string, _format: string, texts: string[]) => prove(texts) } };
  return proofOf(studio, { id: 'model-1', datasetId: 'data-1' }, 'hf');
};

it('says how far the taken files are from the model', async () => {
  const asked: string[][] = [];
  const found = await asks((texts) => {
    asked.push(texts);
    return Promise.resolve(2.4e-7);
  });
  expect(asked).toEqual([['one', '']]);
  expect(found).toEqual({ holds: true, words: 'Opened again here: largest difference 2e-7 over 2 rows' });
  expect(await asks(() => Promise.resolve(0))).toMatchObject({ holds: true });
  expect(await asks(() => Promise.resolve(0.02))).toMatchObject({ holds: false });
  expect(await asks(() => Promise.resolve(Infinity))).toMatchObject({ holds: false });
  expect(await asks(() => Promise.reject(new Error('gone')))).toEqual({
    holds: false,
    words: 'Not opened again here: gone',
  });
});

it('is silent about formats that are not opened here', async () => {
  expect(await asks(() => Promise.resolve(null))).toBeNull();
});
