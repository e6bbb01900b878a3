// Every kernel of the catalog: its gradient against central differences in 64 bits, and every device that can start
// here against its reference. A kernel needs no test of its own for this; it needs cases.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels, startThread } from '../../scripts/wasm-node.mjs';
import { openCpuDevice } from '../backends/cpu-device';
import type { Device } from '../backends/device';
import { startDawn } from '../backends/testing/dawn';
import { openWasmDevice } from '../backends/wasm-device';
import { openWebgpuDevice } from '../backends/webgpu-device';
import { catalog, kernelNamed } from './catalog';
import { checkGradient, checkKernel, firstDifference } from './checks';
import { sizeOf, type Kernel, type Numbers } from './kernel';

const dawn = await startDawn();
/** Central differences run the kernel twice for each number of its inputs. */
const mostNumbers = 800;

describe.each(catalog)('$name', (kernel) => {
  it('has cases of different sizes', () => {
    expect(kernel.cases.length).toBeGreaterThanOrEqual(3);
    const shapes = kernel.cases.flatMap(({ inputs, attrs }) => [...inputs, ...kernel.infer(inputs, attrs)]);
    expect(shapes.some((spec) => sizeOf(spec) % 4 !== 0)).toBe(true);
  });

  if (kernel.gradient)
    it('has the gradient that central differences give', async () => {
      for (const each of kernel.cases) {
        if (each.inputs.reduce((sum, spec) => sum + sizeOf(spec), 0) > mostNumbers) continue;
        const finding = await checkGradient(kernel, each);
        if (finding) expect(finding, JSON.stringify(each)).toMatchObject({ ok: true });
      }
    });
});

/** The catalog on one device. */
function suiteOn(name: string, open: () => Promise<Device>): void {
  describe(name, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    }, 120_000);
    afterAll(() => device.dispose());
    it.each(catalog)('$name equals its reference', async (kernel) => {
      expect(await checkKernel(device, kernel)).toMatchObject({ ok: true, where: '' });
    });
  });
}

suiteOn('cpu', () => Promise.resolve(openCpuDevice()));
suiteOn('wasm, relaxed', () => openWasmDevice({ load: loadKernels, threads: 1, build: 'relaxed' }));
suiteOn('wasm, plain SIMD', () => openWasmDevice({ load: loadKernels, threads: 1, build: 'simd' }));
if ('gpu' in dawn) suiteOn('webgpu', () => openWebgpuDevice({ gpu: dawn.gpu }));
else it.skip(`webgpu: ${dawn.reason}`, () => undefined);

describe('wasm, three threads', () => {
  let one: Device;
  let three: Device;
  beforeAll(async () => {
    one = await openWasmDevice({ load: loadKernels, threads: 1 });
    three = await openWasmDevice({ load: loadKernels, startThread, threads: 3 });
  }, 120_000);
  afterAll(() => {
    one.dispose();
    three.dispose();
  });
  it.each(catalog)('$name gives the same bits as with one', async (kernel) => {
    expect(three.threads).toBe(3);
    expect(await firstDifference(three, one, kernel)).toBe(null);
  });
});

describe('a kernel broken on purpose is told', () => {
  /** A device on which one kernel does `damage` after its work. */
  function deviceWith(name: string, damage: (outputs: readonly Numbers[]) => void): Device {
    const right = kernelNamed(name);
    const broken: Kernel = {
      ...right,
      reference(inputs, outputs, shape) {
        right.reference(inputs, outputs, shape);
        damage(outputs);
      },
    };
    return openCpuDevice({ kernels: (asked) => (asked === name ? broken : kernelNamed(asked)) });
  }

  it('where its last element is off by a thousandth', async () => {
    const device = deviceWith('MatMul', ([y]) => (y![y!.length - 1]! *= 1.001));
    expect(await checkKernel(device, kernelNamed('MatMul'))).toMatchObject({ ok: false });
  });

  it('where only its gradient is wrong', async () => {
    const device = deviceWith('GeluErfGradient', ([dx]) => dx!.fill(0));
    const finding = await checkKernel(device, kernelNamed('GeluErf'));
    expect(finding).toMatchObject({ ok: false });
    expect(finding.where).toMatch(/^gradient/);
  });

  it('where it answers what is no number', async () => {
    const device = deviceWith('Sum', ([y]) => (y![0] = NaN));
    expect(await checkKernel(device, kernelNamed('Sum'))).toMatchObject({ ok: false, difference: Infinity });
  });

  it('where it writes a word too many', async () => {
    const device = deviceWith('Add', ([y]) => new Float32Array(y!.buffer, y!.byteOffset, y!.length + 1).fill(0));
    expect(await checkKernel(device, kernelNamed('Add'))).toMatchObject({ ok: false });
  });
});
