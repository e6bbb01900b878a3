// Every kernel of the catalog: its gradient against central differences in 64 bits, and every device that can start
// here against its reference. A kernel needs no test of its own for this; it needs cases.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels } from '../../scripts/wasm-node.mjs';
import { openCpuDevice } from '../backends/cpu-device';
import type { Device } from '../backends/device';
import { startDawn } from '../backends/testing/dawn';
import { openWasmDevice } from '../backends/wasm-device';
import { openWebgpuDevice } from '../backends/webgpu-device';
import { catalog, kernelNamed } from './catalog';
import { checkGradient, checkKernel } from './checks';
import { sizeOf } from './kernel';

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

it('tells a kernel that was broken on purpose, forward and gradient', async () => {
  const right = kernelNamed('MatMul');
  const broken: typeof right = {
    ...right,
    reference(inputs, outputs, shape) {
      right.reference(inputs, outputs, shape);
      outputs[0]![outputs[0]!.length - 1]! *= 1.001;
    },
  };
  const device = openCpuDevice({ kernels: (name) => (name === right.name ? broken : kernelNamed(name)) });
  const finding = await checkKernel(device, right);
  expect(finding.ok).toBe(false);
  expect(finding.where).not.toBe('');
});
