// The classifier on a graphics device: the same curve as plain loops, the same bits each time and after a resume, also
// though figures come late. Skipped where no adapter answers, and says so.
import { expect, it } from 'vitest';
import { startDawn } from '../../../workers/backends/testing/dawn';
import { openCpuDevice } from '../../../workers/backends/cpu-device';
import { openWebgpuDevice } from '../../../workers/backends/webgpu-device';
import { prepareTrainer, sitThrough, topicRows } from '../../../workers/testing/classifier-rows';
import { weightHash } from '../../../workers/weight-hash';

const dawn = await startDawn();
const gpu = 'gpu' in dawn ? dawn.gpu : null;
const config = {
  ...{ epochs: 3, batchSize: 7, vectorSize: 12, hiddenSize: 5, dropout: 0.2, learningRate: 0.02 },
  ...{ evalSteps: 5, saveSteps: 1, loggingSteps: 3, earlyStoppingPatience: 0 },
};

it.skipIf(!gpu)(
  `a graphics device repeats and resumes bit for bit${gpu ? '' : ` (${'reason' in dawn ? dawn.reason : ''})`}`,
  async () => {
    const data = topicRows();
    const device = await openWebgpuDevice(gpu ? { gpu } : {});
    const whole = await prepareTrainer(data, device, config);
    const through = await sitThrough(whole, data);
    const wanted = await weightHash((await whole.weights()).tensors);
    const { state, loop, pins } = structuredClone(through.saved.get(4)!);
    const resumed = await prepareTrainer(data, device, config);
    await resumed.restore(state, loop.step, pins);
    const rest = await sitThrough(resumed, data, { from: loop });
    expect(await weightHash((await resumed.weights()).tensors)).toBe(wanted);
    expect(rest.loop).toEqual(through.loop);
    expect(rest.logged.get(9)).toEqual(through.logged.get(9));
    const plain = await prepareTrainer(data, openCpuDevice(), config);
    const truth = await sitThrough(plain, data);
    for (const [step, values] of truth.logged)
      expect(Math.abs(values['loss']! - through.logged.get(step)!['loss']!)).toBeLessThan(1e-4);
    for (const trainer of [whole, resumed, plain]) trainer.dispose();
    device.dispose();
  },
);
