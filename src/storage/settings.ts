// The one record of choices. Unknown or missing fields of an older build are filled from the defaults.
import type { Settings } from '../contract/records';
import { openStudio } from './open';
import { write } from './transact';

const key = 'settings';

export const defaultSettings: Settings = {
  backend: 'auto',
  modelHost: '',
  theme: 'system',
  author: 'me',
  resumeInterrupted: false,
  fullSpeed: false,
  wakeLock: false,
  keys: {},
};

export async function getSettings(): Promise<Settings> {
  const db = await openStudio();
  return { ...defaultSettings, ...(await db.get('settings', key)) };
}

/** Merges `change` over what is stored, in one transaction, and gives the whole. */
export async function changeSettings(change: Partial<Settings>): Promise<Settings> {
  return await write(['settings'], async (tx) => {
    const store = tx.objectStore('settings');
    const settings: Settings = { ...defaultSettings, ...(await store.get(key)), ...change };
    await store.put(settings, key);
    return settings;
  });
}
