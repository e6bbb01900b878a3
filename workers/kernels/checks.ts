// How far a kernel is from the truth: its cases on a device against the references in 64 bits, and its gradient
// against central differences. Pure but for the device, so that the truth test of an adapter uses the same.
import { openCpuDevice, type CpuDevice } from '../backends/cpu-device';
import type { Device, Session } from '../backends/device';
import type { Plan } from '../tape/plan';
import {
  caseInputs,
  forwardPlan,
  gradientName,
  gradientPlan,
  guardValue,
  guardWords,
  inputName,
  outputName,
  upstreamInputs,
  type CaseInputs,
  type ForwardPlan,
} from './check-plans';
import { sizeOf, type Kernel, type KernelCase, type Numbers } from './kernel';

export interface KernelFinding {
  ok: boolean;
  /** Largest difference over the reference's largest value, over all cases; Infinity where not finite. */
  difference: number;
  /** The first case that is wrong, in words; empty where all are right. */
  where: string;
}

/** A gradient is several kernels in a row, so their errors add up. */
const gradientTolerance = (kernel: Kernel): number => Math.max(4 * kernel.tolerance, 2e-5);
/** Of central differences in 64 bits. */
const differencesTolerance = 2e-6;

/** Every case of `kernel` on `device` against the reference in 64 bits, forward and gradient. */
export async function checkKernel(
  device: Device,
  kernel: Kernel,
  reference: Device = openCpuDevice({ precision: 'float64' }),
): Promise<KernelFinding> {
  const trials = kernel.cases.flatMap((each, index) => trialsOf(kernel, each, index));
  // Side by side: a GPU compiles the shaders of one case while another runs.
  const differences = await Promise.all(
    trials.map(async ({ run }) => worstOf(await run(device), await run(reference))),
  );
  const failed = trials.find(({ tolerance }, index) => !(differences[index]! <= tolerance));
  return { ok: !failed, difference: Math.max(0, ...differences), where: failed?.what ?? '' };
}

/** The first case for which two devices give different bits; null where there is none. For numbers of threads. */
export async function firstDifference(a: Device, b: Device, kernel: Kernel): Promise<string | null> {
  for (const [index, each] of kernel.cases.entries())
    for (const { run, what } of trialsOf(kernel, each, index))
      if (worstOf(await run(a), await run(b)) !== 0) return what;
  return null;
}

interface Trial {
  what: string;
  tolerance: number;
  run(device: Device): Promise<Numbers[]>;
}

function trialsOf(kernel: Kernel, each: KernelCase, index: number): Trial[] {
  const inputs = caseInputs(each, index);
  const forward = forwardPlan(kernel, each);
  const trials: Trial[] = [
    {
      what: describeCase(each),
      tolerance: kernel.tolerance,
      run: (device) => replayForward(device, forward, inputs),
    },
  ];
  const backward = gradientPlan(kernel, each);
  if (backward) {
    const all = [...inputs, ...upstreamInputs(kernel, kernel.infer(each.inputs, each.attrs), index)];
    trials.push({
      what: `gradient of ${describeCase(each)}`,
      tolerance: gradientTolerance(kernel),
      run: (device) => replayGradient(device, backward.plan, all),
    });
  }
  return trials;
}

/**
 * Largest difference of a case's gradients from central differences of its reference, over the largest of them.
 * Null where the kernel has no gradient or the case has kinks.
 */
