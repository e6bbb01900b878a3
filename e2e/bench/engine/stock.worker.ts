// Stock tfjs as its users write it: eager operations, tf.train.adam, its own kernels and gradients. Nothing of ours.
/// <reference types="vite/client" />
import '@tensorflow/tfjs-backend-cpu';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import wasmSimdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { answerOrders, block, integers, medianMs, mlp, neumf, numbers, type Figures, type Order } from './cases';

answerOrders(async (order) => {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': wasmSimdUrl,
    'tfjs-backend-wasm-simd.wasm': wasmSimdUrl,
    'tfjs-backend-wasm-threaded-simd.wasm': wasmSimdUrl,
  });
  // Its threads start from blob addresses; it would use half of the cores, which is one here.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setThreadsCount(1);
  if (order.device === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
  if (!(await tf.setBackend(order.device))) throw new Error(`stock ${order.device} did not start`);
  await tf.ready();
  return { ms: await timeOf(order), more: {} } satisfies Figures;
});

function timeOf(order: Order): Promise<number> {
  switch (order.what) {
    case 'matmul':
      return matmul(order.size, order.form);
    case 'mlp':
      return steps(mlpLoss(), order.device === 'webgpu');
    case 'block':
      return blockGradients(order.length);
    case 'neumf':
      return steps(neumfLoss(), true);
    default:
      throw new Error(`stock tfjs is not asked for ${order.what}`);
  }
}

const random = (shape: number[], seed: number, scale = 1): tf.Tensor =>
  tf.mul(
    tf.tensor(
      numbers(
        shape.reduce((a, b) => a * b, 1),
        seed,
      ),
      shape,
    ),
    scale,
  );

async function matmul([m, k, n]: readonly [number, number, number], form: string): Promise<number> {
  const [ta, tb] = [form[0] === 'T', form[1] === 'T'];
  const a = random(ta ? [k, m] : [m, k], 1);
  const b = random(tb ? [n, k] : [k, n], 2);
  return medianMs(async () => {
    const out = tf.matMul(a, b, ta, tb);
    await out.data();
    out.dispose();
  });
}

/** Loss over variables; minimising it is one step of tf.train.adam. Slow ones are measured fewer times. */
async function steps(loss: () => tf.Scalar, slow: boolean): Promise<number> {
  const optimizer = tf.train.adam(1e-3);
  const go = async (): Promise<void> => {
    const value = optimizer.minimize(loss, true);
    await value?.data();
    value?.dispose();
  };
  return slow ? medianMs(go, 0.1, 1, 1) : medianMs(go);
}

const linear = (name: string, inputs: number, outputs: number, seed: number): ((x: tf.Tensor2D) => tf.Tensor2D) => {
  const w = tf.variable(random([inputs, outputs], seed, 1 / Math.sqrt(inputs)), true, `${name}.w`);
  const b = tf.variable(tf.zeros([outputs]), true, `${name}.b`);
  return (x) => tf.add(tf.matMul(x, w.as2D(inputs, outputs)), b);
};

function mlpLoss(): () => tf.Scalar {
  const [inputs, , , classes] = mlp.widths;
  const x = random([mlp.batch, inputs], 3).as2D(mlp.batch, inputs);
  const y = tf.oneHot(tf.tensor1d(integers(mlp.batch, classes, 4), 'int32'), classes);
  const layers = [0, 1, 2].map((i) => linear(`l${i}`, mlp.widths[i]!, mlp.widths[i + 1]!, 5 + i));
  return () => {
    let h = x;
    layers.forEach((layer, i) => (h = i < 2 ? tf.relu(layer(h)) : layer(h)));
    return tf.losses.softmaxCrossEntropy(y, h).asScalar();
  };
}

