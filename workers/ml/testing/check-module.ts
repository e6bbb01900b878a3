// The gradient of a whole module against central differences, in 64 bits on the reference device. Only tests import this.
import { openCpuDevice } from '../../backends/cpu-device';
import { record } from '../../tape/record';
import type { Parameters } from '../parameters';
import { StepContext, withSegments, type Lookup, type StepInputs } from '../step-context';
import type { LossFunction } from '../step-plan';

/** Largest difference between the gradients of up to `samples` numbers of each parameter, over the largest gradient. */
export async function moduleGradientError(
  parameters: Parameters,
  loss: LossFunction,
  inputs: StepInputs,
  { seed = 1, samples = 6, sizes = {} }: { seed?: number; samples?: number; sizes?: Record<string, number> } = {},
): Promise<number> {
  const layout = parameters.layout();
  const lookups: Lookup[] = [];
  const plan = record((r) => {
    const context = new StepContext(r, parameters, sizes, true);
    const value = loss(context);
    const weights = layout.dense.map(({ name }) => context.weight(name));
    const gradients = r.gradients(value, weights);
    r.output('loss', value);
    gradients.forEach((gradient, i) => r.output(layout.dense[i]!.name, gradient));
    lookups.push(...context.lookups.values());
  });
  const session = openCpuDevice({ precision: 'float64' }).session();
  parameters.write(session, parameters.initial(seed));
  const prepared = await session.prepare(plan);
  for (const [name, data] of Object.entries(withSegments(inputs, lookups))) session.write(name, data);
  const run = async (): Promise<number> => {
    await prepared.run();
    return session.outputNumbers(prepared, 'loss')[0]!;
  };
  await run();
  const found = layout.dense.map(({ name }) => session.outputNumbers(prepared, name));
  let worst = 0;
  let largest = 0;
  for (const [k, { slab, offset, words }] of layout.dense.entries())
    for (let i = 0; i < words; i += Math.max(1, Math.floor(words / samples))) {
      const place = session.numbers(slab, 'float32', offset + i, 1);
      const kept = place[0]!;
      const h = 1e-5;
      place[0] = kept + h;
      const above = await run();
      place[0] = kept - h;
      const below = await run();
      place[0] = kept;
      const slope = (above - below) / (2 * h);
      worst = Math.max(worst, Math.abs(slope - found[k]![i]!));
      largest = Math.max(largest, Math.abs(slope));
    }
  return worst / largest;
}
