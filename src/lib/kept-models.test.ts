// Models that ship with the app: kept once, by revision, and answered without a network.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isModelFile, modelKeeper } from './kept-models';

const base = 'https://studio.example/app/service-worker.js';
const files = [
  { url: 'models/starter/config.json', revision: 'a1' },
  { url: 'models/starter/model.safetensors', revision: 'b1' },
];
const address = 'https://studio.example/app/models/starter/config.json';

let kept: Map<string, Response>;
let asked: string[];
let online: boolean;

beforeEach(() => {
  kept = new Map();
  asked = [];
  online = true;
  const cache = {
    match: (key: string) => Promise.resolve(kept.get(key)?.clone()),
    put: (key: string, answer: Response) => Promise.resolve(void kept.set(key, answer)),
    delete: (key: string) => Promise.resolve(kept.delete(key)),
    keys: () => Promise.resolve([...kept.keys()].map((url) => ({ url }))),
  };
  vi.stubGlobal('caches', { open: () => Promise.resolve(cache) });
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    return online ? Promise.resolve(new Response(`content of ${url}`)) : Promise.reject(new TypeError('offline'));
  });
});

describe('models that ship with the app', () => {
  it('are told from the program', () => {
    expect(isModelFile({ url: 'models/starter/config.json', revision: 'a' })).toBe(true);
    expect(isModelFile({ url: 'assets/models-1234.js', revision: null })).toBe(false);
  });

  it('are kept all at once, and answered offline', async () => {
    const keeper = modelKeeper(files, base);
    expect(await Promise.all([keeper.keepAll(), keeper.keepAll()])).toEqual([true, true]);
    expect(asked).toHaveLength(2);
    online = false;
    expect(keeper.has(new URL(address))).toBe(true);
    expect(await (await keeper.answer(address)).text()).toBe(`content of ${address}`);
  });

  it('are fetched anew where their content changed, and the old ones are dropped', async () => {
    await modelKeeper(files, base).keepAll();
    asked = [];
    await modelKeeper([{ ...files[0]!, revision: 'a2' }], base).keepAll();
    expect(asked).toEqual([address]);
    expect([...kept.keys()]).toEqual([`${address}?revision=a2`]);
  });

  it('are tried again after a time without a network', async () => {
    const keeper = modelKeeper(files, base);
    online = false;
    expect(await keeper.keepAll()).toBe(false);
    expect(kept.size).toBe(0);
    online = true;
    expect(await keeper.keepAll()).toBe(true);
    expect(kept.size).toBe(2);
  });
});
