// The one way out: closed unless the setting opens it, then open to exactly that address; and a host that misbehaves.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { tinyConfig, tinyFolder } from '../workers/bases/testing/tiny-folder';
import { ready, serve } from './browser.mjs';
import { open } from './fixtures';
import { startModelHost, type Fault, type ModelHost, type Repository } from './pages/model-host';

const config = { ...tinyConfig, hidden_size: 128, intermediate_size: 512 };
const files = (seed: number) =>
  Object.fromEntries([...tinyFolder(config, seed)].map(([name, content]) => [name, Buffer.from(content)]));
const faults: Record<string, Fault> = {
  'bad/html-list': 'html list',
  'bad/html-weights': 'html weights',
  'bad/missing': 'missing',
  'bad/gated': 'gated',
  'bad/sign-in': 'sign-in',
  'bad/forbidden': 'forbidden',
  'bad/silent': 'silent list',
  'bad/stall': 'stall always',
  'bad/half': 'half always',
  'bad/hash': 'wrong hash',
  'good/cut': 'cut once',
  'good/slow': 'slow',
  'good/elsewhere': 'elsewhere',
};

let host: ModelHost;
let elsewhere: ModelHost;
beforeAll(async () => {
  const repositories: Record<string, Repository> = { 'good/plain': { files: files(1) } };
  Object.entries(faults).forEach(([name, fault], seed) => (repositories[name] = { files: files(seed + 2), fault }));
  elsewhere = await startModelHost(
    Object.fromEntries(Object.entries(repositories).map(([name, one]) => [name, { files: one.files }])),
  );
  host = await startModelHost(repositories, {
    elsewhere: elsewhere.url,
    namesElsewhere: true,
    bytesPerSecond: 500_000,
  });
});
afterAll(async () => {
  await host.close();
  await elsewhere.close();
});
const local = /^http:\/\/127\.0\.0\.1:\d+\//;
const noise = /127\.0\.0\.1|Failed to load resource|net::ERR|CORS/;

/** Sets the model host and waits for the reload that makes it hold. */
async function allow(page: Page, modelHost: string): Promise<void> {
  const loaded = page.waitForEvent('load');
  await page.evaluate((value) => window.studio.settings.set({ modelHost: value }), modelHost);
  await loaded;
  await ready(page);
}

const connectSrc = (page: Page) =>
  page.evaluate(async () => {
    // What this very page was answered with, by server or service worker: asked as a page is.
    const frame = performance.getEntriesByType('navigation')[0]?.name ?? location.href;
    const answer = await fetch(frame);
    return /connect-src ([^;]+)/.exec(answer.headers.get('content-security-policy') ?? '')?.[1];
  });

const reach = (page: Page, url: string) =>
  page.evaluate(
    (address) =>
      fetch(address).then(
        ({ status }) => status,
        () => 'stopped',
      ),
    `${url}/api/models/good/plain/revision/main`,
  );

const refusal = (page: Page, name: string, options: object = {}) =>
  page.evaluate(
    ([repository, given]) =>
      window.studio.bases.download(repository, given).then(
        (base) => `added ${base.name}`,
        (error: Error) => `${error.name}: ${error.message}`,
      ),
    [name, { timeoutSeconds: 1, retries: 0, ...options }] as const,
  );

