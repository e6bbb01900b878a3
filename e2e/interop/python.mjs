// The Python environment of the comparison, and a conversation with a program in it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { cache } from '../../scripts/paths.mjs';

const minutes = 60_000;
const runs = (timeout, program, ...args) => spawnSync(program, args, { stdio: 'ignore', timeout }).status === 0;

/**
 * A Python of our own with these packages, or why there is none.
 * @param {string[]} packages names in the package index
 * @returns {{ python: string } | { reason: string }}
 */
export function pythonWith(packages) {
  const bin = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  const own = path.join(cache, 'python', ...bin);
  const imports = `import ${packages.map((name) => name.replaceAll('-', '_')).join(', ')}`;
  if (existsSync(own) && runs(5 * minutes, own, '-c', imports)) return { python: own };
  const system = ['python3', 'python'].find((name) => runs(minutes, name, '--version'));
  if (!system) return { reason: 'no Python is installed' };
  if (!existsSync(own) && !runs(5 * minutes, system, '-m', 'venv', path.join(cache, 'python')))
    return { reason: 'Python cannot make an environment' };
  const what = packages.join(', ');
  if (!runs(30 * minutes, own, '-m', 'pip', 'install', '-q', ...packages))
    return { reason: `${what} could not be installed` };
  return runs(5 * minutes, own, '-c', imports) ? { python: own } : { reason: `${what} cannot be loaded` };
}

/**
 * Starts a program that reads one JSON request a line and writes one JSON answer a line.
 * @param {string} python
 * @param {string} program
 */
export async function converse(python, program) {
  const child = spawn(python, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-2000)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`The Python program ended: ${said.trim()}`);
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(`Python: ${answer.error}`);
    return answer;
  };
  await next();
  return {
    /** @param {Record<string, unknown>} request */
    ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    },
    end: () => child.stdin.end(),
  };
}
