// Stock tfjs as its users write an encoder: eager operations, tf.train.adam, its own kernels and gradients. Nothing of ours.
// Weights are random: only the time counts.
/// <reference types="vite/client" />
import '@tensorflow/tfjs-backend-cpu';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import wasmSimdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { answerOrders, batch, classes, medianMs } from './cases';

/** MiniLM's. */
const [vocabulary, hidden, layers, heads, inner] = [30522, 384, 6, 12, 1536];

answerOrders(async (order) => {
  if (order.what !== 'train' && order.what !== 'forward') throw new Error(`stock tfjs is not asked for ${order.what}`);
  setWasmPaths({
    'tfjs-backend-wasm.wasm': wasmSimdUrl,
    'tfjs-backend-wasm-simd.wasm': wasmSimdUrl,
    'tfjs-backend-wasm-threaded-simd.wasm': wasmSimdUrl,
  });
  // Its threads start from blob addresses; it would use half of the cores, which is one here.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setThreadsCount(1);
  if (!(await tf.setBackend('wasm'))) throw new Error('stock wasm did not start');
  const pooled = encoder(order.length);
  if (order.what === 'forward') {
    const ms = await medianMs(
      async () => {
        const out = tf.tidy(pooled);
        await out.data();
        out.dispose();
      },
      0.5,
      1,
      1,
    );
    return { ms, more: {} };
  }
  const head = dense('head', hidden, classes);
  const labels = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: batch }, (_, i) => (7 * i) % classes),
      'int32',
    ),
    classes,
  );
  const optimizer = tf.train.adam(1e-6);
  const ms = await medianMs(
    async () => {
      const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, head(pooled())).asScalar(), true);
      await loss?.data();
      loss?.dispose();
    },
    0.5,
    1,
    1,
  );
  return { ms, more: {} };
});

type Map2 = (x: tf.Tensor2D) => tf.Tensor2D;

const weight = (name: string, shape: number[]): tf.Variable => tf.variable(tf.randomNormal(shape, 0, 0.02), true, name);

function dense(name: string, inputs: number, outputs: number): Map2 {
  const w = weight(`${name}.w`, [inputs, outputs]);
  const b = weight(`${name}.b`, [outputs]);
  return (x) => tf.add(tf.matMul(x, w.as2D(inputs, outputs)), b);
}

function norm(name: string): Map2 {
  const gain = weight(`${name}.g`, [hidden]);
  const bias = weight(`${name}.b`, [hidden]);
  return (x) => {
    const centred = tf.sub(x, tf.mean(x, 1, true));
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-12));
    return tf.add(tf.mul(tf.mul(centred, scale), gain), bias);
  };
}

/** Pooled vectors of `batch` full rows of random tokens. */
function encoder(length: number): () => tf.Tensor2D {
  const [places, size] = [batch * length, hidden / heads];
  const table = weight('words', [vocabulary, hidden]);
  const positions = weight('positions', [length, hidden]);
  const first = norm('first');
  const ids = tf.randomUniform([places], 1000, vocabulary, 'int32').as1D();
  const blocks = Array.from({ length: layers }, (_, i) => ({
    q: dense(`q${i}`, hidden, hidden),
    k: dense(`k${i}`, hidden, hidden),
    v: dense(`v${i}`, hidden, hidden),
    out: dense(`out${i}`, hidden, hidden),
    up: dense(`up${i}`, hidden, inner),
    down: dense(`down${i}`, inner, hidden),
    one: norm(`one${i}`),
    two: norm(`two${i}`),
  }));
  const split = (x: tf.Tensor2D): tf.Tensor4D => tf.transpose(x.as4D(batch, length, heads, size), [0, 2, 1, 3]);
  const gelu: Map2 = (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  return () => {
    const words = tf.gather(table, ids).as3D(batch, length, hidden);
    let x = first(tf.add(words, positions).as2D(places, hidden));
    for (const { q, k, v, out, up, down, one, two } of blocks) {
      const scores = tf.mul(tf.matMul(split(q(x)), split(k(x)), false, true), 1 / Math.sqrt(size));
      const seen = tf.matMul(tf.softmax(scores), split(v(x)));
      x = one(tf.add(out(tf.transpose(seen, [0, 2, 1, 3]).as2D(places, hidden)), x));
      x = two(tf.add(down(gelu(up(x))), x));
    }
    return tf.mean(x.as3D(batch, length, hidden), 1).as2D(batch, hidden);
  };
}