test('our server lets exactly the allowed address be reached, and none without', async () => {
  const { page } = await open({ expectedForeign: local, expectedViolations: /127\.0\.0\.1/, expectedErrors: noise });
  expect(await connectSrc(page)).toBe("'self'");
  expect(await reach(page, host.url)).toBe('stopped');
  expect(await refusal(page, 'good/plain')).toMatch(/^UnsupportedError: No model host is allowed/);
  const refused = await page.evaluate(() =>
    window.studio.settings.set({ modelHost: 'https://*.example' }).catch((error: Error) => error.message),
  );
  expect(refused).toContain('wildcard');
  await allow(page, host.url);
  expect(await connectSrc(page)).toBe(`'self' ${host.url}`);
  expect(await reach(page, host.url)).toBe(200);
  expect(await reach(page, elsewhere.url)).toBe('stopped');
  const listing = await page.evaluate(() => window.studio.bases.find('good/plain'));
  expect(listing.files.map(({ path }) => path)).toContain('model.safetensors');
  expect(await refusal(page, 'good/plain')).toBe('added good/plain');
  expect(host.seen.every(({ cookie, referer }) => cookie === null && referer === null)).toBe(true);
  await allow(page, '');
  expect(await connectSrc(page)).toBe("'self'");
  expect(await reach(page, host.url)).toBe('stopped');
  expect(elsewhere.seen).toEqual([]);
});

test('another tab notices that the host was withdrawn: it offers to reload, and does so by itself when idle', async () => {
  const { page } = await open({ expectedForeign: local, expectedViolations: /127\.0\.0\.1/, expectedErrors: noise });
  await allow(page, host.url);
  const [used, idle] = [await page.context().newPage(), await page.context().newPage()];
  for (const other of [used, idle]) {
    await other.goto(page.url());
    await ready(other);
    expect(await reach(other, host.url)).toBe(200);
  }
  await used.evaluate(() => document.body.dispatchEvent(new InputEvent('input', { bubbles: true })));
  const hide = () => Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
  await Promise.all([used.evaluate(hide), idle.evaluate(hide)]);
  const again = idle.waitForEvent('load');
  await allow(page, '');
  await again;
  await ready(idle);
  expect(await reach(idle, host.url)).toBe('stopped');
  const notice = used.getByText('The model host was changed.');
  await notice.waitFor();
  const loaded = used.waitForEvent('load');
  await used.getByRole('button', { name: 'Reload', exact: true }).click();
  await loaded;
  await ready(used);
  expect(await reach(used, host.url)).toBe('stopped');
  await notice.waitFor({ state: 'hidden' });
});

test('on a bare host the service worker does the same', async () => {
  const server = await serve({ headers: {} });
  try {
    const { page } = await open({
      url: server.url,
      serviceWorkers: 'allow',
      expectedForeign: local,
      expectedViolations: /127\.0\.0\.1/,
      expectedErrors: /./,
    });
    await page.waitForFunction(() => crossOriginIsolated, null, { timeout: 30_000 });
    await ready(page);
    expect(await reach(page, host.url)).toBe('stopped');
    await allow(page, host.url);
    expect(await reach(page, host.url)).toBe(200);
    expect(await reach(page, elsewhere.url)).toBe('stopped');
    expect((await page.evaluate(() => window.studio.bases.find('good/plain'))).repository).toBe('good/plain');
    await allow(page, '');
    expect(await reach(page, host.url)).toBe('stopped');
  } finally {
    await server.close();
  }
});

test('a host that misbehaves is survived, and said so', async () => {
  const { page } = await open({ expectedForeign: local, expectedViolations: /127\.0\.0\.1/, expectedErrors: noise });
  await allow(page, host.url);
  const said: Record<string, string> = {};
  for (const name of Object.keys(faults).filter((one) => one.startsWith('bad/')))
    said[name] = await refusal(page, name);
  expect(said).toEqual({
    'bad/html-list': expect.stringMatching(/^FormatError: .*web page.*sign in there/),
    'bad/html-weights': expect.stringMatching(/^FormatError: .*model\.safetensors.*web page/),
    'bad/missing': expect.stringMatching(/^NotFoundError: .*Check the name/),
    'bad/gated': expect.stringMatching(/^UnsupportedError: .*accepted its terms/),
    'bad/sign-in': expect.stringMatching(/^UnsupportedError: .*\(401\).*drop it here/),
    'bad/forbidden': expect.stringMatching(/^UnsupportedError: .*\(403\)/),
    'bad/silent': expect.stringMatching(/^LimitError: .*no answer within 1 second /),
    'bad/stall': expect.stringMatching(/^LimitError: .*fell silent/),
    'bad/half': expect.stringMatching(/^LimitError: .*broke off.*is kept/),
    'bad/hash': expect.stringMatching(/^FormatError: .*arrived altered/),
  });
  expect(await refusal(page, 'good/elsewhere')).toMatch(
    /^UnsupportedError: .*another address.*only those that you allowed/,
  );
  expect(await page.evaluate(() => window.studio.bases.list().then((all) => all.map(({ name }) => name)))).toEqual([
    'Starter',
  ]);
  expect(await refusal(page, 'good/cut', { retries: 1 })).toBe('added good/cut');
  await allow(page, `${host.url} ${elsewhere.url}`);
  expect(await refusal(page, 'good/elsewhere')).toBe('added good/elsewhere');
});

