// Our engine on each order: plans recorded by the layers that trainers use, replayed on a device opened for it.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Device, Prepared, Session } from '../../../workers/backends/device';
import { openBrowserWasmDevice } from '../../../workers/backends/wasm-browser';
import { openWebgpuDevice } from '../../../workers/backends/webgpu-device';
import { attention } from '../../../workers/kernels/attention';
import { attentionAttrs } from '../../../workers/kernels/attention-shape';
import { binaryCrossEntropy } from '../../../workers/kernels/binary-cross-entropy';
import { crossEntropy } from '../../../workers/kernels/cross-entropy';
import { matMul } from '../../../workers/kernels/matmul';
import { sum } from '../../../workers/kernels/sum';
import { mlp as mlpLayer } from '../../../workers/ml/layers/mlp';
import { neumf as neumfLayer } from '../../../workers/ml/layers/neumf';
import { transformerBlock } from '../../../workers/ml/layers/transformer-block';
import { chooseOptimizer } from '../../../workers/ml/optimizer';
import { Parameters } from '../../../workers/ml/parameters';
import { createStepper } from '../../../workers/ml/step';
import { StepContext, type StepInputs } from '../../../workers/ml/step-context';
import { recordUpdateAlone, type LossFunction } from '../../../workers/ml/step-plan';
import { call } from '../../../workers/tape/call';
import type { Plan } from '../../../workers/tape/plan';
import { record } from '../../../workers/tape/record';
import { reshape } from '../../../workers/tape/reshape';
import { answerOrders, block, integers, medianMs, mlp, neumf, numbers, type Figures, type Order } from './cases';

answerOrders(async (order) => {
  if (order.device === 'cpu') throw new Error('the references are not measured');
  const device =
    order.device === 'wasm'
      ? await openBrowserWasmDevice({ threads: order.threads })
      : await openWebgpuDevice({ fullSpeed: true });
  if (order.device === 'wasm' && device.threads !== order.threads) throw new Error('not so many threads');
  return work(device, order);
});

function work(device: Device, order: Order): Promise<Figures> {
  switch (order.what) {
    case 'matmul':
      return product(device, order.size, order.form);
    case 'mlp':
      return mlpStep(device);
    case 'block':
      return blockGradients(device, order.length);
    case 'neumf':
      return neumfStep(device);
    case 'attention':
      return attentionGradients(device, order.length);
    case 'adamw':
      return manyParameters(device, order.parameters);
    default:
      throw new Error(`unknown order ${String(order satisfies never)}`);
  }
}

async function product(device: Device, [m, k, n]: readonly number[], form: string): Promise<Figures> {
  const [transposeA, transposeB] = [form[0] === 'T', form[1] === 'T'];
  const plan = record((r) => {
    const a = r.persistent('a', 0, transposeA ? [k!, m!] : [m!, k!]);
    const b = r.persistent('b', 0, transposeB ? [n!, k!] : [k!, n!]);
    r.output('out', matMul(a, b, { transposeA, transposeB }));
  });
  const session = device.session();
  const prepared = await session.prepare(plan);
  session.write('a', numbers(m! * k!, 1));
  session.write('b', numbers(k! * n!, 2));
  return timed(session, prepared);
}

/** Time of a run until its work is done; the sum of its kernels timed one by one; what it holds and launches. */
async function timed(session: Session, prepared: Prepared): Promise<Figures> {
  const go = async (): Promise<void> => {
    await prepared.run();
    await session.settled();
  };
  const ms = await medianMs(go);
  return { ms, more: await details(prepared, ms) };
}

async function details(prepared: Prepared, ms: number): Promise<Figures['more']> {
  const sums: number[] = [];
  const goes = ms > 300 ? 1 : 25;
  for (let i = 0; i < goes; i++) {
    const calls = await prepared.timed();
    sums.push(calls.reduce((total, one) => total + one.durationMs, 0));
  }
  sums.sort((a, b) => a - b);
  return { kernelsMs: sums[goes >> 1]!, temporaryBytes: prepared.temporaryBytes, dispatches: prepared.dispatches };
}

