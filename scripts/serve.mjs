// A small static server for dist/: compressed once, security headers on every answer, nothing outside the folder.
// Not a development server: it builds nothing and watches nothing.
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { allowing, securityHeaders } from './headers.mjs';
import { originsInCookie } from './model-host.mjs';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};
const compressible = /^(text\/|application\/(json|manifest|wasm)|image\/svg)/;
const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

/** @typedef {{ body: Buffer, type: string, etag: string, encoded: Map<string, Promise<Buffer>> }} Entry */

/** Reads files, keeping each and its compressed forms until it changes on disk. */
function createFiles() {
  /** @type {Map<string, Entry>} */
  const kept = new Map();
  return async function read(file) {
    const info = await stat(file);
    if (info.isDirectory()) return null;
    const etag = `"${info.size.toString(36)}-${Math.round(info.mtimeMs).toString(36)}-${info.ino.toString(36)}"`;
    const known = kept.get(file);
    if (known?.etag === etag) return known;
    const type = types[path.extname(file).toLowerCase()] ?? 'application/octet-stream';
    const entry = { body: await readFile(file), type, etag, encoded: new Map() };
    kept.set(file, entry);
    return entry;
  };
}

/** @param {Entry} entry @param {string} accepted */
async function encode(entry, accepted) {
  if (entry.body.length < 512 || !compressible.test(entry.type)) return { body: entry.body, encoding: null };
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null;
  if (encoding === null) return { body: entry.body, encoding };
  let work = entry.encoded.get(encoding);
  if (!work) {
    const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 9 };
    work = encoding === 'br' ? brotli(entry.body, { params }) : gzip(entry.body, { level: 9 });
    entry.encoded.set(encoding, work);
  }
  return { body: await work, encoding };
}

/** The file an address asks for, or null where it is not one of this folder's. */
function locate(folder, pathname) {
  let decoded;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (/[\0\\]/.test(decoded) || decoded.split('/').some((part) => part.startsWith('.'))) return null;
  const file = path.join(folder, decoded.endsWith('/') ? `${decoded}index.html` : decoded);
  return file.startsWith(folder + path.sep) ? file : null;
}

/**
 * A request handler for one folder.
 * @param {{ folder: string, headers?: Record<string, string>, basePath?: string }} options basePath ends with '/'
 */
export function createHandler({ folder, headers = securityHeaders, basePath = '/' }) {
  const root = path.resolve(folder);
  const read = createFiles();
  return async function handle(request, response) {
    const own = allowing(headers, originsInCookie(request.headers.cookie));
    const answer = (status, extra, body) => {
      response.writeHead(status, { ...own, ...extra, 'Content-Length': body.length });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const refuse = (status, text, extra = {}) =>
      answer(status, { 'Content-Type': 'text/plain; charset=utf-8', ...extra }, Buffer.from(`${text}\n`));
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return refuse(405, 'Only GET and HEAD.', { Allow: 'GET, HEAD' });
      const pathname = (request.url ?? '/').split(/[?#]/)[0];
      const host = request.headers.host ?? '';
      if (/^(127\.\d+\.\d+\.\d+|\[::1\])(:|$)/.test(host)) {
        const port = host.match(/:(\d+)$/)?.[0] ?? '';
        return refuse(308, 'The studio lives at localhost.', { Location: `http://localhost${port}${request.url}` });
      }
      if (!pathname.startsWith(basePath)) return refuse(404, 'Not here.');
      const file = locate(root, `/${pathname.slice(basePath.length)}`);
      const entry = file && (await read(file).catch(() => null));
      if (!entry) return refuse(404, 'Not here.');
      const hashed = pathname.slice(basePath.length).startsWith('assets/');
      const caching = {
        ETag: entry.etag,
        'Cache-Control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
        // The policy depends on the cookie: an answer kept from before a host was allowed must not serve after it.
        Vary: 'Accept-Encoding, Cookie',
      };
      if (request.headers['if-none-match'] === entry.etag) {
        response.writeHead(304, { ...own, ...caching });
        return response.end();
      }
      const { body, encoding } = await encode(entry, String(request.headers['accept-encoding'] ?? ''));
      const coded = encoding ? { 'Content-Encoding': encoding } : {};
      answer(200, { ...caching, ...coded, 'Content-Type': entry.type }, body);
    } catch (error) {
      if (!response.headersSent) refuse(500, 'The server could not read that file.');
      else response.destroy(error instanceof Error ? error : undefined);
    }
  };
}

/**
 * Listens on this computer only (IPv4 and, where there is one, IPv6 loopback).
 * Rejects with the system's error (EADDRINUSE …) when the port cannot be had.
 */
export async function listen(handler, port) {
  const servers = [];
  const start = (host, chosen) =>
    new Promise((resolve, reject) => {
      const server = createServer(handler);
      server.once('error', reject);
      server.listen(chosen, host, () => {
        servers.push(server);
        resolve(server.address().port);
      });
    });
  const close = () =>
    Promise.all(
      servers.map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  const actual = await start('127.0.0.1', port);
  try {
    await start('::1', actual);
  } catch (error) {
    const noIpv6 = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(error.code);
    if (!noIpv6) {
      await close();
      throw error;
    }
  }
  return { port: actual, url: `http://localhost:${actual}/`, close };
}
