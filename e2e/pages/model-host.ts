// A model host on this computer that can misbehave: what specs download from. Speaks as much of the hub's protocol as
// the studio uses: the list of a repository's files, and the files with ETag and Range.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  | 'html list'
  | 'html weights'
  | 'not json'
  | 'missing'
  | 'gated'
  | 'sign-in'
  | 'forbidden'
  | 'busy once'
  | 'silent list'
  | 'stall once'
  | 'stall always'
  | 'cut once'
  | 'half always'
  | 'wrong hash'
  | 'longer'
  | 'pointer'
  | 'ignores range'
  | 'changes after cut'
  | 'elsewhere'
  | 'slow';

export interface Repository {
  files: Record<string, Buffer>;
  fault?: Fault;
  /** Sizes and hashes left out of the list. */
  bare?: boolean;
}

export interface ModelHost {
  url: string;
  /** Every request: method, path and Range. */
  seen: { method: string; path: string; range: string | null; cookie: string | null; referer: string | null }[];
  close(): Promise<void>;
}

const commit = 'c0ffee0000000000000000000000000000000000';
const isWeights = (path: string) => /\.(safetensors|onnx)$/.test(path);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** `elsewhere`: the origin that files are redirected to by that fault. */
export async function startModelHost(
  repositories: Record<string, Repository>,
  options: { elsewhere?: string; namesElsewhere?: boolean; bytesPerSecond?: number } = {},
): Promise<ModelHost> {
  const seen: ModelHost['seen'] = [];
  /** Faults that happen once, by what they happened to. */
  const happened = new Set<string>();
  const once = (key: string) => !happened.has(key) && Boolean(happened.add(key));

  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/');
    seen.push({
      method: request.method ?? '',
      path,
      range: request.headers.range ?? null,
      cookie: request.headers.cookie ?? null,
      referer: request.headers.referer ?? null,
    });
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader(
      'Access-Control-Expose-Headers',
      'ETag, Content-Range, Content-Length, X-Error-Code, X-Linked-Size',
    );
    if (request.method === 'OPTIONS')
      return void response.writeHead(204, { 'Access-Control-Allow-Headers': 'range' }).end();
    if (path === '/.well-known/meta.json' && options.namesElsewhere && options.elsewhere)
      return json(response, 200, { cdnDomains: [new URL(options.elsewhere).hostname] });
    const list = /^\/api\/models\/(.+)\/revision\/(.+)$/.exec(path);
    const file = /^\/(.+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const repository = repositories[list?.[1] ?? file?.[1] ?? ''];
    if (!repository || repository.fault === 'missing') return json(response, 404, { error: 'Repository not found' });
    if (list) return sendList(response, repository, list[2] ?? 'main');
    if (file) return sendFile(request, response, repository, file[1] ?? '', file[3] ?? '');
    return json(response, 404, { error: 'Not here' });
  });

  function sendList(response: ServerResponse, { files, fault, bare }: Repository, revision: string): void {
    if (fault === 'html list') return html(response);
    if (fault === 'not json')
      return void response.writeHead(200, { 'Content-Type': 'text/plain' }).end('{"siblings": [');
    if (fault === 'sign-in') return json(response, 401, { error: 'Invalid username or password.' });
    if (fault === 'forbidden') return json(response, 403, { error: 'Forbidden' });
    if (fault === 'silent list') return;
    if (revision !== 'main' && revision !== commit) return json(response, 404, { error: 'Revision not found' });
    const siblings = Object.entries(files).map(([rfilename, bytes]) => ({
      rfilename,
      ...(bare
        ? {}
        : {
            size: bytes.length,
            ...(isWeights(rfilename) ? { lfs: { sha256: sha256(bytes), size: bytes.length } } : {}),
          }),
    }));
    json(response, 200, {
      sha: commit,
      gated: fault === 'gated' ? 'manual' : false,
      cardData: { license: 'apache-2.0' },
      siblings,
    });
  }

  function sendFile(
    request: IncomingMessage,
    response: ServerResponse,
    { files, fault }: Repository,
    name: string,
    path: string,
  ): void {
    const whole = files[path];
    if (!whole) return json(response, 404, { error: 'Entry not found' });
    const key = `${name}/${path}`;
    const weights = isWeights(path);
    const faulty = weights ? fault : undefined;
    if (faulty === 'html weights') return html(response);
    if (faulty === 'elsewhere')
      return void response.writeHead(302, { Location: `${options.elsewhere}${request.url}` }).end();
    if (faulty === 'busy once' && once(key)) return json(response, 503, { error: 'busy' });
    if (faulty === 'pointer')
      return void response.writeHead(200).end('version https://git-lfs.github.com/spec/v1\n'.padEnd(whole.length, ' '));
    const changed = faulty === 'changes after cut' && happened.has(key);
    const body =
      faulty === 'wrong hash' || changed ? altered(whole) : faulty === 'longer' ? Buffer.concat([whole, whole]) : whole;
    const etag = `"${sha256(body).slice(0, 16)}${changed ? '-2' : ''}"`;
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const from = range && faulty !== 'ignores range' && faulty !== 'half always' ? Number(range[1]) : 0;
    if (from >= body.length && from > 0) return void response.writeHead(416).end();
    const rest = body.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      'Content-Type': path.endsWith('.json') ? 'application/json' : 'application/octet-stream',
      'Content-Length': rest.length,
      ETag: etag,
      ...(from > 0 ? { 'Content-Range': `bytes ${from}-${body.length - 1}/${body.length}` } : {}),
    });
    if (request.method === 'HEAD') return void response.end();
    const cuts =
      faulty === 'half always' ||
      ((faulty === 'cut once' || faulty === 'ignores range' || faulty === 'changes after cut') && once(key));
    const stalls = faulty === 'stall always' || (faulty === 'stall once' && once(key));
    if (cuts || stalls) {
      response.write(
        rest.subarray(0, faulty === 'stall always' ? 1000 : rest.length >> 1),
        () => cuts && setTimeout(() => response.destroy(), 60),
      );
      return;
    }
    if (faulty === 'slow') return void drip(response, rest, options.bytesPerSecond ?? 100_000);
    response.end(rest);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

function html(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Welcome to the hotel</title>');
}

function altered(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}

async function drip(response: ServerResponse, bytes: Buffer, perSecond: number): Promise<void> {
  const step = Math.max(1, Math.round(perSecond / 20));
  for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
    response.write(bytes.subarray(at, at + step));
    await new Promise((next) => setTimeout(next, 50));
  }
  response.end();
}
