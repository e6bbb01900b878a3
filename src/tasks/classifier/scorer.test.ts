// Questions that come while another is answered: each gets its own answer.
import { describe, expect, it } from 'vitest';
import { loadKernels } from '../../../scripts/wasm-node.mjs';
import { openCpuDevice } from '../../../workers/backends/cpu-device';
import type { Device } from '../../../workers/backends/device';
import { startDawn } from '../../../workers/backends/testing/dawn';
import { openWasmDevice } from '../../../workers/backends/wasm-device';
import { openWebgpuDevice } from '../../../workers/backends/webgpu-device';
import type { EncodedTexts } from './encoded';
import { declareParameters } from './network';
import { Scorer } from './scorer';

const dawn = await startDawn();
const oneWord = (id: number): EncodedTexts => ({
  features: { starts: Int32Array.of(0, 1), ids: Int32Array.of(id), weights: Float32Array.of(1) },
  pieces: null,
});

async function expectOwnAnswers(device: Device): Promise<void> {
  const session = device.session();
  const shape = { vectorSize: 8, hiddenSize: 0, labels: 3, multiLabel: false };
  const parameters = declareParameters(shape, 50);
  parameters.write(session, parameters.initial(3));
  const scorer = new Scorer(session, parameters, shape);
  const alone = [await scorer.score(oneWord(1)), await scorer.score(oneWord(2))];
  expect(alone[0]).not.toEqual(alone[1]);
  expect(await Promise.all([scorer.score(oneWord(1)), scorer.score(oneWord(2))])).toEqual(alone);
  device.dispose();
}

describe('two questions at once', () => {
  it('on cpu', () => expectOwnAnswers(openCpuDevice()));
  it('on wasm', async () => expectOwnAnswers(await openWasmDevice({ load: loadKernels, threads: 1 })));
  if ('gpu' in dawn) it('on webgpu', async () => expectOwnAnswers(await openWebgpuDevice({ gpu: dawn.gpu })));
  else it.skip(`on webgpu: ${dawn.reason}`, () => undefined);
});
