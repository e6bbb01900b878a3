// Which backend a run gets. By itself: the fastest of those that were measured; where nothing was, a real graphics
// adapter, else wasm, else cpu. By hand: what was asked, also a slow one, or a refusal that says why not.
import { DeviceError } from '../../src/contract/errors';
import type { BackendChoice } from '../../src/contract/records';
import type { BackendFact } from './types';

/** `facts` in the order of preference where nothing was measured. Throws DeviceError where none can start. */
export function chooseBackend(choice: BackendChoice, facts: readonly BackendFact[]): BackendFact {
  if (choice === 'auto') {
    const best = ranked(facts)[0];
    if (best) return best;
    throw new DeviceError('No backend can start in this browser. Use a current Chromium, Firefox or Safari.');
  }
  const asked = facts.find((fact) => fact.backend === choice);
  if (asked?.usable) return asked;
  const reason = asked?.reason ?? 'it is not known here.';
  throw new DeviceError(
    `The backend ${choice}, chosen in Settings, cannot start: ${reason} Choose "auto" or another backend in Settings.`,
  );
}

/**
 * Usable backends, the best first. A software adapter counts only once it was measured, and what was not measured goes
 * by its place in the list.
 */
export function ranked(facts: readonly BackendFact[]): BackendFact[] {
  const candidates = facts.filter((fact) => fact.usable && (!fact.software || fact.speed));
  const measured = candidates.filter((fact) => fact.speed);
  measured.sort((a, b) => (b.speed?.gflops ?? 0) - (a.speed?.gflops ?? 0));
  // The measured ones share their places in the list among themselves, fastest first.
  return candidates.map((fact) => (fact.speed ? (measured.shift() ?? fact) : fact));
}

/** Whether a measurement would tell more than names: two backends that could do the work, and one not yet measured. */
export function needsProbe(facts: readonly BackendFact[]): boolean {
  const rivals = facts.filter((fact) => fact.usable && fact.backend !== 'cpu');
  return rivals.length > 1 && rivals.some((fact) => !fact.speed);
}
