// Whether a device can still compute. Computes nothing and waits for nothing.
import type { Device } from './device';

/** A device that failed says so at the first word. */
export function answers(device: Device): boolean {
  try {
    const session = device.session();
    session.ensure('alive', 1);
    session.dispose();
    return true;
  } catch {
    return false;
  }
}
