// A plan run once on the reference device, for tests of what was recorded.
import type { Plan } from '../../tape/plan';
import { openCpuDevice } from '../cpu-device';

/** Outputs by name. `values` are inputs and slabs by name; `precision` as of the device. */
export async function replayOnce(
  plan: Plan,
  values: Readonly<Record<string, readonly number[]>> = {},
  precision: 'float32' | 'float64' = 'float64',
): Promise<Record<string, number[]>> {
  const session = openCpuDevice({ precision }).session();
  const prepared = await session.prepare(plan);
  for (const [name, list] of Object.entries(values)) {
    const integers = plan.arrays.find((array) => array.name === name)?.dtype === 'int32';
    session.numbers(name, integers ? 'int32' : 'float32', 0, list.length).set(list);
  }
  await prepared.run();
  const outputs = Object.keys(plan.outputs).map((name) => [name, Array.from(session.outputNumbers(prepared, name))]);
  return Object.fromEntries(outputs);
}