export async function checkGradient(
  kernel: Kernel,
  each: KernelCase,
  device: CpuDevice = openCpuDevice({ precision: 'float64' }),
): Promise<{ ok: boolean; difference: number } | null> {
  const backward = each.checkGradient === false ? null : gradientPlan(kernel, each);
  if (!backward) return null;
  const inputs = caseInputs(each, 1);
  const upstream = upstreamInputs(kernel, kernel.infer(each.inputs, each.attrs), 1);
  const analytic = await prepare(device, backward.plan, [...inputs, ...upstream]);
  await analytic.prepared.run();
  const { session, prepared } = await prepare(device, forwardPlan(kernel, each).plan, inputs);
  /** Sum over all outputs of output × upstream. */
  const loss = async (): Promise<number> => {
    await prepared.run();
    let sum = 0;
    for (const { output, values } of upstream) {
      const found = session.outputNumbers(prepared, outputName(output));
      for (let i = 0; i < found.length; i++) sum += found[i]! * values[i]!;
    }
    return sum;
  };
  let largest = 0;
  let difference = 0;
  for (const index of backward.of) {
    const found = analytic.session.outputNumbers(analytic.prepared, gradientName(index));
    const input = session.numbers(inputName(index), 'float32', 0, sizeOf(each.inputs[index]!));
    for (let i = 0; i < input.length; i++) {
      const x = input[i]!;
      const step = 1e-5 * Math.max(1, Math.abs(x));
      input[i] = x + step;
      const above = await loss();
      input[i] = x - step;
      const below = await loss();
      input[i] = x;
      const expected = (above - below) / (2 * step);
      const off = Math.abs(found[i]! - expected);
      difference = Number.isFinite(off) ? Math.max(difference, off) : Infinity;
      largest = Math.max(largest, Math.abs(expected));
    }
  }
  session.dispose();
  analytic.session.dispose();
  // Where all gradients are tiny, rounding of the loss is what is left.
  const relative = difference / Math.max(largest, 1e-3);
  return { ok: relative <= differencesTolerance, difference: relative };
}

async function prepare<S extends Session>(device: { session(): S }, plan: Plan, inputs: CaseInputs) {
  const session = device.session();
  const prepared = await session.prepare(plan);
  for (const { name, values } of inputs) session.write(name, values);
  return { session, prepared };
}

async function replayGradient(device: Device, plan: Plan, inputs: CaseInputs): Promise<Numbers[]> {
  const { session, prepared } = await prepare(device, plan, inputs);
  try {
    await prepared.run();
    const results: Numbers[] = [];
    for (const name of Object.keys(plan.outputs)) results.push(await session.output(prepared, name));
    return results;
  } finally {
    session.dispose();
  }
}

/** What the call wrote; nothing at all, which equals no reference, where it also wrote beside its arrays. */
async function replayForward(device: Device, { plan, written }: ForwardPlan, inputs: CaseInputs): Promise<Numbers[]> {
  const slabs = new Map(written.map((slab) => [slab.name, slab]));
  const guarded = written.map(({ name, spec, words }) => {
    const values = spec.dtype === 'int32' ? new Int32Array(words) : new Float32Array(words);
    values.fill(guardValue);
    const given = inputs.find((input) => input.name === name);
    if (given) values.set(given.values, guardWords);
    return { name, spec, values };
  });
  const { session, prepared } = await prepare(device, plan, [
    ...inputs.filter(({ name }) => !slabs.has(name)),
    ...guarded,
  ]);
  try {
    await prepared.run();
    const results: Numbers[] = [];
    for (const { name, spec, words } of written) {
      const all =
        spec.dtype === 'int32' ? await session.readIntegers(name, 0, words) : await session.readFloats(name, 0, words);
      const end = words - guardWords;
      const isWhole = all.every((value, i) => (i >= guardWords && i < end) || value === guardValue);
      results.push(isWhole ? all.subarray(guardWords, end) : new Float32Array());
    }
    return results;
  } finally {
    session.dispose();
  }
}

/** Largest difference of the arrays, each over its own largest expected value. */
function worstOf(found: readonly Numbers[], expected: readonly Numbers[]): number {
  return Math.max(0, ...expected.map((right, i) => differenceOf(found[i]!, right)));
}

function differenceOf(found: Numbers, expected: Numbers): number {
  if (found.length !== expected.length) return Infinity;
  let largest = 0;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    // Infinities that ought to be there are right; a difference of theirs would be no number.
    if (Object.is(found[i], expected[i])) continue;
    const off = Math.abs(found[i]! - expected[i]!);
    if (!Number.isFinite(off)) return Infinity;
    worst = Math.max(worst, off);
  }
  for (const value of expected) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest === 0 ? worst : worst / largest;
}

function describeCase({ inputs, attrs }: KernelCase): string {
  return `${inputs.map(({ shape }) => `[${shape.join()}]`).join(' ')} ${JSON.stringify(attrs)}`;
}
