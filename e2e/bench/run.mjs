// `npm run bench -- <suite> […options]`: measures the built studio beside what people would use instead.
//
// A suite is a file beside this one, e2e/bench/<suite>.mjs, exporting
//     export const title = 'what is measured';
//     export async function run(tools) { …; return rows; }
// and, where it needs neither the built studio nor a browser, `export const standalone = true` (the first four tools are missing).
// rows: { name, unit, ours, peers: { [peer]: number | { value, recorded: true } }, better?: 'lower' | 'higher' }[]
// `ratio` is worked out here: how many times better ours is than the first peer (> 1 is better); null without one.
//
// tools:
//   open(options?)        the studio in a Chromium of its own (e2e/browser.mjs openStudio): { page, context, pid(), seen, close() };
//                         closed by itself when the suite ends. options: { adapter: 'software' | 'none', width, … }
//   url                   the address of the built studio, served as `npm start` does
//   give(page, files)     files [{ name, text | bytes }] → window.given in the page (File[])
//   memory(pid)           samples resident memory of all the browser's processes every 100 ms; stop() → { rest, peak } in bytes
//   shared(relative)      absolute path under ../shared, or null where that folder is missing
//   peer(script, args)    runs ../shared/peers/<script> with the Python that PEER_PYTHON names and gives the JSON of its
//                         last line; null where it is unset or fails (the reason is printed)
//   recorded(key)         { value, recorded: true } of recorded.json for where peer() is null, or undefined
//   median(values)        of numbers
//   say(text)             progress, on stderr
//   options               words after the suite's name
// Results are printed as a table and, last, as one line of JSON; a copy goes to e2e/bench/results/<suite>.json.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ensureInstalled } from '../../scripts/install.mjs';
import { root } from '../../scripts/paths.mjs';

const here = path.join(root, 'e2e', 'bench');
const sharedRoot = path.resolve(root, '..', 'shared');
const say = (text) => process.stderr.write(`${text}\n`);

const suites = readdirSync(here)
  .filter((name) => name.endsWith('.mjs') && name !== 'run.mjs')
  .map((name) => name.slice(0, -4));
const [suite, ...options] = process.argv.slice(2);
if (!suite || !suites.includes(suite)) {
  say(`Which suite? npm run bench -- ${suites.join(' | ')}`);
  process.exit(1);
}

ensureInstalled();
const module = await import(`./${suite}.mjs`);

const shared = (relative) => {
  const file = path.join(sharedRoot, relative);
  return existsSync(file) ? file : null;
};

async function peer(script, args = []) {
  const python = process.env.PEER_PYTHON;
  const file = shared(`peers/${script}`);
  if (!python || !file) {
    say(`${script}: not run (${python ? 'the peers folder is not here' : 'PEER_PYTHON is not set'})`);
    return null;
  }
  try {
    const run = promisify(execFile);
    const { stdout } = await run(python, [file, ...args], { cwd: path.dirname(file), maxBuffer: 64 << 20 });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null');
  } catch (error) {
    say(`${script}: failed (${String(error.message).split('\n').at(-1)})`);
    return null;
  }
}

function recorded(key) {
  const figures = JSON.parse(readFileSync(path.join(here, 'recorded.json'), 'utf8')).figures;
  return typeof figures[key] === 'number' ? { value: figures[key], recorded: true } : undefined;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The contract's shape: plain numbers, and which of them were not measured now. */
function plain({ name, unit, ours, peers = {}, better = 'lower' }) {
  const values = {};
  const old = [];
  for (const [key, given] of Object.entries(peers)) {
    if (given === undefined || given === null) continue;
    values[key] = typeof given === 'number' ? given : given.value;
    if (typeof given !== 'number') old.push(key);
  }
  const first = Object.values(values)[0];
  const ratio =
    first === undefined || !ours ? null : Number((better === 'lower' ? first / ours : ours / first).toFixed(3));
  return { name, unit, ours, peers: values, ratio, ...(old.length ? { recorded: old } : {}) };
}

function table(rows) {
  const number = (value) =>
    value === null || value === undefined ? '–' : Number(value.toPrecision(4)).toLocaleString('en');
  const lines = rows.map((row) => [
    row.name,
    row.unit,
    number(row.ours),
    Object.entries(row.peers)
      .map(([key, value]) => `${key} ${number(value)}${row.recorded?.includes(key) ? ' (recorded)' : ''}`)
      .join(', ') || '–',
    row.ratio === null ? '–' : `${number(row.ratio)}×`,
  ]);
  const all = [['what', 'unit', 'ours', 'peers', 'ratio'], ...lines];
  const widths = all[0].map((_, column) => Math.max(...all.map((line) => line[column].length)));
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The built studio, served, and browsers that open it. */
async function studioTools() {
  const { buildIfStale } = await import('../../scripts/build-if-stale.mjs');
  buildIfStale();
  const { giveFiles, openStudio, sampleMemory, serve } = await import('../browser.mjs');
  const server = await serve();
  const opened = [];
  const open = async (more = {}) => {
    const studio = await openStudio({ url: server.url, ...more });
    opened.push(studio);
    return studio;
  };
  const close = async () => {
    for (const studio of opened) await studio.close();
    await server.close();
  };
  return { tools: { open, url: server.url, give: giveFiles, memory: sampleMemory }, close };
}

const studio = module.standalone ? { tools: {}, close: () => Promise.resolve() } : await studioTools();
let rows;
try {
  rows = (await module.run({ ...studio.tools, shared, peer, recorded, median, say, options })).map(plain);
} finally {
  await studio.close();
}
const machine = `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores, Node ${process.versions.node}`;
process.stdout.write(`\n${module.title ?? suite} · ${machine}\n\n${table(rows)}\n\n`);
mkdirSync(path.join(here, 'results'), { recursive: true });
const result = { suite, rows };
writeFileSync(
  path.join(here, 'results', `${suite}.json`),
  `${JSON.stringify({ ...result, title: module.title, machine, at: new Date().toISOString() }, null, 2)}\n`,
);
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
