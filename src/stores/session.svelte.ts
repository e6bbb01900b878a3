// What all screens share outside a project: settings, the list of projects, this computer, storage. Live.
import { createContext } from 'svelte';
import type { Project, Settings } from '../contract/records';
import type { ReadyInfo, StorageInfo, StudioApi } from '../contract/studio';
import { keys } from './keys.svelte';
import { theme } from './theme.svelte';

export class Session {
  readonly studio: StudioApi;
  settings: Settings | null = $state.raw(null);
  projects: Project[] | null = $state.raw(null);
  ready: ReadyInfo | null = $state.raw(null);
  storage: StorageInfo | null = $state.raw(null);
  error: unknown = $state.raw(null);

  constructor(studio: StudioApi) {
    this.studio = studio;
  }

  /** Reads all, follows changes; returns the way to stop. */
  open(): () => void {
    const fail = (error: unknown) => (this.error = error);
    const readDevice = () => this.studio.ready().then((ready) => (this.ready = ready), fail);
    void this.#readSettings().catch(fail);
    void this.#readProjects().catch(fail);
    void readDevice();
    void this.readStorage();
    const timer = setInterval(() => void this.readStorage(), 30_000);
    const stop = this.studio.onChange(({ stores }) => {
      if (stores.includes('projects')) void this.#readProjects().catch(fail);
      if (stores.includes('settings')) void this.#readSettings().then(readDevice, fail);
      if (stores.some((store) => store === 'datasets' || store === 'models' || store === 'projects'))
        void this.readStorage();
    });
    return () => {
      stop();
      clearInterval(timer);
    };
  }
  async readStorage(): Promise<void> {
    try {
      this.storage = await this.studio.storage.info();
    } catch (error) {
      this.error = error;
    }
  }
  async set(change: Partial<Settings>): Promise<void> {
    this.settings = await this.studio.settings.set(change);
    this.#apply();
  }
  async #readSettings(): Promise<void> {
    this.settings = await this.studio.settings.get();
    this.#apply();
  }
  async #readProjects(): Promise<void> {
    this.projects = (await this.studio.projects.list()).toSorted((a, b) => b.openedAt - a.openedAt);
  }
  #apply(): void {
    if (!this.settings) return;
    keys.own = this.settings.keys;
    if (theme.choice !== this.settings.theme) theme.choice = this.settings.theme;
  }
}

export const [useSession, provideSession] = createContext<Session>();
