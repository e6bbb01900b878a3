// The measured speed of a device as it is stored. Measuring is speed.ts, which loads kernels; this does not.
import { getFact, putFact } from '../../src/storage/facts';
import type { Device } from './device';

export interface Speed {
  /** Of a 512³ product, two operations a multiply-add. */
  gflops: number;
  at: number;
}

type Of = Pick<Device, 'backend' | 'adapter' | 'threads'>;

const factName = ({ backend, adapter, threads }: Of): string => `speed ${backend} ${adapter} ${threads}`;

export async function storedSpeed(device: Of): Promise<Speed | null> {
  const value = (await getFact(factName(device)).catch(() => null))?.value;
  return isSpeed(value) ? value : null;
}

/** Without storage it is measured again next time. */
export async function keepSpeed(device: Of, speed: Speed): Promise<void> {
  await putFact(factName(device), speed, speed.at).catch(() => undefined);
}

const isSpeed = (value: unknown): value is Speed =>
  typeof value === 'object' &&
  value !== null &&
  'gflops' in value &&
  typeof value.gflops === 'number' &&
  'at' in value &&
  typeof value.at === 'number';
