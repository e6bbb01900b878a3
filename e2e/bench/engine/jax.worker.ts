// jax-js, as its users write it: one jitted step with value and gradient, and Adam written out.
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  nn,
  numpy as np,
  valueAndGrad,
  type Array as JaxArray,
} from '@jax-js/jax';
import { answerOrders, integers, medianMs, mlp, numbers } from './cases';

answerOrders(async (order) => {
  if (order.what !== 'mlp' || order.device === 'cpu') throw new Error(`jax-js is not asked for ${order.what}`);
  const devices = await init(order.device);
  if (!devices.includes(order.device)) throw new Error(`jax-js ${order.device} did not start`);
  defaultDevice(order.device);
  return { ms: await mlpStep(), more: {} };
});

const array = (shape: number[], seed: number, scale: number): JaxArray =>
  np
    .array(
      Float32Array.from(
        numbers(
          shape.reduce((a, b) => a * b, 1),
          seed,
        ),
        (v) => v * scale,
      ),
    )
    .reshape(shape);

async function mlpStep(): Promise<number> {
  const [inputs, , , classes] = mlp.widths;
  const x = array([mlp.batch, inputs], 3, 1);
  const y = nn.oneHot(np.array(integers(mlp.batch, classes, 4)), classes);
  let weights = [0, 1, 2].flatMap((i) => [
    array([mlp.widths[i]!, mlp.widths[i + 1]!], 5 + i, 1 / Math.sqrt(mlp.widths[i]!)),
    np.zeros([mlp.widths[i + 1]!]),
  ]);
  let first = weights.map((w) => np.zeros(w.shape));
  let second = weights.map((w) => np.zeros(w.shape));

  const loss = (w: JaxArray[], input: JaxArray, target: JaxArray): JaxArray => {
    let h = input;
    for (let i = 0; i < 3; i++) {
      h = np.matmul(h, w[2 * i]!).add(w[2 * i + 1]!);
      if (i < 2) h = nn.relu(h);
    }
    return nn
      .logSoftmax(h, -1)
      .mul(target)
      .sum()
      .mul(-1 / mlp.batch);
  };
  const step = jit((w: JaxArray[], m: JaxArray[], v: JaxArray[], input: JaxArray, target: JaxArray) => {
    const [value, gradients] = valueAndGrad(loss)(
      w.map((one) => one.ref),
      input,
      target,
    );
    const nextM = m.map((one, i) => one.mul(0.9).add(gradients[i]!.ref.mul(0.1)));
    const nextV = v.map((one, i) => one.mul(0.999).add(gradients[i]!.ref.mul(gradients[i]!).mul(0.001)));
    const nextW = w.map((one, i) => one.sub(nextM[i]!.ref.mul(1e-3).div(np.sqrt(nextV[i]!.ref).add(1e-8))));
    return [value, nextW, nextM, nextV] as [JaxArray, JaxArray[], JaxArray[], JaxArray[]];
  });
  return medianMs(
    async () => {
      const [value, nextW, nextM, nextV] = step(weights, first, second, x.ref, y.ref);
      [weights, first, second] = [nextW, nextM, nextV];
      await blockUntilReady(weights);
      await value.data();
    },
    0.6,
    2,
  );
}
