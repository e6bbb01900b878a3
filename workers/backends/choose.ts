// Which backend a run gets. By itself: a real graphics adapter, else wasm, else cpu; by hand: what was asked,
// also a software adapter, or a refusal that says why not.
import { DeviceError } from '../../src/contract/errors';
import type { BackendChoice } from '../../src/contract/records';
import type { BackendFact } from './types';

export function chooseBackend(choice: BackendChoice, facts: BackendFact[]): BackendFact {
  if (choice === 'auto') {
    const best = facts.find((fact) => fact.usable && !fact.software);
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
