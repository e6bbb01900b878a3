// How fast a device multiplies matrices here: what the choice among backends goes by, and what the device panel shows.
// Measured once for an adapter and a number of threads, in about a fifth of a second, and kept.
import { matMulKernel } from '../kernels/matmul';
import type { Device, Session } from './device';
import { repeatedCall } from './repeated-call';
import { keepSpeed, storedSpeed, type Speed } from './speed-facts';

const size = 512;
/** Answers of a GPU take about a millisecond: what is faster is measured many times over. */
const enoughMs = 10;
const mostRepeats = 64;
/** Of which the fastest counts: whatever else the computer does meanwhile only slows one down. */
const goes = 3;

/** Never more than two products where one takes longer than the answer. Rejects with DeviceError where the device fails. */
export async function measureSpeed(device: Device, now: () => number = () => performance.now()): Promise<Speed> {
  const session = device.session();
  try {
    let ms = await timed(session, 1, 1, now);
    if (ms < enoughMs) {
      const repeats = Math.min(mostRepeats, Math.ceil(enoughMs / Math.max(ms, 1e-3)) * 2);
      ms = (await timed(session, repeats, goes, now)) / repeats;
    }
    return { gflops: (2 * size ** 3) / (Math.max(ms, 1e-6) * 1e6), at: Date.now() };
  } finally {
    session.dispose();
  }
}

/** Milliseconds from handing over to done, the fewest of `goes`, after a run that warms up. */
async function timed(session: Session, repeats: number, goes: number, now: () => number): Promise<number> {
  const matrix = { shape: [size, size], dtype: 'float32' as const };
  const attrs = { transposeA: false, transposeB: false, alpha: 1 };
  const prepared = await session.prepare(repeatedCall(matMulKernel, [matrix, matrix], attrs, repeats));
  try {
    await prepared.run();
    await session.settled();
    let fewest = Infinity;
    for (let go = 0; go < goes; go++) {
      const start = now();
      await prepared.run();
      await session.settled();
      fewest = Math.min(fewest, now() - start);
    }
    return fewest;
  } finally {
    prepared.dispose();
  }
}

/** Stored, or measured now and stored. */
export async function speedOf(device: Device): Promise<Speed> {
  const stored = await storedSpeed(device);
  if (stored) return stored;
  const speed = await measureSpeed(device);
  await keepSpeed(device, speed);
  return speed;
}
