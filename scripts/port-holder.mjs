// Who listens on a port, in words, as far as this system tells. Best effort: an unknown holder is "another program".
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** @param {number} port */
function socketsOf(port) {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      continue;
    }
    for (const line of text.split('\n').slice(1)) {
      const columns = line.trim().split(/\s+/);
      if (columns[1]?.endsWith(`:${wanted}`) && columns[3] === '0A') inodes.add(columns[9]);
    }
  }
  return inodes;
}

/** @param {number} port */
function fromProc(port) {
  const inodes = socketsOf(port);
  if (inodes.size === 0) return null;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        if (inode && inodes.has(inode)) {
          const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
          return `process ${pid} (${command.slice(0, 120)})`;
        }
      }
    } catch {
      continue; // another user's process, or one that has just ended
    }
  }
  return null;
}

/** @param {number} port */
function fromLsof(port) {
  try {
    const out = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
      encoding: 'utf8',
      timeout: 3000,
    });
    const pid = /^p(\d+)$/m.exec(out)?.[1];
    const name = /^c(.+)$/m.exec(out)?.[1];
    return pid ? `process ${pid} (${name ?? 'unknown'})` : null;
  } catch {
    return null;
  }
}

/** @param {number} port */
export function portHolder(port) {
  const found = process.platform === 'linux' ? fromProc(port) : null;
  return found ?? fromLsof(port) ?? 'another program';
}
