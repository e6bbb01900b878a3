// How failures of a GPU device reach those who wait, without a GPU.
import { describe, expect, it } from 'vitest';
import { DeviceError, LimitError } from '../../src/contract/errors';
import { GpuHealth } from './webgpu-health';

const silent = { lost: new Promise<GPUDeviceLostInfo>(() => undefined), addEventListener: () => undefined };
const never = new Promise<number>(() => undefined);

describe('waiting for a GPU', () => {
  it('gives what comes', async () => {
    expect(await new GpuHealth(silent).guard(Promise.resolve(3))).toBe(3);
  });
  it('ends when the device is lost, for all that wait and all that come', async () => {
    const told: DeviceError[] = [];
    let lose: (info: GPUDeviceLostInfo) => void = () => undefined;
    const lost = new Promise<GPUDeviceLostInfo>((resolve) => (lose = resolve));
    const health = new GpuHealth({ ...silent, lost }, (error) => told.push(error));
    const waiting = [health.guard(never), health.guard(never)];
    lose({ __brand: 'GPUDeviceLostInfo', reason: 'unknown', message: 'the cable fell out\nline two' });
    for (const each of waiting) await expect(each).rejects.toThrow(/lost \(the cable fell out\).*last checkpoint/);
    await expect(health.guard(Promise.resolve(1))).rejects.toThrow(DeviceError);
    expect(() => health.check()).toThrow(/lost/);
    expect(told).toHaveLength(1);
  });
  it('gives up after a time without an answer', async () => {
    const health = new GpuHealth(silent);
    const other = health.guard(never);
    await expect(health.guard(never, 20)).rejects.toThrow(/did not answer/);
    await expect(other).rejects.toThrow(/did not answer/);
    expect(health.failure()).toBeInstanceOf(DeviceError);
  });
  it('hands refusals of our own on and wraps those of the driver', async () => {
    const health = new GpuHealth(silent);
    await expect(health.guard(Promise.reject(new LimitError('too large')))).rejects.toThrow(LimitError);
    await expect(health.guard(Promise.reject(new Error('map failed')))).rejects.toThrow(/\(map failed\)/);
    expect(health.failure()).toBeNull();
  });
  it('tells nobody once it was closed on purpose', async () => {
    const told: DeviceError[] = [];
    const health = new GpuHealth(silent, (error) => told.push(error));
    const waiting = health.guard(never);
    health.close();
    await expect(waiting).rejects.toThrow(/was closed/);
    expect(told).toEqual([]);
  });
});
