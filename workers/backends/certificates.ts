// The truth tests of this computer's backends as they are stored. Speed is in speed.ts, variants in tuning-table.ts.
import type { Certificate } from '../../src/contract/engine';
import type { BackendName } from '../../src/contract/records';
import { getFact, putFact } from '../../src/storage/facts';

const certificateName = (backend: BackendName, adapter: string): string => `certificate ${backend} ${adapter}`;

/**
 * What was found of this adapter, or null where nothing was tested with this build; with `variants`, only where it were
 * these that were tested.
 */
export async function storedCertificate(
  backend: BackendName,
  adapter: string,
  build: string,
  variants?: string,
): Promise<Certificate | null> {
  const found = (await getFact(certificateName(backend, adapter)).catch(() => null))?.value;
  if (!isCertificate(found) || found.build !== build) return null;
  return variants === undefined || (found.variants ?? '') === variants ? found : null;
}

/** Without storage it is tested again next time. */
export async function keepCertificate(backend: BackendName, adapter: string, certificate: Certificate): Promise<void> {
  await putFact(certificateName(backend, adapter), certificate).catch(() => undefined);
}

function isCertificate(value: unknown): value is Certificate {
  return (
    typeof value === 'object' &&
    value !== null &&
    'build' in value &&
    'checks' in value &&
    Array.isArray(value.checks) &&
    'replaced' in value &&
    Array.isArray(value.replaced)
  );
}
