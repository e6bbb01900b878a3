// Storage as the user sees it: how much, of what kind, whether the browser keeps it, and what went wrong last.
import type { StorageInfo, StudioApi } from '../contract/studio';
import { usageByKind } from '../storage/usage';

/** `problem` says what is wrong with storage now, or null. */
export function createStorage(problem: () => string | null): StudioApi['storage'] {
  return {
    async info(): Promise<StorageInfo> {
      const manager = storageManager();
      const unknown: StorageEstimate = {};
      const [estimate, persisted, byKind] = await Promise.all([
        manager?.estimate().catch(() => unknown) ?? unknown,
        manager?.persisted?.().catch(() => false) ?? false,
        usageByKind(),
      ]);
      const counted = Object.values(byKind).reduce((a, b) => a + b, 0);
      return {
        usedBytes: estimate.usage ?? counted,
        quotaBytes: estimate.quota ?? 0,
        persisted,
        byKind,
        problem: problem(),
      };
    },
    persist: askToPersist,
  };
}

/** True when the browser keeps the data even if space runs short. Safe to ask again. */
export async function askToPersist(): Promise<boolean> {
  const manager = storageManager();
  if (!manager?.persist) return false;
  return (await manager.persisted()) || (await manager.persist());
}

function storageManager(): StorageManager | null {
  return typeof navigator !== 'undefined' && 'storage' in navigator ? navigator.storage : null;
}
