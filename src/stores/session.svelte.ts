// What all screens share outside a project: settings, the list of projects, this computer, storage. Live.
import { createContext } from 'svelte';
import type { Project, Settings } from '../contract/records';
import type { ReadyInfo, StorageInfo, StudioApi } from '../contract/studio';
import type { DeviceInfo } from '../contract/train';
import { keys } from './keys.svelte';
import { theme } from './theme.svelte';

const deviceAfterMs = 3000;

function pick({ backend, adapter, threads, selfTest }: DeviceInfo): Partial<ReadyInfo> {
  return { backend, adapter, threads, selfTest };
}

export class Session {
  readonly studio: StudioApi;
  settings: Settings | null = $state.raw(null);
  projects: Project[] | null = $state.raw(null);
  ready: ReadyInfo | null = $state.raw(null);
  storage: StorageInfo | null = $state.raw(null);
  error: unknown = $state.raw(null);

  device: DeviceInfo | null = $state.raw(null);
  #asking = false;

  constructor(studio: StudioApi) {
    this.studio = studio;
  }

  /** Reads all, follows changes; returns the way to stop. */
  open(): () => void {
    const fail = (error: unknown) => (this.error = error);
    void this.#readSettings().catch(fail);
    void this.#readProjects().catch(fail);
    void this.readStorage();
    // The engine is heavy to load: first use comes before knowing the device, unless a project opens.
    const later = setTimeout(() => this.readDevice(), deviceAfterMs);
    const timer = setInterval(() => void this.readStorage(), 30_000);
    const stop = this.studio.onChange(({ stores }) => {
      if (stores.includes('projects')) void this.#readProjects().catch(fail);
      if (stores.includes('device') && this.ready) this.readDevice();
      if (stores.includes('settings')) void this.#readSettings().then(() => this.ready && this.readDevice(), fail);
      if (
        stores.some(
          (store) => store === 'datasets' || store === 'models' || store === 'projects' || store === 'storage',
        )
      )
        void this.readStorage();
    });
    return () => {
      stop();
      clearInterval(timer);
      clearTimeout(later);
    };
  }
  /** What trains here; asked for at once when a project opens. */
  readDevice(): void {
    if (this.#asking) return;
    this.#asking = true;
    void this.studio
      .ready()
      .then(async (ready) => {
        this.ready = ready;
        this.device = await this.studio.engine.device();
        this.ready = { ...ready, ...pick(this.device) };
      })
      .catch((error: unknown) => (this.error = error))
      .finally(() => (this.#asking = false));
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
