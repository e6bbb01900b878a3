// What the tape makes of model code: tfjs's operations and ours mixed, tied weights, accumulation, recomputation.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { replayOnce } from '../backends/testing/replay';
import { tanh } from '../kernels/activations';
import { add, multiply } from '../kernels/arithmetic';
import { matMul } from '../kernels/matmul';
import { mean, sum } from '../kernels/sum';
import { layOutArena, livesOf } from './liveness';
import { record } from './record';
import { recompute } from './recompute';

const values = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(i * 12.9 + seed));

/** Compares the gradients a model records with central differences of its loss. */
async function expectRightGradients(shapes: Record<string, number[]>, model: (x: tf.Tensor[]) => tf.Tensor) {
  const names = Object.keys(shapes);
  const plan = record((r) => {
    const inputs = names.map((name) => r.input(name, shapes[name]!));
    const loss = model(inputs);
    r.output('loss', loss);
    r.gradients(loss, inputs).forEach((gradient, i) => r.output(`gradient of ${names[i]!}`, gradient));
  });
  const at: Record<string, number[]> = {};
  names.forEach((name, i) => {
    at[name] = values(
      shapes[name]!.reduce((product, size) => product * size, 1),
      i,
    );
  });
  const lossAt = async (name: string, index: number, step: number): Promise<number> => {
    const moved = { ...at, [name]: at[name]!.map((x, i) => (i === index ? x + step : x)) };
    return (await replayOnce(plan, moved))['loss']![0]!;
  };
  const found = await replayOnce(plan, at);
  for (const name of names)
    for (const [index, gradient] of found[`gradient of ${name}`]!.entries()) {
      const difference = ((await lossAt(name, index, 1e-5)) - (await lossAt(name, index, -1e-5))) / 2e-5;
      expect(gradient).toBeCloseTo(difference, 6);
    }
  return plan;
}

describe('gradients', () => {
  it('go through operations of tfjs', async () => {
    await expectRightGradients({ x: [3, 4], w: [4, 2], b: [2] }, ([x, w, b]) => {
      const y = tf.add(tf.matMul(x!, w!), b!);
      const z = tf.concat([tf.sigmoid(y), tf.mul(y, 0.5)], 1);
      const cut = tf.slice(tf.transpose(z), [1, 0], [2, 3]);
      return tf.mean(
        tf.square(
          tf.sub(
            tf.reshape(
              tf.pad(cut, [
                [1, 0],
                [0, 1],
              ]),
              [12],
            ),
            tf.scalar(0.3),
          ),
        ),
      );
    });
  });

  it('of quotients, roots, exponentials and partial sums are right', async () => {
    await expectRightGradients({ x: [2, 3], w: [3] }, ([x, w]) => {
      const positive = tf.exp(tf.neg(x!));
      const scaled = tf.div(positive, tf.sqrt(tf.sum(tf.square(x!), 1, true)));
      return tf.sum(tf.mul(tf.log(tf.add(scaled, 1)), tf.mean(w!)));
    });
  });

  it('of a parameter used twice are added', async () => {
    await expectRightGradients({ x: [3, 3], w: [3, 3] }, ([x, w]) =>
      mean(multiply(matMul(tanh(matMul(x!, w!)), w!), add(w!, w!))),
    );
  });

  it('are the same where a block is recomputed', async () => {
    const layer = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => tanh(matMul(tanh(matMul(tanh(x), w)), w));
    const shapes = { x: [4, 3], w: [3, 3], v: [3, 3] };
    const kept = await expectRightGradients(shapes, ([x, w, v]) => sum(layer(layer(x!, w!), v!)));
    const again = await expectRightGradients(shapes, ([x, w, v]) =>
      sum(recompute(layer, [recompute(layer, [x!, w!]), v!])),
    );
    const at = { x: values(12, 1), w: values(9, 2), v: values(9, 3) };
    expect(await replayOnce(again, at, 'float32')).toEqual(await replayOnce(kept, at, 'float32'));
    expect(again.calls.length).toBeGreaterThan(kept.calls.length);
  });

  it('need memory for one block at a time where blocks are recomputed', () => {
    const wordsOf = (depth: number, recomputed: boolean): number => {
      const block = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => {
        let h = x;
        for (let i = 0; i < 8; i++) h = tanh(multiply(h, w));
        return h;
      };
      const plan = record((r) => {
        let h = r.input('x', [1000]);
        const w = r.input('w', [1000]);
        for (let i = 0; i < depth; i++) h = recomputed ? recompute(block, [h, w]) : block(h, w);
        r.gradients(sum(h), [w], [r.persistent('gradients', 0, [1000])]);
      });
      return layOutArena(livesOf(plan)).words;
    };
    expect(wordsOf(8, false)).toBeGreaterThan(60_000);
    expect(wordsOf(8, true)).toBeLessThan(30_000);
    expect(wordsOf(9, true) - wordsOf(8, true)).toBeLessThan(2100);
  });
});
