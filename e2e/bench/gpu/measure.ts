// All figures of the GPU bench, one after another on one device.
import type { TuningTable } from '../../../src/contract/engine';
import { startDawn } from '../../../workers/backends/testing/dawn';
import { openWebgpuDevice, type WebgpuDevice } from '../../../workers/backends/webgpu-device';
import { tuneWebgpu } from '../../../workers/backends/webgpu-tuning';
import { catalog } from '../../../workers/kernels/catalog';
import { checkKernel } from '../../../workers/kernels/checks';
import { isSoftware } from '../../../workers/backends/detect';
import { adamwFigures, matmulGflops } from './kernels';
import { fmaKernel, measurePeak } from './peak';
import { blockFigures, mlpFigures, type StepFigures } from './steps';

export interface GpuBenchOptions {
  say(text: string): void;
  median(values: number[]): number;
  /** Sides of the square products; by default as large as takes a few seconds. */
  sizes?: number[];
  parity: boolean;
  tuned: boolean;
}

export interface Row {
  name: string;
  unit: string;
  ours: number;
  peers?: Record<string, number>;
  better?: 'lower' | 'higher';
}

export async function measure(options: GpuBenchOptions): Promise<{ device: string; rows: Row[] }> {
  const { say, median, parity, tuned } = options;
  const dawn = await startDawn();
  if ('reason' in dawn) throw new Error(dawn.reason);
  const device = await openWebgpuDevice({ gpu: dawn.gpu, fullSpeed: true, kernels: [...catalog, fmaKernel] });
  const software = isSoftware(device.info);
  const described = `${device.adapter}${software ? ' (software: no real GPU was at hand)' : ''}`;
  say(`${described}; features: ${device.features.join(', ')}`);
  const rows: Row[] = facts(device);
  try {
    const peak = await measurePeak(device);
    rows.push({ name: 'f32 peak, multiply-adds in registers', unit: 'GFLOP/s', ours: peak, better: 'higher' });
    if (tuned) {
      const table = await tuneWebgpu(device);
      device.useTuning(table);
      rows.push({ name: 'tuning', unit: 's', ours: table.seconds });
      for (const text of chosen(table)) say(text);
    }
    for (const size of options.sizes ?? (peak > 200 ? [512, 1024, 2048, 4096] : [512, 1024]))
      for (const form of size <= 1024 ? (['NN', 'TN', 'NT', 'TT'] as const) : (['NN'] as const)) {
        const gflops = await matmulGflops(device, size, form);
        say(`matmul ${size} ${form}: ${gflops.toFixed(1)} GFLOP/s`);
        rows.push({
          name: `matmul ${size}³ ${form}`,
          unit: 'GFLOP/s',
          ours: gflops,
          peers: { 'f32 peak': peak },
          better: 'higher',
        });
      }
    rows.push(...stepRows('MLP step 256×1000→256→128→10, Adam', await mlpFigures(device, median)));
    const length = peak > 200 ? 128 : 32;
    const block = await blockFigures(device, median, length);
    rows.push(...stepRows(`transformer block and AdamW, hidden 384, 16×${length} tokens`, block));
    const adamw = await adamwFigures(device, 10_000_000);
    rows.push({ name: 'AdamW over 10M weights', unit: 'ms', ours: adamw.ms });
    rows.push({ name: 'AdamW over 10M weights, memory', unit: 'GB/s', ours: adamw.gigabytes, better: 'higher' });
    if (parity) rows.push(...(await parityRows(device, say)));
  } finally {
    device.dispose();
  }
  return { device: described, rows };
}

function facts({ features, limits }: WebgpuDevice): Row[] {
  const yes = (feature: string): number => Number(features.includes(feature));
  return [
    { name: 'largest array a shader can bind', unit: 'MB', ours: limits.maxBindingBytes / 2 ** 20, better: 'higher' },
    { name: 'largest workgroup', unit: 'threads', ours: limits.maxWorkgroupSize, better: 'higher' },
    { name: 'f16 in shaders, subgroups, timestamps', unit: 'of 3', ours: countOf(yes), better: 'higher' },
  ];
}

const countOf = (has: (feature: string) => number): number =>
  ['shader-f16', 'subgroups', 'timestamp-query'].reduce((sum, feature) => sum + has(feature), 0);

const chosen = ({ entries }: TuningTable): string[] =>
  entries.map(({ kernel, sizeClass, variant, tried }) => {
    const times = tried.map((each) => `${each.variant} ${each.ms.toFixed(2)}`).join(', ');
    return `${kernel}, ${sizeClass}: ${variant} (${times || 'not reached'})`;
  });

function stepRows(name: string, { ms, kernelsMs, dispatches, temporaryBytes }: StepFigures): Row[] {
  return [
    { name, unit: 'ms', ours: ms, peers: { 'sum of its kernels': kernelsMs } },
    { name: `${name}: launches`, unit: 'dispatches', ours: dispatches },
    { name: `${name}: temporaries`, unit: 'MB', ours: temporaryBytes / 2 ** 20 },
  ];
}

async function parityRows(device: WebgpuDevice, say: (text: string) => void): Promise<Row[]> {
  const rows: Row[] = [];
  let wrong = 0;
  for (const kernel of catalog) {
    const finding = await checkKernel(device, kernel);
    if (!finding.ok) {
      wrong += 1;
      say(`WRONG: ${kernel.name}, ${finding.where}: ${finding.difference}`);
    }
    rows.push({
      name: `parity of ${kernel.name}`,
      unit: 'ppm of the largest',
      ours: finding.difference * 1e6,
      peers: { tolerance: kernel.tolerance * 1e6 },
    });
  }
  rows.push({ name: `kernels that compute wrong, of ${catalog.length}`, unit: 'kernels', ours: wrong });
  return rows;
}
