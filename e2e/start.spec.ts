// `npm start` from outside: one address, says who holds the port, ends when told.
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { root } from '../scripts/paths.mjs';

let children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children) if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGKILL');
  children = [];
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function start(port: number) {
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, PORT: String(port), CI: 'true' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  const seen = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout.on('data', seen);
  child.stderr.on('data', seen);
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  const says = async (pattern: RegExp) => {
    for (let i = 0; i < 300 && !pattern.test(text); i++) await new Promise((next) => setTimeout(next, 100));
    expect(text).toMatch(pattern);
  };
  return { child, ended, says };
}

test('serves at the fixed address, knows itself, and ends when told', async () => {
  const port = await freePort();
  const first = start(port);
  await first.says(new RegExp(`Trainyard is at http://localhost:${port}/`));
  expect((await fetch(`http://localhost:${port}/`)).status).toBe(200);
  const second = start(port);
  await second.says(/already running/);
  expect(await second.ended).toBe(0);
  if (first.child.pid) process.kill(-first.child.pid, 'SIGTERM');
  await first.ended;
  await expect(fetch(`http://localhost:${port}/`)).rejects.toThrow();
});

test('never moves to another port, and says who holds this one', async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => {
      const address = other.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  const refused = start(port);
  await refused.says(new RegExp(`Port ${port} is taken by .*PORT=`, 's'));
  expect(await refused.ended).toBe(1);
  other.close();
});
