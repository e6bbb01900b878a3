// Mixed precision as storage: numbers pass through 16 bits between kernels, forward and backward, while sums stay in 32
// bits. Gradients beyond 65,504 become infinite there, which is what loss scaling watches for (loss-scale.ts).
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { packHalf, unpackHalf } from '../kernels/half';
import { call } from '../tape/call';

const format = 'f16';

/** x as 16-bit floats hold it; its gradient likewise. Any shape. Only while a plan is recorded. */
export function halfRounded(x: Tensor): Tensor {
  const run = engine().customGrad((given) => {
    if (typeof given === 'function') throw new Error('Rounding takes one tensor.');
    return { value: rounded(given), gradFunc: (dy: Tensor) => rounded(dy) };
  });
  return run(x);
}

function rounded(x: Tensor): Tensor {
  const packed = call(packHalf, [x], { format })[0]!;
  return call(unpackHalf, [packed], { format, shape: x.shape })[0]!;
}
