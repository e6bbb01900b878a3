// Whole training steps through the engine, as a trainer makes them.
import type { WebgpuDevice } from '../../../workers/backends/webgpu-device';
import { crossEntropy } from '../../../workers/kernels/cross-entropy';
import { mlp } from '../../../workers/ml/layers/mlp';
import { transformerBlock } from '../../../workers/ml/layers/transformer-block';
import { Parameters } from '../../../workers/ml/parameters';
import { createStepper, type StepperOptions } from '../../../workers/ml/step';
import type { StepInputs } from '../../../workers/ml/step-context';
import { reshape } from '../../../workers/tape/reshape';
import { Rng } from '../../../src/lib/rng';

export interface StepFigures {
  /** Median time of a step, from writing its inputs until it is done. */
  ms: number;
  /** Sum of its kernels by the device's clock. */
  kernelsMs: number;
  dispatches: number;
  temporaryBytes: number;
}

type Median = (values: number[]) => number;

const normals = (length: number, seed: number): Float32Array => {
  const rng = new Rng(seed);
  return Float32Array.from({ length }, () => rng.normal());
};

export function mlpFigures(device: WebgpuDevice, median: Median): Promise<StepFigures> {
  const parameters = new Parameters();
  const widths = [1000, 256, 128, 10];
  const model = mlp(parameters, 'mlp', { widths });
  const rows = 256;
  const inputs = { x: normals(rows * 1000, 1), y: Int32Array.from({ length: rows }, (_, row) => row % 10) };
  return stepFigures(device, median, inputs, {
    parameters,
    seed: 1,
    optimizer: { name: 'adam' },
    loss: (c) => crossEntropy(model(c, c.input('x', [rows, 1000])), c.input('y', [rows], 'int32')).loss,
  });
}

/** Hidden 384, 12 heads, 1,536 inside; a linear head over the mean square would cost more than it tells. */
export function blockFigures(device: WebgpuDevice, median: Median, length: number): Promise<StepFigures> {
  const parameters = new Parameters();
  const block = transformerBlock(parameters, 'block', { hidden: 384, heads: 12, inner: 1536 });
  const batch = 16;
  const inputs = {
    x: normals(batch * length * 384, 2),
    y: Int32Array.from({ length: batch * length }, (_, row) => row % 384),
  };
  return stepFigures(device, median, inputs, {
    parameters,
    seed: 1,
    optimizer: { name: 'adamw' },
    loss: (c) => {
      const y = block(c, c.input('x', [batch, length, 384]));
      return crossEntropy(reshape(y, [batch * length, 384]), c.input('y', [batch * length], 'int32')).loss;
    },
  });
}

async function stepFigures(
  device: WebgpuDevice,
  median: Median,
  inputs: StepInputs,
  options: StepperOptions,
): Promise<StepFigures> {
  const session = device.session();
  try {
    const stepper = createStepper(session, options);
    options.parameters.write(session, options.parameters.initial(1));
    const { prepared } = (await stepper.prepare({}))[0]!;
    const step = async (): Promise<number> => {
      const start = performance.now();
      await stepper.run([inputs], { learningRate: 1e-3 });
      await session.settled();
      return performance.now() - start;
    };
    await step();
    const first = await step();
    const times: number[] = [];
    for (let count = Math.max(3, Math.min(50, Math.ceil(2000 / first))); count > 0; count--) times.push(await step());
    let kernelsMs = 0;
    await stepper.run([inputs], {
      learningRate: 1e-3,
      onTimes: (runs) => {
        for (const { times: calls } of runs) for (const { durationMs } of calls) kernelsMs += durationMs;
      },
    });
    const records = await stepper.metrics();
    if (!records.every(({ loss, skipped }) => Number.isFinite(loss) && !skipped))
      throw new Error('The loss of a measured step is not finite.');
    return {
      ms: median(times),
      kernelsMs,
      dispatches: prepared.dispatches,
      temporaryBytes: prepared.temporaryBytes,
    };
  } finally {
    session.dispose();
  }
}
