// A million rows from a file to a data set that is stored, hashed and reported on, beside parsers that only parse.
//     npm run bench -- import [rows] [--rounds 3] [--format csv]      1,000,000 rows unless said otherwise
// DuckDB-wasm reads the CSV where PEER_MODULES names it. It reads JSON lines only with an extension that it fetches from
// the network, and hyparquet reads Parquet alone, so neither stands beside those.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { choose } from './import/choose.mjs';
import { duckdbSeconds } from './import/duckdb.mjs';
import { writeRows } from './import/rows.mjs';

export const title = 'Importing a large table (ours: parsed, stored, hashed, reported on; peers: parsed to memory)';

const megabyte = 1024 ** 2;
/** The size the recorded figures belong to. */
const recordedRows = 1_000_000;

/** One import in a browser of its own. */
async function importOnce(tools, file, rows) {
  const { page, pid, close } = await tools.open();
  await page.evaluate(() => window.studio.ready());
  await choose(page, file);
  await page.waitForTimeout(1500);
  const memory = tools.memory(pid());
  const figures = await page.evaluate(
    async (middle) => {
      const [given] = document.querySelector('#bench-file').files;
      const project = await window.studio.projects.create({ name: 'bench', task: 'classifier' });
      let blockedMs = 0;
      let last = performance.now();
      const timer = setInterval(() => {
        const now = performance.now();
        blockedMs = Math.max(blockedMs, now - last - 10);
        last = now;
      }, 10);
      let told = 0;
      const timed = async (work) => {
        const start = performance.now();
        const result = await work();
        return { result, ms: performance.now() - start };
      };
      const imported = await timed(() =>
        window.studio.datasets.import(project.id, [given], { onProgress: () => void told++ }),
      );
      const { id } = imported.result;
      const seen = await timed(() => window.studio.datasets.rows(id, { offset: middle, limit: 50 }));
      const filtered = await timed(() =>
        window.studio.datasets.rows(id, { offset: 0, limit: 50, where: { label: 'label_07' } }),
      );
      clearInterval(timer);
      return {
        rows: imported.result.rows,
        seconds: imported.ms / 1000,
        middleMs: seen.ms,
        middleRows: seen.result.rows.length,
        filterMs: filtered.ms,
        blockedMs,
        told,
      };
    },
    Math.floor(rows / 2),
  );
  const { rest, peak } = memory.stop();
  await close();
  if (figures.rows !== rows || figures.middleRows !== 50) throw new Error(`expected ${rows} rows, got ${figures.rows}`);
  return { ...figures, megabytes: (peak - rest) / megabyte };
}

/** What is parsed alone, in the same Chromium: rows counted and thrown away. */
async function parseAlone(tools, file, how) {
  const { context, close } = await tools.open();
  const page = await context.newPage();
  await page.goto('about:blank');
  await page.addScriptTag({ path: path.join('node_modules', 'papaparse', 'papaparse.min.js') });
  await choose(page, file);
  const seconds = await page.evaluate(async (kind) => {
    const [given] = document.querySelector('#bench-file').files;
    const start = performance.now();
    let rows = 0;
    if (kind === 'papaparse')
      await new Promise((resolve, reject) =>
        window.Papa.parse(given, {
          skipEmptyLines: true,
          chunk: ({ data }) => void (rows += data.length),
          complete: resolve,
          error: reject,
        }),
      );
    else
      for (const line of (await given.text()).split('\n')) if (line) rows += Object.keys(JSON.parse(line)).length > 0;
    return (performance.now() - start) / 1000;
  }, how);
  await close();
  return seconds;
}

/** The native readers, run now or as once recorded. */
async function natives(tools, file, rows) {
  const names = ['pandas', 'polars', 'duckdb', 'pyarrow'];
  const result = await tools.peer('csv_import.py', ['--file', file, '--tools', names.join(','), '--repeat', '1']);
  return Object.fromEntries(
    names.map((name) => [
      name,
      result?.metrics[name]?.seconds ??
        (rows === recordedRows ? tools.recorded(`import.csv.${name}Seconds`) : undefined),
    ]),
  );
}

export async function run(tools) {
  const said = (name) => {
    const at = tools.options.indexOf(name);
    return at >= 0 ? tools.options[at + 1] : undefined;
  };
  const rows = Number(/^\d+$/.test(tools.options[0] ?? '') ? tools.options[0] : 1_000_000);
  const rounds = Number(said('--rounds') ?? 3);
  const formats = ['csv', 'jsonl'].filter((format) => (said('--format') ?? format) === format);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'trainyard-import-'));
  try {
    const results = [];
    for (const format of formats) {
      const file = path.join(folder, `rows.${format}`);
      await writeRows(file, format, rows);
      const size = (await stat(file)).size / 1e6;
      const label = `${format.toUpperCase()}, ${rows.toLocaleString('en')} rows, ${size.toFixed(0)} MB`;
      tools.say(label);
      const isCsv = format === 'csv';
      const runs = [];
      const alone = [];
      const duckdb = [];
      // In turn, so that what the machine does otherwise meets all alike.
      for (let again = 0; again < rounds; again++) {
        runs.push(await importOnce(tools, file, rows));
        tools.say(`  ${runs.at(-1).seconds.toFixed(2)} s`);
        alone.push(await parseAlone(tools, file, isCsv ? 'papaparse' : 'JSON.parse'));
        if (isCsv) duckdb.push(await duckdbSeconds(tools, file, rows));
      }
      const middle = (key) => tools.median(runs.map((one) => one[key]));
      const peers = { [isCsv ? 'papaparse' : 'JSON.parse']: tools.median(alone) };
      if (isCsv) {
        const measured = duckdb.filter((seconds) => seconds !== null);
        peers['DuckDB-wasm'] =
          measured.length > 0
            ? tools.median(measured)
            : rows === recordedRows
              ? tools.recorded('import.csv.duckdbWasmSeconds')
              : undefined;
        Object.assign(peers, await natives(tools, file, rows));
      }
      results.push(
        { name: `${label}: import`, unit: 's', ours: middle('seconds'), peers },
        { name: `${label}: speed`, unit: 'rows/s', ours: rows / middle('seconds'), better: 'higher' },
        { name: `${label}: memory above rest`, unit: 'MB', ours: Math.max(...runs.map((one) => one.megabytes)) },
        { name: `${label}: page blocked at most`, unit: 'ms', ours: Math.max(...runs.map((one) => one.blockedMs)) },
        { name: `${label}: 50 rows from the middle`, unit: 'ms', ours: middle('middleMs') },
        { name: `${label}: first filter over all rows`, unit: 'ms', ours: middle('filterMs') },
      );
      await rm(file);
    }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
