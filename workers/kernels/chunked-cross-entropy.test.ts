// In chunks or at once: the same loss, rows' losses and gradients, whatever is smoothed, weighed or ignored.
import { expect, it } from 'vitest';
import { openCpuDevice } from '../backends/cpu-device';
import { Rng } from '../../src/lib/rng';
import { record } from '../tape/record';
import { chunkedCrossEntropy } from './chunked-cross-entropy';
import { crossEntropy } from './cross-entropy';
import { linear } from './linear';

const [rows, hidden, classes] = [6, 5, 37];
const rng = new Rng(3);
const normal = (size: number): Float32Array => Float32Array.from({ length: size }, () => rng.normal());
const inputs = {
  x: normal(rows * hidden),
  w: normal(classes * hidden),
  y: Int32Array.of(3, 36, 4, 0, 12, -100),
  classWeights: normal(classes).map(Math.abs),
  sampleWeights: normal(rows).map(Math.abs),
};

it.each([
  { labelSmoothing: 0.2 },
  { labelSmoothing: 0.1, ignoreIndex: 4, reduction: 'sum' as const },
  { labelSmoothing: 0.1, weighed: true },
  { weighed: true },
])('equals cross-entropy of a product: %o', async ({ weighed = false, ...options }) => {
  const session = openCpuDevice({ precision: 'float64' }).session();
  const plan = record((r) => {
    const x = r.input('x', [rows, hidden]);
    const w = r.input('w', [classes, hidden]);
    const y = r.input('y', [rows], 'int32');
    const more = weighed
      ? { classWeights: r.input('classWeights', [classes]), sampleWeights: r.input('sampleWeights', [rows]) }
      : {};
    const chunked = chunkedCrossEntropy(x, w, y, { ...options, ...more, chunk: 10 });
    const whole = crossEntropy(linear(x, w, undefined, { weightLayout: 'out-in' }), y, { ...options, ...more });
    for (const [name, { loss, losses }] of Object.entries({ chunked, whole })) {
      const [dx, dw] = r.gradients(loss, [x, w]);
      for (const [what, tensor] of Object.entries({ loss, losses, dx, dw }))
        if (tensor) r.output(`${name} ${what}`, tensor);
    }
  });
  const prepared = await session.prepare(plan);
  for (const [name, data] of Object.entries(inputs))
    if (plan.arrays.some((array) => array.name === name)) session.write(name, data);
  await prepared.run();
  for (const what of ['loss', 'losses', 'dx', 'dw']) {
    const expected = await session.output(prepared, `whole ${what}`);
    const found = await session.output(prepared, `chunked ${what}`);
    expect(expected.some((value) => value !== 0)).toBe(true);
    expected.forEach((value, i) => expect(found[i]!, `${what} ${i}`).toBeCloseTo(value, 6));
  }
});
