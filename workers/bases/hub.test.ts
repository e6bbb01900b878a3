// The download against a host that misbehaves in every way known: what is said, what is kept, what is taken up again.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModelHost, type Fault, type ModelHost, type Repository } from '../../e2e/pages/model-host';
import type { HubProgress } from '../../src/contract/hub';
import { readHubName } from '../../src/lib/hub-name';
import { Sha256 } from '../../src/lib/sha256';
import { listBases } from '../../src/storage/bases';
import { listDownloads } from '../../src/storage/hub-downloads';
import { downloadFromHub } from './hub';
import { downloadFiles, type HubPatience } from './hub-download';
import { neededFiles } from './hub-files';
import { listRepository } from './hub-list';
import { createMeter } from './hub-meter';
import type { PartStore } from './hub-parts';
import { tinyFolder } from './testing/tiny-folder';

const weights = Buffer.alloc(5 << 20, (Math.E * 1e15).toString(36));
const files = {
  'config.json': Buffer.from('{"model_type":"bert"}'),
  'tokenizer.json': Buffer.from('{}'),
  'model.safetensors': weights,
  'pytorch_model.bin': Buffer.from('not wanted'),
  'README.md': Buffer.from('# not wanted'),
};
const faults: Record<string, Fault> = {
  'bad/html-list': 'html list',
  'bad/html-weights': 'html weights',
  'bad/not-json': 'not json',
  'bad/missing': 'missing',
  'bad/gated': 'gated',
  'bad/sign-in': 'sign-in',
  'bad/forbidden': 'forbidden',
  'bad/silent': 'silent list',
  'bad/stall-always': 'stall always',
  'bad/half': 'half always',
  'bad/hash': 'wrong hash',
  'bad/longer': 'longer',
  'bad/pointer': 'pointer',
  'bad/elsewhere': 'elsewhere',
  'good/busy-once': 'busy once',
  'good/stall-once': 'stall once',
  'good/cut-once': 'cut once',
  'good/no-range': 'ignores range',
  'good/slow': 'slow',
  'bad/changes': 'changes after cut',
};
const patience: HubPatience = { answerMs: 400, stallMs: 400, retryMs: [20, 20] };

let host: ModelHost;
beforeAll(async () => {
  const repositories: Record<string, Repository> = { 'good/plain': { files }, 'good/bare': { files, bare: true } };
  for (const [name, fault] of Object.entries(faults)) repositories[name] = { files, fault };
  host = await startModelHost(repositories, { bytesPerSecond: 4_000_000, elsewhere: 'http://127.0.0.1:9' });
});
afterAll(() => host.close());

function memoryParts(): PartStore & {
  kept: Map<string, { blocks: Uint8Array[]; etag: string | null; sha256: string | null }>;
} {
  const kept = new Map<string, { blocks: Uint8Array[]; etag: string | null; sha256: string | null }>();
  const of = (path: string) => kept.get(path) ?? { blocks: [], etag: null, sha256: null };
  return {
    kept,
    state(path) {
      const { blocks, etag, sha256 } = of(path);
      return Promise.resolve({ bytes: blocks.reduce((sum, { length }) => sum + length, 0), etag, sha256 });
    },
    append(path, block, etag) {
      kept.set(path, { blocks: [...of(path).blocks, block], etag, sha256: null });
      return Promise.resolve();
    },
    async *read(path) {
      yield* of(path).blocks;
    },
    finish(path, sha256) {
      kept.set(path, { ...of(path), sha256 });
      return Promise.resolve();
    },
    discard(path) {
      kept.delete(path);
      return Promise.resolve();
    },
  };
}

const asking = (signal = new AbortController().signal) => ({
  host: host.url,
  signal,
  answerMs: patience.answerMs,
  fetch,
  stoppedByPolicy: () => false,
});
const find = (name: string) => listRepository(readHubName(name), asking());

async function download(name: string, parts = memoryParts(), signal = new AbortController().signal) {
  const told: HubProgress[] = [];
  const listing = await listRepository(readHubName(name), asking(signal));
  const meter = createMeter(listing, (progress) => told.push(progress));
  const hashes = await downloadFiles({ listing, parts, patience, signal, fetch, stoppedByPolicy: () => false, meter });
  return { hashes, parts, told, listing };
}
const rangesOf = (name: string) =>
  host.seen
    .filter(
      ({ path, method }) => method === 'GET' && path.startsWith(`/${name}/resolve`) && path.endsWith('.safetensors'),
    )
    .map(({ range }) => range);
