// What the truth test makes of right, wrong and unstable kernels: nothing wrong is ever used, and passing failures are
// not kept.
import { beforeEach, describe, expect, it } from 'vitest';
import { DeviceError } from '../../src/contract/errors';
import { putFact } from '../../src/storage/facts';
import { kernelNamed } from '../kernels/catalog';
import { openCpuDevice } from './cpu-device';
import type { Device } from './device';
import { storedCertificate } from './certificates';
import { trusted } from './trust';
import { UntrustedError } from './untrusted';
import { repeatedCall } from './repeated-call';

const plan = repeatedCall(
  kernelNamed('MatMul'),
  [2, 2].map(() => ({ shape: [4, 4], dtype: 'float32' as const })),
  {
    transposeA: false,
    transposeB: false,
    alpha: 1,
  },
  1,
);

/** Computes right, whatever the tests below say of it, and has or has not a safe form of each kernel. */
function device(replaceable: boolean): Device & { replaced: string[] } {
  const replaced: string[] = [];
  const inner = openCpuDevice();
  const replace = (kernel: string): boolean => replaceable && replaced.push(kernel) > 0;
  return { ...inner, backend: 'wasm', adapter: 'test', replace, replaced };
}
const right = { ok: true, difference: 0, where: '' };
const wrong = { ok: false, difference: 3, where: 'there' };
const certificate = () => storedCertificate('wasm', 'test', 'build 1');

describe('a plan on a device', () => {
  beforeEach(() => putFact('certificate wasm test', null));

  it('is prepared once its kernels were found right, and they are tested once', async () => {
    let tests = 0;
    const check = () => Promise.resolve((tests++, right));
    await trusted(device(true), { build: 'build 1', check }).session().prepare(plan);
    expect(tests).toBe(1);
    expect(await certificate()).toMatchObject({ state: 'passed', checks: [{ kernel: 'MatMul', ok: true }] });
    await trusted(device(true), { build: 'build 1', check }).session().prepare(plan);
    expect(tests).toBe(1);
    await trusted(device(true), { build: 'build 2', check }).session().prepare(plan);
    expect(tests).toBe(2);
  });

  it('gets the safe form of a wrong kernel, also in the next session', async () => {
    const first = device(true);
    const check = () => Promise.resolve(first.replaced.length > 0 ? right : wrong);
    await trusted(first, { build: 'build 1', check }).session().prepare(plan);
    expect(await certificate()).toMatchObject({ state: 'passed-with-replacements', replaced: ['MatMul'] });
    const second = device(true);
    await trusted(second, { build: 'build 1', check: () => Promise.reject(new Error('not asked')) })
      .session()
      .prepare(plan);
    expect(second.replaced).toEqual(['MatMul']);
  });

  it('is refused where a wrong kernel has no safe form, each time', async () => {
    const found = () => Promise.resolve(wrong);
    for (let i = 0; i < 2; i++) {
      const prepared = trusted(device(false), { build: 'build 1', check: found }).session().prepare(plan);
      await expect(prepared).rejects.toBeInstanceOf(UntrustedError);
      await expect(prepared).rejects.toMatchObject({ name: 'DeviceError', message: expect.stringContaining('MatMul') });
    }
    expect(await certificate()).toMatchObject({ state: 'failed' });
  });

  it('is refused while a test throws, which is not kept', async () => {
    const lost = trusted(device(true), { build: 'build 1', check: () => Promise.reject(new Error('lost')) });
    await expect(lost.session().prepare(plan)).rejects.toMatchObject({ name: 'DeviceError' });
    expect(await certificate()).toBeNull();
  });

  it('that is lost while it is tested is called lost, not wrong', async () => {
    let gone = false;
    const loss = new DeviceError('The device was lost.');
    const inner = device(false);
    const session = () => {
      if (gone) throw loss;
      return inner.session();
    };
    const check = () => {
      gone = true;
      return Promise.reject(loss);
    };
    const prepared = trusted({ ...inner, session }, { build: 'build 1', check })
      .session()
      .prepare(plan);
    await expect(prepared).rejects.toBe(loss);
    expect(await certificate()).toBeNull();
  });
});

describe("variants of kernels, which are the whole device's", () => {
  beforeEach(() => putFact('certificate wasm test', null));

  /** A device whose variants are a word, the sessions that set it, and the words that were in force while it was tested. */
  function variable() {
    let inUse = '';
    const [begun, tested, prepared]: [string[], string[], string[]] = [[], [], []];
    const inner = device(true);
    const session = () => {
      const made = inner.session();
      return { ...made, prepare: (each: typeof plan) => (prepared.push(inUse), made.prepare(each)) };
    };
    const check = async () => {
      const before = inUse;
      begun.push(before);
      await new Promise((resolve) => setTimeout(resolve, 3));
      tested.push(before === inUse ? before : `${before} became ${inUse}`);
      return right;
    };
    const whole = trusted({ ...inner, session }, { build: 'build 1', check, variants: () => inUse });
    const by = (word: string) => whole.session(() => (inUse = word));
    return { whole, by, use: (word: string) => (inUse = word), begun, tested, prepared };
  }

  it('stay as they are while a kernel is tested, whoever makes a plan ready meanwhile', async () => {
    const { by, begun, tested, prepared } = variable();
    await by('one').prepare(plan);
    const two = by('two').prepare(plan);
    await expect.poll(() => begun, { interval: 1 }).toContain('two');
    await Promise.all([two, by('one').prepare(plan), by('three').prepare(plan)]);
    expect(tested.toSorted()).toEqual(['one', 'three', 'two']);
    expect(prepared.toSorted()).toEqual(['one', 'one', 'three', 'two']);
  });

  it('are tested as chosen by "verify", too', async () => {
    const { whole, use, tested } = variable();
    const done = whole.testAll(undefined, undefined, () => use('two'));
    use('one');
    await done;
    expect(new Set(tested)).toEqual(new Set(['two']));
  });

  it('are left to work that changes them', async () => {
    const { whole, by, use, prepared } = variable();
    await by('one').prepare(plan);
    const tuning = whole.alone(async () => {
      use('a trial');
      await new Promise((resolve) => setTimeout(resolve, 20));
      return prepared.length;
    });
    const other = by('one').prepare(plan);
    expect(await tuning).toBe(1);
    await other;
    expect(prepared).toEqual(['one', 'one']);
  });
});

it('a kernel that is broken on purpose is found out by the real test', async () => {
  const kernels = (name: string) => {
    const kernel = kernelNamed(name);
    if (name !== 'MatMul') return kernel;
    const reference: typeof kernel.reference = (inputs, outputs, call) => {
      kernel.reference(inputs, outputs, call);
      // As a GPU that gives zero gradients for some shapes: wrong in one element of one case.
      if (outputs[0]!.length > 1000) outputs[0]![777] = 0;
    };
    return { ...kernel, reference };
  };
  await putFact('certificate wasm test', null);
  const broken: Device = { ...openCpuDevice({ kernels }), backend: 'wasm', adapter: 'test' };
  await expect(trusted(broken, { build: 'build 1' }).session().prepare(plan)).rejects.toBeInstanceOf(UntrustedError);
  const sound: Device = { ...openCpuDevice(), backend: 'wasm', adapter: 'test' };
  await trusted(sound, { build: 'build 1' }).session().prepare(plan);
});
