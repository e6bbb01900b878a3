// The settings as the facade gives them: every value checked before it is stored. A backend holds from the next run on.
import { FormatError } from '../contract/errors';
import type { Settings } from '../contract/records';
import { readModelHost } from '../../scripts/model-host.mjs';
import type { StudioApi } from '../contract/studio';
import { changeSettings, getSettings } from '../storage/settings';

const backends: readonly string[] = ['auto', 'webgpu', 'wasm', 'cpu'];
const themes: readonly string[] = ['system', 'light', 'dark'];

type Check = (value: unknown) => string | null;
const checks: Readonly<Record<keyof Settings, Check>> = {
  backend: (value) => (backends.includes(String(value)) ? null : `one of ${backends.join(', ')}`),
  theme: (value) => (themes.includes(String(value)) ? null : `one of ${themes.join(', ')}`),
  modelHost: (value) => {
    const { refusal } = readModelHost(value);
    return refusal && `empty, or exact addresses such as https://models.example: ${refusal}`;
  },
  author: (value) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= 100 ? null : 'a name of 1 to 100 characters',
  resumeInterrupted: (value) => (typeof value === 'boolean' ? null : 'true or false'),
  fullSpeed: (value) => (typeof value === 'boolean' ? null : 'true or false'),
  wakeLock: (value) => (typeof value === 'boolean' ? null : 'true or false'),
  keys: (value) => (isKeys(value) ? null : 'a key combination (up to 40 characters) for each act'),
};

/** `onModelHost` makes the policy follow; it is told after the setting is stored. */
export function createSettings(
  onModelHost: (modelHost: string) => Promise<void> = () => Promise.resolve(),
): StudioApi['settings'] {
  return {
    get: getSettings,
    async set(change) {
      const settings = await changeSettings(checkedSettings(change));
      if (change.modelHost !== undefined) await onModelHost(settings.modelHost);
      return settings;
    },
  };
}

/** The change as it may be stored; rejects with FormatError naming every wrong or unknown setting. */
export function checkedSettings(change: Partial<Settings>): Partial<Settings> {
  if (typeof change !== 'object' || change === null)
    throw new FormatError('Settings are given as an object, for example { backend: "wasm" }.');
  const wrong: string[] = [];
  for (const [name, value] of Object.entries(change)) {
    const check = isSetting(name) ? checks[name] : null;
    if (!check) wrong.push(`there is no setting "${name}" (known: ${Object.keys(checks).join(', ')})`);
    else {
      const wanted = check(value);
      if (wanted) wrong.push(`${name} must be ${wanted}`);
    }
  }
  if (wrong.length) throw new FormatError(`Settings not changed: ${wrong.join('; ')}.`);
  return {
    ...change,
    ...(typeof change.author === 'string' ? { author: change.author.trim() } : {}),
    ...(typeof change.modelHost === 'string' ? { modelHost: readModelHost(change.modelHost).origins.join(' ') } : {}),
  };
}

function isSetting(name: string): name is keyof Settings {
  return Object.hasOwn(checks, name);
}

function isKeys(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((key) => typeof key === 'string' && key.length <= 40)
  );
}
