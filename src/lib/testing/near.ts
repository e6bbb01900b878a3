// Deep comparison with a tolerance, for figures against a reference. Only tests import this.
import { expect } from 'vitest';

/** Every number in `wanted` is met to `tolerance`, absolute; everything else exactly. `got` may hold more keys. */
export function expectNear(got: unknown, wanted: unknown, tolerance = 1e-6, path = ''): void {
  if (typeof wanted === 'number') {
    expect(typeof got, path).toBe('number');
    expect(Math.abs(Number(got) - wanted), `${path}: ${String(got)} is not ${wanted}`).toBeLessThanOrEqual(tolerance);
  } else if (Array.isArray(wanted)) {
    expect(Array.isArray(got) ? got.length : null, path).toBe(wanted.length);
    wanted.forEach((value, index) => expectNear((got as unknown[])[index], value, tolerance, `${path}[${index}]`));
  } else if (wanted !== null && typeof wanted === 'object') {
    expect(got !== null && typeof got === 'object', path).toBe(true);
    for (const [key, value] of Object.entries(wanted))
      expectNear((got as Record<string, unknown>)[key], value, tolerance, `${path}.${key}`);
  } else expect(got, path).toBe(wanted);
}
