// Whether the page or the run comes first, as the settings say, also when they change while a run trains.
import { onChange } from '../src/storage/changes';
import { getSettings } from '../src/storage/settings';
import type { Backends } from './backends/start';

/** Applies the setting "full speed" now and at every change. Returns the way to stop. */
export function followSettings(backends: Pick<Backends, 'setFullSpeed'>): () => void {
  const apply = (): void => {
    getSettings()
      .then(({ fullSpeed }) => backends.setFullSpeed(fullSpeed))
      // Settings that cannot be read leave what was.
      .catch(() => undefined);
  };
  apply();
  return onChange(({ stores }) => {
    if (stores.includes('settings')) apply();
  });
}