const bytesOf = (blocks: Uint8Array[]) => Buffer.concat(blocks);

describe('a host that behaves', () => {
  it('lists what is needed, with sizes, before anything is fetched; then fetches only that', async () => {
    const listing = await find('good/plain');
    expect(listing.files.map(({ path }) => path)).toEqual(['config.json', 'tokenizer.json', 'model.safetensors']);
    expect(listing.bytes).toBe(files['config.json'].length + files['tokenizer.json'].length + weights.length);
    expect(listing).toMatchObject({ licence: 'apache-2.0', weights: 'safetensors', revision: 'main' });
    expect(rangesOf('good/plain')).toEqual([]);
    const { hashes, parts, told } = await download('good/plain');
    expect(bytesOf(parts.kept.get('model.safetensors')?.blocks ?? []).equals(weights)).toBe(true);
    expect(hashes.get('model.safetensors')).toBe(createHash('sha256').update(weights).digest('hex'));
    expect(told.at(-1)?.bytes).toBe(listing.bytes);
    expect(host.seen.filter(({ path }) => /README|pytorch/.test(path))).toEqual([]);
    expect(host.seen.every(({ cookie, referer }) => cookie === null && referer === null)).toBe(true);
    const again = await download('good/plain', parts);
    expect(again.hashes).toEqual(hashes);
    expect(rangesOf('good/plain')).toHaveLength(1);
  });

  it('asks for the size of weights where the list holds none', async () => {
    const listing = await find('good/bare');
    expect(listing.files.map(({ bytes }) => bytes)).toEqual([null, null, weights.length]);
    expect((await download('good/bare')).hashes.size).toBe(3);
  });

  it('takes up a cut, silent or busy connection by itself', async () => {
    for (const name of ['good/cut-once', 'good/stall-once', 'good/busy-once', 'good/no-range']) {
      const { parts, told } = await download(name);
      expect(bytesOf(parts.kept.get('model.safetensors')?.blocks ?? []).equals(weights), name).toBe(true);
      expect(
        told.some(({ phase, note }) => phase === 'waiting' && (note ?? '').length > 20),
        name,
      ).toBe(true);
    }
    const [first, second] = rangesOf('good/cut-once');
    expect(first).toBeNull();
    expect(second).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('stops within a second when told to, keeps what came, and goes on from there', async () => {
    const stop = new AbortController();
    const parts = memoryParts();
    const going = download('good/slow', parts, stop.signal);
    setTimeout(() => stop.abort(), 900);
    const begun = performance.now();
    await expect(going).rejects.toMatchObject({ name: 'AbortError', message: expect.stringContaining('is kept') });
    expect(performance.now() - begun).toBeLessThan(1900);
    const before = await parts.state('model.safetensors');
    expect(before.bytes).toBeGreaterThan(1_000_000);
    await download('good/slow', parts);
    expect(rangesOf('good/slow').at(-1)).toBe(`bytes=${before.bytes}-`);
    expect(bytesOf(parts.kept.get('model.safetensors')?.blocks ?? []).equals(weights)).toBe(true);
  });
});

describe('a host that does not', () => {
  it.each([
    ['bad/html-list', 'FormatError', /web page.*sign in/],
    ['bad/html-weights', 'FormatError', /web page/],
    ['bad/not-json', 'FormatError', /not as a model host/],
    ['bad/missing', 'NotFoundError', /has no bad\/missing.*private/],
    ['bad/none', 'NotFoundError', /has no bad\/none/],
    ['good/plain@other', 'NotFoundError', /revision/],
    ['bad/gated', 'UnsupportedError', /terms.*drop it here/],
    ['bad/sign-in', 'UnsupportedError', /without a sign-in \(401\)/],
    ['bad/forbidden', 'UnsupportedError', /without a sign-in \(403\)/],
    ['bad/silent', 'LimitError', /no answer within/],
    ['bad/stall-always', 'LimitError', /fell silent/],
    ['bad/half', 'LimitError', /broke off|ended the connection/],
    ['bad/hash', 'FormatError', /arrived altered.*thrown away/],
    ['bad/longer', 'FormatError', /sent more/],
    ['bad/pointer', 'FormatError', /Git LFS pointer/],
    ['bad/changes', 'FormatError', /arrived altered/],
  ])('%s: %s', async (name, error, words) => {
    const parts = memoryParts();
    await expect(download(name, parts)).rejects.toMatchObject({ name: error, message: expect.stringMatching(words) });
    expect((await parts.state('model.safetensors')).sha256).toBeNull();
    if (error === 'FormatError') expect((await parts.state('model.safetensors')).bytes).toBe(0);
  });

  it('says which of the many kinds of nothing it was', async () => {
    const failing: typeof fetch = () => Promise.reject(new TypeError('Failed to fetch'));
    const ask = { ...asking(), fetch: failing };
    await expect(listRepository(readHubName('a/b'), ask)).rejects.toThrow(/cannot be reached/);
    await expect(listRepository(readHubName('a/b'), { ...ask, stoppedByPolicy: () => true })).rejects.toThrow(
      /Reload the page/,
    );
    const redirecting: typeof fetch = (url, init) =>
      init?.redirect === 'manual'
        ? Promise.resolve(new Response(null, { status: 302 }))
        : String(url).endsWith('meta.json')
          ? Promise.resolve(Response.json({ cdnDomains: ['files.example', 'bad host'] }))
          : Promise.reject(new TypeError('Failed to fetch'));
    const elsewhere = { ...asking(), fetch: redirecting };
    await expect(listRepository(readHubName('a/b'), elsewhere)).rejects.toThrow(/another address.*does not answer/);
    await expect(listRepository(readHubName('a/b'), { ...elsewhere, stoppedByPolicy: () => true })).rejects.toThrow(
      /only those that you allowed\. The host names them: https:\/\/files\.example\./,
    );
  });
});

describe('a list that never ends', () => {
  const body = (pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void) => () =>
    Promise.resolve(new Response(new ReadableStream({ pull })));
  const begins = new TextEncoder().encode('{"siblings": [');

  it('is given up when it falls silent, and at once when told to', async () => {
    let sent = false;
    const silent = body((controller) => {
      if (!sent) controller.enqueue(begins);
      sent = true;
      return new Promise(() => undefined);
    });
    await expect(listRepository(readHubName('a/b'), { ...asking(), fetch: silent })).rejects.toMatchObject({
      name: 'LimitError',
      message: expect.stringMatching(/fell silent.*list of files/),
    });
    const stop = new AbortController();
    const patient = { ...asking(stop.signal), answerMs: 60_000, fetch: silent };
    setTimeout(() => stop.abort(), 50);
    await expect(listRepository(readHubName('a/b'), patient)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is read up to a limit', async () => {
    let pieces = 0;
    const endless = body((controller) => {
      controller.enqueue(new Uint8Array(1 << 20).fill(32));
      pieces++;
    });
    await expect(listRepository(readHubName('a/b'), { ...asking(), fetch: endless })).rejects.toMatchObject({
      name: 'LimitError',
      message: expect.stringMatching(/more than 20,000,000 bytes/),
    });
    expect(pieces).toBeLessThan(30);
  });
});

describe('what is here already', () => {
  it('is kept when the host refuses to go on, and not taken for a file that has changed since', async () => {
    const parts = memoryParts();
    const half = weights.subarray(0, 1 << 20);
    await parts.append('model.safetensors', new Uint8Array(half), null);
    const listing = await find('good/plain');
    const refusing: typeof fetch = (url, init) =>
      String(url).endsWith('.safetensors')
        ? Promise.resolve(new Response('<html>', { headers: { 'Content-Type': 'text/html' } }))
        : fetch(url, init);
    const signal = new AbortController().signal;
    const given = {
      listing,
      parts,
      patience,
      signal,
      stoppedByPolicy: () => false,
      meter: createMeter(listing, () => undefined),
    };
    await expect(downloadFiles({ ...given, fetch: refusing })).rejects.toThrow(/web page/);
    expect((await parts.state('model.safetensors')).bytes).toBe(half.length);
    await parts.finish('model.safetensors', 'of an older state of the branch');
    const hashes = await downloadFiles({ ...given, fetch });
    expect(hashes.get('model.safetensors')).toBe(createHash('sha256').update(weights).digest('hex'));
    expect(bytesOf(parts.kept.get('model.safetensors')?.blocks ?? []).equals(weights)).toBe(true);
  });
});

describe('a repository that cannot be a base', () => {
  it('is refused by its small files, before its weights are fetched, and leaves nothing', async () => {
    const text = (value: unknown) => Buffer.from(JSON.stringify(value));
    const whole = Object.fromEntries([...tinyFolder()].map(([name, content]) => [name, Buffer.from(content)]));
    const modules = ['Transformer', 'Pooling', 'LSTM'].map((name, idx) => ({
      ...{ idx, name: String(idx), path: idx === 0 ? '' : `${idx}_${name}` },
      type: `sentence_transformers.models.${name}`,
    }));
    const own = await startModelHost({
      'no/step': { files: { ...whole, 'modules.json': text(modules) } },
      'no/family': { files: { ...whole, 'config.json': text({ model_type: 'gpt2' }) } },
      'no/tokenizer': { files: { ...whole, 'tokenizer.json': text({}) } },
    });
    try {
      for (const [name, words] of [
        ['no/step', /LSTM/],
        ['no/family', /gpt2/],
        ['no/tokenizer', /tokenizer\.json cannot be used/],
      ] as const) {
        const work = { ...asking(), host: own.url, name, options: { retries: 0 } };
        await expect(
          downloadFromHub(work, () => undefined),
          name,
        ).rejects.toThrow(words);
      }
      expect(own.seen.filter(({ path }) => path.endsWith('.safetensors'))).toEqual([]);
      expect(await listDownloads()).toEqual([]);
      expect(await listBases()).toEqual([]);
    } finally {
      await own.close();
    }
  });
});

describe('what is chosen, named and counted', () => {
  const choose = (...paths: string[]) =>
    neededFiles(
      paths.map((path) => ({ path, bytes: 1, sha256: null })),
      'a/b',
    ).files.map(({ path }) => path);
  it('takes shards with their index, pooling, and ONNX only where there is nothing else', () => {
    const basis = ['config.json', 'tokenizer.json'];
    expect(
      choose(...basis, 'model.safetensors', 'onnx/model.onnx', '1_Pooling/config.json', 'modules.json', 'vocab.txt'),
    ).toEqual(['config.json', 'tokenizer.json', '1_Pooling/config.json', 'modules.json', 'model.safetensors']);
    const shards = [
      'model.safetensors.index.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ];
    expect(choose(...basis, ...shards)).toEqual([...basis, ...shards]);
    expect(choose(...basis, 'onnx/model.onnx', 'onnx/model_quantized.onnx')).toEqual([
      ...basis,
      'onnx/model_quantized.onnx',
    ]);
    expect(choose('config.json', 'vocab.txt', 'model.onnx')).toEqual(['config.json', 'vocab.txt', 'model.onnx']);
    for (const [paths, words] of [
      [['tokenizer.json', 'model.safetensors'], 'config.json'],
      [['config.json', 'model.safetensors'], 'tokenizer.json'],
      [[...basis, 'pytorch_model.bin'], 'pytorch_model.bin'],
      [[...basis], 'no weights'],
      [[...basis, 'onnx/model.onnx', 'onnx/model.onnx_data'], 'second file'],
      [[...basis, ...shards, ...Array.from({ length: 300 }, (_, i) => `${i}_Pooling/config.json`)], 'at most 200'],
    ] as const)
      expect(() => choose(...paths)).toThrow(words);
  });

  it('reads names and page addresses, and nothing that could climb', () => {
    expect(readHubName(' a/b ')).toEqual({ repository: 'a/b', revision: 'main' });
    expect(readHubName('a/b@refs/pr/1')).toEqual({ repository: 'a/b', revision: 'refs/pr/1' });
    expect(readHubName('https://h.example/a/b/tree/v2', 'https://h.example')).toEqual({
      repository: 'a/b',
      revision: 'v2',
    });
    for (const wrong of ['', '../x', 'a/../b', 'a/b/c', 'a b', 'a/b@', 'a/b@../x', 'https://other.example/a/b'])
      expect(() => readHubName(wrong, 'https://h.example'), wrong).toThrow();
  });

  it('hashes piece by piece as the whole', () => {
    for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003]) {
      const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 131) & 255));
      const hash = new Sha256();
      for (let at = 0, step = 1; at < size; at += step, step = (step * 7) % 97 || 1)
        hash.update(bytes.subarray(at, at + step));
      expect(hash.hex(), `${size} bytes`).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
  });
});
