// The one way out: which addresses are taken, and that nothing given as one can loosen the rest of the policy.
import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { allowing, securityHeaders } from '../../scripts/headers.mjs';
import { modelHostCookie, originsInCookie, readModelHost } from '../../scripts/model-host.mjs';
import { createHandler, listen } from '../../scripts/serve.mjs';

const policyOf = (headers: Readonly<Record<string, string>>) => headers['Content-Security-Policy'] ?? '';
const strict = policyOf(securityHeaders);

describe('which addresses are taken', () => {
  it.each([
    ['', []],
    ['https://models.example', ['https://models.example']],
    ['  HTTPS://Models.Example:443/ ', ['https://models.example']],
    ['https://a.example, https://b.example:8443 https://a.example/', ['https://a.example', 'https://b.example:8443']],
    ['http://localhost:9000', ['http://localhost:9000']],
    ['http://127.0.0.1:80', ['http://127.0.0.1']],
    ['https://b%C3%BCcher.example', ['https://xn--bcher-kva.example']],
  ])('%j', (value, origins) => {
    expect(readModelHost(value)).toEqual({ origins, refusal: null });
  });

  it.each([
    ['https://*.example', 'wildcard'],
    ['*', 'wildcard'],
    ['https://models.example/owner/name', 'behind the host'],
    ['https://models.example?x=1', 'behind the host'],
    ['https://models.example#x', 'behind the host'],
    ['https://me:secret@models.example', 'name or password'],
    ['http://models.example', 'not encrypted'],
    ['http://localhost.evil.example', 'not encrypted'],
    ['models.example', 'not an address'],
    ['ftp://models.example', 'not an address'],
    ['data:text/plain,x', 'not an address'],
    ["https://a.example;script-src'unsafe-inline'", 'usable host'],
    [Array.from({ length: 9 }, (_, i) => `https://h${i}.example`).join(' '), 'at most 8'],
    [null, 'an address'],
  ])('%j is refused: %s', (value, reason) => {
    const { origins, refusal } = readModelHost(value);
    expect(origins).toEqual([]);
    expect(refusal).toContain(reason);
  });

  it('loosens nothing but connect-src, whatever is given', () => {
    const piece = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc.constantFrom('https://', ';', "'unsafe-eval'", ' ', ',', '*', 'a.example'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const { origins } = readModelHost(pieces.join(''));
        const directives = policyOf(allowing(securityHeaders, origins)).split('; ');
        const expected = strict.split('; ');
        const at = expected.indexOf("connect-src 'self'");
        expected[at] = ["connect-src 'self'", ...origins].join(' ');
        expect(directives).toEqual(expected);
        for (const origin of origins) expect(new URL(origin).origin).toBe(origin);
      }),
    );
  });
});

describe('the cookie and the server', () => {
  let undo: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const step of undo.reverse()) await step();
    undo = [];
  });
  const place = { path: '/', secure: false };
  const inHeader = (origins: string[]) => modelHostCookie(origins, place).split(';')[0] ?? '';

  it('comes back as it went, and nothing else is read as one', () => {
    const origins = ['https://a.example', 'http://localhost:9000'];
    expect(originsInCookie(`x=1; ${inHeader(origins)}; y=2`)).toEqual(origins);
    expect(modelHostCookie([], place)).toContain('Max-Age=0');
    for (const raw of ['https%3A%2F%2F*.example', '%E0%A4%A', '%27unsafe-inline%27', 'https%3A%2F%2Fa.example%2Fpath'])
      expect(originsInCookie(`trainyard-model-host=${raw}`)).toEqual([]);
    expect(originsInCookie(undefined)).toEqual([]);
  });

  it('allows exactly the origin of the cookie, on pages and on answers that have not changed', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'trainyard-headers-'));
    undo.push(() => rm(folder, { recursive: true }));
    await writeFile(path.join(folder, 'index.html'), '<!doctype html>');
    const server = await listen(createHandler({ folder }), 0);
    undo.push(server.close);
    const ask = (headers: Record<string, string>) => fetch(server.url, { headers });
    const plain = await ask({});
    expect(plain.headers.get('content-security-policy')).toBe(strict);
    expect(plain.headers.get('vary')).toContain('Cookie');
    const allowed = strict.replace("connect-src 'self'", "connect-src 'self' https://a.example");
    const cookie = inHeader(['https://a.example']);
    const opened = await ask({ cookie });
    expect(opened.headers.get('content-security-policy')).toBe(allowed);
    const unchanged = await ask({ cookie, 'if-none-match': opened.headers.get('etag') ?? '' });
    expect(unchanged.status).toBe(304);
    expect(unchanged.headers.get('content-security-policy')).toBe(allowed);
    expect((await ask({ cookie: 'trainyard-model-host=*' })).headers.get('content-security-policy')).toBe(strict);
  });

  it('adds no policy where the host of a bare folder sends none', () => {
    expect(allowing({}, ['https://a.example'])).toEqual({});
  });
});
