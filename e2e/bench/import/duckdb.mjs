// DuckDB-wasm as a peer of the import: its own page, worker and module, served from an installed package, no network.
// The package is 150 MB unpacked, so it is no dependency of this project: `npm install @duckdb/duckdb-wasm` anywhere, and
// PEER_MODULES=<that folder>/node_modules names it.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { root } from '../../../scripts/paths.mjs';
import { choose } from './choose.mjs';

const types = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Its package, or null with the reason said. */
function findPackage(say) {
  const places = [path.join(root, 'node_modules'), process.env.PEER_MODULES].filter(Boolean);
  const found = places.map((place) => path.join(place, '@duckdb', 'duckdb-wasm')).find((folder) => existsSync(folder));
  if (!found) say('DuckDB-wasm: not run (PEER_MODULES names no folder with @duckdb/duckdb-wasm)');
  return found ?? null;
}

/** An isolated page, the bundled client, and the package's own files. */
async function servePackage(folder) {
  const bundle = await rolldown({
    input: path.join(folder, 'dist', 'duckdb-browser.mjs'),
    platform: 'browser',
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  await bundle.close();
  const server = createServer((request, response) => {
    const name = path.basename(new URL(request.url, 'http://localhost').pathname);
    const file = path.join(folder, 'dist', name);
    const body =
      name === '' ? '<!doctype html><title>DuckDB</title><body></body>' : name === 'client.mjs' ? output[0].code : null;
    if (body === null && !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, {
      'Content-Type': types[path.extname(name || 'page.html')] ?? 'application/octet-stream',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    });
    return response.end(body ?? readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/**
 * Seconds to read a CSV into a table in memory, the browser and the database already up; null where it cannot run.
 * `eh` is its usual build, one thread.
 */
export async function duckdbSeconds(tools, file, rows, build = 'eh') {
  const folder = findPackage(tools.say);
  if (!folder) return null;
  const server = await servePackage(folder);
  const { context, close } = await tools.open();
  try {
    const page = await context.newPage();
    await page.goto(server.url);
    await choose(page, file);
    const { seconds, counted, version } = await page.evaluate(async (kind) => {
      const duckdb = await import('/client.mjs');
      const worker = new Worker(`/duckdb-browser-${kind}.worker.js`);
      const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
      const threads = kind === 'coi' ? new URL('/duckdb-browser-coi.pthread.worker.js', location.href).href : null;
      await db.instantiate(new URL(`/duckdb-${kind}.wasm`, location.href).href, threads);
      const connection = await db.connect();
      await connection.query('SELECT 1');
      const [given] = document.querySelector('#bench-file').files;
      const began = performance.now();
      await db.registerFileHandle('rows.csv', given, duckdb.DuckDBDataProtocol.BROWSER_FILEREADER, true);
      await connection.query("CREATE TABLE t AS SELECT * FROM read_csv('rows.csv', header = true)");
      const seconds = (performance.now() - began) / 1000;
      const counted = Number((await connection.query('SELECT count(*) AS n FROM t')).toArray()[0].n);
      return { seconds, counted, version: await db.getVersion() };
    }, build);
    if (counted !== rows) throw new Error(`${counted} rows instead of ${rows}`);
    tools.say(`  DuckDB-wasm ${version} (${build}): ${seconds.toFixed(2)} s`);
    return seconds;
  } catch (error) {
    tools.say(`DuckDB-wasm (${build}): failed (${String(error.message).split('\n')[0]})`);
    return null;
  } finally {
    await close();
    server.close();
  }
}
