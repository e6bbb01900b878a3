// Times the variants of products and attention on a GPU device, on made-up arrays of each size class.
import type { TuningTable } from '../../src/contract/engine';
import { attention } from '../kernels/attention';
import { attentionAttrs } from '../kernels/attention-shape';
import { attentionVariants } from '../kernels/attention.wgsl';
import type { Spec } from '../kernels/kernel';
import { matMulKernel } from '../kernels/matmul';
import { matmulCandidates, matmulClasses, matmulProbes } from '../kernels/matmul-variants';
import type { Plan } from '../tape/plan';
import { storedTuning, storeTuning, tuningVersion } from './tuning-table';
import { repeatedCall } from './repeated-call';
import { tune, type TuningOptions, type TuningTarget } from './tuning';
import type { WebgpuDevice } from './webgpu-device';

interface Timed extends TuningTarget {
  plan(repeats: number): Plan;
}

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });

/** Most used first: what the budget does not reach keeps its safe form. */
export function webgpuTargets(): Timed[] {
  const products = matmulClasses.map((sizeClass): Timed => {
    const { m, n, k, batch } = matmulProbes[sizeClass];
    const lead = batch > 1 ? [batch] : [];
    const inputs = [float(...lead, m, k), float(...lead, k, n)];
    return {
      kernel: 'matmul',
      sizeClass,
      candidates: matmulCandidates[sizeClass],
      plan: (repeats) =>
        repeatedCall(matMulKernel, inputs, { transposeA: false, transposeB: false, alpha: 1 }, repeats),
    };
  });
  const attentions = ([128, 512] as const).map((length): Timed => {
    const row = float(1, length, 4 * 32);
    const attrs = attentionAttrs({ heads: 4, headDim: 32 });
    return {
      kernel: 'Attention',
      sizeClass: length <= 256 ? 'short' : 'long',
      candidates: attentionVariants,
      plan: (repeats) => repeatedCall(attention, [row, row, row], attrs, repeats),
    };
  });
  return [...products, ...attentions];
}

/** Shorter runs than this are repeated: the answer itself takes about a millisecond. */
const enoughMs = 4;

/** Times all variants on `device`, at most 3 s, and leaves the device with the table it had. */
export async function tuneWebgpu(device: WebgpuDevice, options: TuningOptions = {}): Promise<TuningTable> {
  const targets = webgpuTargets();
  const before = device.tuning();
  const time = async (target: TuningTarget, variant: string, stop: AbortSignal): Promise<number> => {
    const timed = targets.find((each) => each.kernel === target.kernel && each.sizeClass === target.sizeClass);
    if (!timed) throw new RangeError(`${target.kernel} is not tuned.`);
    const { kernel, sizeClass } = target;
    device.useTuning({
      backend: 'webgpu',
      version: tuningVersion,
      at: 0,
      seconds: 0,
      entries: [{ kernel, sizeClass, variant, tried: [] }],
    });
    const once = await timePlan(device, timed.plan(1), stop);
    stop.throwIfAborted();
    return once > enoughMs ? once : (await timePlan(device, timed.plan(32), stop)) / 32;
  };
  try {
    return await tune('webgpu', targets, time, options);
  } finally {
    device.useTuning(before);
  }
}

/** Milliseconds from handing over to done, after a run that warms up; the better of two where they are short. */
async function timePlan(device: WebgpuDevice, plan: Plan, stop: AbortSignal): Promise<number> {
  const session = device.session();
  try {
    const prepared = await session.prepare(plan);
    // Given up while it was compiled: running it now would disturb what is timed next.
    stop.throwIfAborted();
    await prepared.run();
    await session.settled();
    const again = async (): Promise<number> => {
      const start = performance.now();
      await prepared.run();
      await session.settled();
      return performance.now() - start;
    };
    const once = await again();
    // What takes long enough is not swayed by the machine's other work.
    return once > 5 * enoughMs ? once : Math.min(once, await again());
  } finally {
    session.dispose();
  }
}

/** The table of this adapter: stored, or measured now and stored. `anew` measures in any case. */
export async function tunedTable(
  device: WebgpuDevice,
  { anew = false, ...options }: TuningOptions & { anew?: boolean } = {},
): Promise<TuningTable> {
  const stored = anew ? null : await storedTuning('webgpu', device.adapter);
  if (stored) return stored;
  const table = await tuneWebgpu(device, options);
  // Without storage it is measured again next time.
  await storeTuning(device.adapter, table).catch(() => undefined);
  return table;
}