function neumfLoss(): () => tf.Scalar {
  const { users, items, dimension: d, layers: widths, positives, negatives } = neumf;
  const rows = positives * (1 + negatives);
  const u = tf.tensor1d(integers(rows, users, 1), 'int32');
  const i = tf.tensor1d(integers(rows, items, 2), 'int32');
  const y = tf.tensor1d(Float32Array.from({ length: rows }, (_, r) => (r % (1 + negatives) === 0 ? 1 : 0)));
  const table = (name: string, count: number, seed: number): tf.Variable =>
    tf.variable(random([count, d], seed, 0.01), true, name);
  const [gu, gi, mu, mi] = [table('gu', users, 3), table('gi', items, 4), table('mu', users, 5), table('mi', items, 6)];
  const tower = widths.map((width, at) => linear(`m${at}`, at === 0 ? 2 * d : widths[at - 1]!, width, 7 + at));
  const out = linear('o', d + widths[2], 1, 11);
  return () => {
    const gmf = tf.mul(tf.gather(gu!, u), tf.gather(gi!, i));
    let h: tf.Tensor2D = tf.concat([tf.gather(mu!, u), tf.gather(mi!, i)], 1).as2D(rows, 2 * d);
    for (const layer of tower) h = tf.relu(layer(h));
    const logits = out(tf.concat([gmf, h], 1).as2D(rows, d + widths[2])).as1D();
    return tf.losses.sigmoidCrossEntropy(y, logits).asScalar();
  };
}

/** Forward and gradients of a pre-norm encoder block, written with stock operations. */
async function blockGradients(length: number): Promise<number> {
  const { hidden, heads, inner, batch } = block;
  const d = hidden / heads;
  const weight = (rows: number, columns: number, seed: number): tf.Tensor =>
    random([rows, columns], seed, 1 / Math.sqrt(rows));
  const inputs: tf.Tensor[] = [
    random([batch, length, hidden], 1),
    weight(hidden, 3 * hidden, 2),
    weight(hidden, hidden, 3),
    weight(hidden, inner, 4),
    weight(inner, hidden, 5),
    tf.zeros([3 * hidden]),
    tf.zeros([hidden]),
    tf.zeros([inner]),
    tf.zeros([hidden]),
    tf.ones([hidden]),
    tf.zeros([hidden]),
    tf.ones([hidden]),
    tf.zeros([hidden]),
  ];
  const norm = (x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor => {
    const mean = tf.mean(x, -1, true);
    const centred = tf.sub(x, mean);
    const variance = tf.mean(tf.square(centred), -1, true);
    return tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, 1e-5))), gain), bias);
  };
  const apply = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor =>
    tf.add(tf.matMul(x.reshape([batch * length, -1]), w), b).reshape([batch, length, -1]);
  const gelu = (x: tf.Tensor): tf.Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  const forward = (...t: tf.Tensor[]): tf.Tensor => {
    const [x, qkvW, outW, upW, downW, qkvB, outB, upB, downB, gain1, bias1, gain2, bias2] = t;
    const qkv = apply(norm(x!, gain1!, bias1!), qkvW!, qkvB!)
      .reshape([batch, length, 3, heads, d])
      .transpose([2, 0, 3, 1, 4]);
    const [q, k, v] = [0, 1, 2].map((part) => tf.slice(qkv, [part, 0, 0, 0, 0], [1, -1, -1, -1, -1]).squeeze([0]));
    const scores = tf.mul(tf.matMul(q!, k!, false, true), 1 / Math.sqrt(d));
    const attended = tf.matMul(tf.softmax(scores), v!).transpose([0, 2, 1, 3]).reshape([batch, length, hidden]);
    const middle = tf.add(x!, apply(attended, outW!, outB!));
    const wide = gelu(apply(norm(middle, gain2!, bias2!), upW!, upB!));
    return tf.sum(tf.add(middle, apply(wide, downW!, downB!)));
  };
  const gradients = tf.grads((...tensors: tf.Tensor[]) => forward(...tensors));
  return medianMs(
    async () => {
      const found = gradients(inputs);
      await Promise.all(found.map((one) => one.data()));
      tf.dispose(found);
    },
    0.1,
    1,
    2,
  );
}
