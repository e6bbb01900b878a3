// Tuning before a run needs it. Loads neither kernels nor TensorFlow.js where there is nothing to tune.
import { AbortError } from '../../src/contract/errors';
import type { BackendChoice } from '../../src/contract/records';
import type { Backends } from './start';

/**
 * What the first run on a graphics adapter would have to do first, done while nobody waits: its variants are timed where
 * that was not done, and before that the speeds are measured where names would decide. True where there is a table
 * afterwards. Rejects with AbortError as soon as the signal calls it off, when nothing is kept of what was not finished,
 * and with DeviceError where the adapter does not start.
 */
export async function tuneAhead(backends: Backends, choice: BackendChoice, signal: AbortSignal): Promise<boolean> {
  const tunable = async (): Promise<boolean> => {
    if (signal.aborted) throw new AbortError();
    const { backend, software } = await backends.choose(choice);
    return backend === 'webgpu' && !software;
  };
  if (!(await tunable())) return false;
  if (choice === 'auto') {
    await backends.probe();
    if (!(await tunable())) return false;
  }
  return (await backends.tuned(await backends.opened('webgpu'), signal)) !== null;
}
