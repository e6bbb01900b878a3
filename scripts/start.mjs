// `npm start`: installs and builds what is missing, serves dist/ at one fixed address and opens it.
// One fixed port, because the address is what the browser keeps the data under.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { buildIfStale } from './build-if-stale.mjs';
import { ensureInstalled } from './install.mjs';
import { dist, fail, root, say } from './paths.mjs';
import { portHolder } from './port-holder.mjs';
import { createHandler, listen } from './serve.mjs';
import { securityHeaders } from './headers.mjs';

const usualPort = 4777;
const quiet = Boolean(process.env.CI || process.env.NO_OPEN);
const mark = createHash('sha256').update(root).digest('hex').slice(0, 16);

function readPort() {
  const given = process.env.PORT;
  if (!given) return usualPort;
  const port = Number(given);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    fail(`PORT is "${given}"; it must be a number from 1 to 65535.`);
  return port;
}

/** Opens the address in the usual browser; that there is none is no failure. */
function openBrowser(url) {
  if (quiet) return;
  const opener = { darwin: ['open', url], win32: ['cmd', '/c', 'start', '', url] }[process.platform] ?? [
    'xdg-open',
    url,
  ];
  const child = spawn(opener[0], opener.slice(1), { stdio: 'ignore', detached: true });
  child.on('error', () => say('Open the address above in a browser.'));
  child.unref();
}

async function isOurs(url) {
  try {
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(2000) });
    return answer.headers.get('X-Trainyard') === mark;
  } catch {
    return false;
  }
}

ensureInstalled();
buildIfStale();

const port = readPort();
const address = `http://localhost:${port}/`;
let server;
try {
  server = await listen(createHandler({ folder: dist, headers: { ...securityHeaders, 'X-Trainyard': mark } }), port);
} catch (error) {
  if (error.code === 'EADDRINUSE' && (await isOurs(address))) {
    say(`Trainyard is already running at ${address} and now serves this build.`);
    openBrowser(address);
    process.exit(0);
  }
  if (error.code === 'EADDRINUSE')
    fail(
      `Port ${port} is taken by ${portHolder(port)}.\n` +
        'The studio keeps its data under one address, so it does not move by itself. End that program, or choose a\n' +
        `port and stay with it:  PORT=${port + 1} npm start`,
    );
  fail(`Port ${port} cannot be opened: ${error.message}`);
}
say(`Trainyard is at ${server.url}   (Ctrl+C ends it; the data stays in your browser)`);
openBrowser(server.url);

let ending = false;
async function end() {
  if (ending) return;
  ending = true;
  await server.close();
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && end(), 1000).unref();
}
