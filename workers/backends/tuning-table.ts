// Reading and making tables of chosen variants (their shape is the contract's TuningTable). A table lies beside a
// device's facts; a run and its checkpoints hold a copy, and tuning again never changes that run's numbers.
import type { TuningTable } from '../../src/contract/engine';
import { getFact, putFact } from '../../src/storage/facts';

/** Raised when variants or size classes change their meaning: older tables are measured anew. */
export const tuningVersion = 1;

/** The chosen variant, or null where the table (or the entry) is missing. */
export function variantIn(table: TuningTable | null, kernel: string, sizeClass: string): string | null {
  return table?.entries.find((entry) => entry.kernel === kernel && entry.sizeClass === sizeClass)?.variant ?? null;
}

const factName = (backend: string, adapter: string): string => `tuning ${backend} ${adapter}`;

/** What was measured on this adapter, or null where nothing was, or by another version. */
export async function storedTuning(backend: TuningTable['backend'], adapter: string): Promise<TuningTable | null> {
  const fact = await getFact(factName(backend, adapter)).catch(() => null);
  const table = fact?.value;
  return isTable(table) && table.backend === backend && table.version === tuningVersion ? table : null;
}

export async function storeTuning(adapter: string, table: TuningTable): Promise<void> {
  await putFact(factName(table.backend, adapter), table, table.at);
}

function isTable(value: unknown): value is TuningTable {
  return (
    typeof value === 'object' &&
    value !== null &&
    'backend' in value &&
    'version' in value &&
    'entries' in value &&
    Array.isArray(value.entries)
  );
}