/** A whole optimizer step: inputs written, plan replayed; the loss is read after the last one, as trainers do. */
async function step(device: Device, parameters: Parameters, loss: LossFunction, inputs: StepInputs): Promise<Figures> {
  const session = device.session();
  const stepper = createStepper(session, { parameters, seed: 1, optimizer: { name: 'adam' }, loss });
  parameters.write(session, parameters.initial(1));
  const ms = await medianMs(async () => {
    await stepper.run([inputs], { learningRate: 1e-3 });
    await session.settled();
  });
  const [last] = (await stepper.metrics()).slice(-1);
  if (!last || !Number.isFinite(last.loss)) throw new Error('the loss is not finite');
  const [whole] = await stepper.prepare({});
  if (!whole) throw new Error('a step is no plan');
  return { ms, more: { ...(await details(whole.prepared, ms)), loss: last.loss } };
}

function mlpStep(device: Device): Promise<Figures> {
  const { batch, widths } = mlp;
  const parameters = new Parameters();
  const network = mlpLayer(parameters, 'net', { widths });
  return step(
    device,
    parameters,
    (c) => crossEntropy(network(c, c.input('x', [batch, widths[0]])), c.input('y', [batch], 'int32')).loss,
    { x: numbers(batch * widths[0], 3), y: integers(batch, widths[3], 4) },
  );
}

function neumfStep(device: Device): Promise<Figures> {
  const { users, items, dimension, layers, positives, negatives } = neumf;
  const pairs = positives * (1 + negatives);
  const parameters = new Parameters();
  const score = neumfLayer(parameters, 'model', { users, items, dimension, layers });
  return step(
    device,
    parameters,
    (c) => binaryCrossEntropy(reshape(score(c, pairs), [pairs, 1]), c.input('y', [pairs, 1])).loss,
    {
      users: integers(pairs, users, 1),
      items: integers(pairs, items, 2),
      y: Float32Array.from({ length: pairs }, (_, row) => (row % (1 + negatives) === 0 ? 1 : 0)),
    },
  );
}

/** Forward, and gradients of all weights and of the input; no optimizer, as the peer. */
async function blockGradients(device: Device, length: number): Promise<Figures> {
  const { hidden, heads, inner, batch } = block;
  const parameters = new Parameters();
  const layer = transformerBlock(parameters, 'block', { hidden, heads, inner });
  const { dense } = parameters.layout();
  const plan: Plan = record((r) => {
    const context = new StepContext(r, parameters, {}, true);
    const x = r.persistent('x', 0, [batch, length, hidden]);
    const weights = dense.map(({ name }) => context.weight(name));
    const into: Tensor[] = dense.map(({ offset, shape }) => r.persistent('gradients', offset, shape));
    const value = sum(layer(context, x));
    r.gradients(value, [x, ...weights], [r.persistent('xGradient', 0, [batch, length, hidden]), ...into]);
    r.output('loss', value);
  });
  const session = device.session();
  const prepared = await session.prepare(plan);
  parameters.write(session, parameters.initial(1));
  session.write('x', numbers(batch * length * hidden, 1));
  return timed(session, prepared);
}

async function attentionGradients(device: Device, length: number): Promise<Figures> {
  const [heads, headDim] = [12, 32];
  const plan = record((r) => {
    const packed = r.persistent('qkv', 0, [1, length, 3 * heads * headDim]);
    const [out] = call(attention, [packed], attentionAttrs({ heads, headDim, packed: true }));
    r.gradients(sum(out!), [packed], [r.persistent('gradient', 0, packed.shape)]);
  });
  const session = device.session();
  const prepared = await session.prepare(plan);
  session.write('qkv', numbers(length * 3 * heads * headDim, 1));
  return timed(session, prepared);
}

/** An update of so many parameters of 64 numbers each: launches must not grow with their number. */
async function manyParameters(device: Device, count: number): Promise<Figures> {
  const parameters = new Parameters();
  for (let i = 0; i < count; i++)
    parameters.declare(`p${i}`, [64], {
      initialiser: { kind: 'normal', deviation: 1 },
      group: i % 2 ? 'plain' : 'decay',
    });
  const optimizer = chooseOptimizer({ name: 'adamw', weightDecay: 0.01 });
  const never: LossFunction = () => {
    throw new Error('an update alone has no loss');
  };
  const { plan } = recordUpdateAlone({
    parameters,
    optimizer,
    loss: never,
    scaled: false,
    averaged: false,
    decayRows: false,
  });
  const session = device.session();
  return timed(session, await session.prepare(plan));
}