test('a download is shown, cancelled at once, outlives its tab, and goes on where it was', async () => {
  const { page } = await open({ expectedForeign: local, expectedErrors: noise });
  await allow(page, host.url);
  await page.goto(`${page.url().split('#')[0]}#/bases`);
  await page.getByLabel('Model', { exact: true }).fill('good/slow');
  await page.getByRole('button', { name: 'Look' }).click();
  const ranges = () =>
    host.seen
      .filter(({ path }) => path === '/good/slow/resolve/c0ffee0000000000000000000000000000000000/model.safetensors')
      .map(({ range }) => range);
  await page.getByRole('button', { name: /^Download 1\.\d MB/ }).click();
  await page
    .getByText(/MB\/s|kB\/s/)
    .first()
    .waitFor();
  await page.getByText(/ left/).first().waitFor();
  const begun = Date.now();
  await page.getByRole('region', { name: 'From a model host' }).getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Go on', exact: true }).waitFor();
  expect(Date.now() - begun).toBeLessThan(1000);
  await page.getByRole('button', { name: 'Go on', exact: true }).click();
  await page.waitForTimeout(1300);
  await page.reload();
  await ready(page);
  await page.getByRole('button', { name: 'Go on', exact: true }).click();
  await page.getByRole('link', { name: 'good/slow' }).waitFor();
  const asked = ranges();
  expect(asked[0]).toBeNull();
  const froms = asked.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
  expect(froms).toHaveLength(2);
  expect(froms[0]).toBeGreaterThan(0);
  expect(froms[1]).toBeGreaterThan(froms[0] ?? Infinity);
  const length = await page.evaluate(async () => {
    const base = (await window.studio.bases.list()).find(({ name }) => name === 'good/slow');
    const [vector] = await window.studio.models.embed(base?.id ?? '', ['lorem ipsum']);
    return { numbers: vector?.length, left: (await window.studio.bases.downloads()).length };
  });
  expect(length).toEqual({ numbers: 128, left: 0 });
  await page.getByRole('button', { name: 'Acts on good/slow' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await page.getByRole('link', { name: 'good/slow' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name: 'good/slow' }).waitFor();
});

test('a full disk is said, loses nothing, and the download works once there is room', async () => {
  const origin = new URL(inject('url')).origin;
  let quota: (quotaSize?: number) => Promise<unknown> = () => Promise.resolve();
  const { page } = await open({
    expectedForeign: local,
    expectedErrors: noise,
    beforeFirstPage: async (context) => {
      const session = await context.newCDPSession(context.pages()[0] ?? (await context.newPage()));
      quota = (quotaSize) =>
        session.send('Storage.overrideQuotaForOrigin', quotaSize === undefined ? { origin } : { origin, quotaSize });
      await quota(2_000_000);
    },
  });
  await allow(page, host.url);
  expect(await refusal(page, 'good/plain')).toMatch(/^StorageError: .*(no more space|gives the studio .* more)/);
  expect(await page.evaluate(() => window.studio.bases.list().then((all) => all.length))).toBe(1);
  await quota();
  expect(await refusal(page, 'good/plain')).toBe('added good/plain');
});
