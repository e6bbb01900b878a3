// Trains a small perceptron on the WebAssembly device with a given number of threads, for engine.spec.ts.
import { openBrowserWasmDevice } from '../../workers/backends/wasm-browser';
import { crossEntropy } from '../../workers/kernels/cross-entropy';
import { mlp } from '../../workers/ml/layers/mlp';
import { Parameters } from '../../workers/ml/parameters';
import { createStepper } from '../../workers/ml/step';

export interface Order {
  threads: number;
  build?: 'relaxed' | 'simd';
  steps: number;
  /** Ends the other threads before the last step, as a browser may. */
  kill?: boolean;
}

export interface Answer {
  threads: number;
  loss: number;
  /** Over all weights, bit by bit. */
  hash: number;
  error?: { name: string; message: string; afterMs: number };
}

const started: Worker[] = [];
globalThis.Worker = class extends Worker {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    started.push(this);
  }
};

const rows = 96;
const x = Float32Array.from({ length: rows * 300 }, (_, i) => Math.sin(i * 1.37));
const y = Int32Array.from({ length: rows }, (_, i) => i % 10);

async function train({ threads, build, steps, kill }: Order): Promise<Answer> {
  const device = await openBrowserWasmDevice({ threads, ...(build ? { build } : {}) });
  const session = device.session();
  const parameters = new Parameters();
  const model = mlp(parameters, 'mlp', { widths: [300, 70, 33, 10] });
  const stepper = createStepper(session, {
    parameters,
    seed: 0,
    optimizer: { name: 'adam' },
    loss: (c) => crossEntropy(model(c, c.input('x', [rows, 300])), c.input('y', [rows], 'int32')).loss,
  });
  parameters.write(session, parameters.initial(0));
  const answer: Answer = { threads: device.threads, loss: Number.NaN, hash: 0 };
  for (let step = 0; step < steps; step++) {
    if (kill && step === steps - 1) {
      started.forEach((worker) => worker.terminate());
      // Chromium gives a thread that is at work two seconds.
      await new Promise((next) => setTimeout(next, 3000));
    }
    const before = performance.now();
    try {
      await stepper.run([{ x, y }], { learningRate: 1e-3 });
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { ...answer, error: { name, message, afterMs: performance.now() - before } };
    }
  }
  const { words } = parameters.layout();
  for (const bits of await session.readIntegers('weights', 0, words))
    answer.hash = (Math.imul(answer.hash, 31) + bits) | 0;
  answer.loss = (await stepper.metrics()).at(-1)?.loss ?? Number.NaN;
  device.dispose();
  return answer;
}

onmessage = ({ data }: MessageEvent<Order>) => {
  void train(data).then(postMessage);
};
