// Whether the studio opens without a network, and whether a newer build waits: client/updates, made reactive.
import { updates } from '../client/updates';

class Install {
  offlineReady: boolean = $state(updates.offlineReady);
  updateWaiting: boolean = $state(updates.updateWaiting);
  online: boolean = $state(navigator.onLine);

  constructor() {
    updates.onChange(() => {
      this.offlineReady = updates.offlineReady;
      this.updateWaiting = updates.updateWaiting;
    });
    addEventListener('online', () => (this.online = true));
    addEventListener('offline', () => (this.online = false));
  }
  /** Takes the new build; false while some tab works. */
  apply(): Promise<boolean> {
    return updates.apply();
  }
}

export const install = new Install();
