// The bases of this browser as their screen shows them: the list, which runs began with each, and what is being added or
// fetched. Live. A download goes on when the screen is left, and the bar shows it.
import { createContext } from 'svelte';
import type { Base, BaseProgress } from '../contract/bases';
import type { HubDownload, HubProgress } from '../contract/hub';
import type { Run } from '../contract/records';
import type { StudioApi } from '../contract/studio';
import type { Jobs } from './jobs.svelte';
import { toasts } from './toasts.svelte';

const watched: ReadonlySet<string> = new Set(['bases', 'runs', 'projects', 'hubDownloads']);

export class Bases {
  list: Base[] | null = $state.raw(null);
  /** Runs that began with a base, by its id. */
  uses: Readonly<Record<string, Run[]>> = $state.raw({});
  downloads: HubDownload[] = $state.raw([]);
  error: unknown = $state.raw(null);
  /** What is being added from a drop. */
  adding: { name: string; progress: BaseProgress | null } | null = $state.raw(null);
  addError: unknown = $state.raw(null);
  /** The download under way, by the name it was asked with. */
  fetching: { name: string; progress: HubProgress | null } | null = $state.raw(null);
  fetchError: unknown = $state.raw(null);
  #abort: AbortController | null = null;
  readonly #studio: StudioApi;
  readonly #jobs: Jobs;

  constructor(studio: StudioApi, jobs: Jobs) {
    this.#studio = studio;
    this.#jobs = jobs;
  }
  /** Reads all and follows changes; returns the way to stop. */
  open(): () => void {
    void this.read();
    return this.#studio.onChange(({ stores }) => {
      if (stores.some((store) => watched.has(store))) void this.read();
    });
  }
  async read(): Promise<void> {
    try {
      this.list = await this.#studio.bases.list();
      this.downloads = await this.#studio.bases.downloads();
      const projects = await this.#studio.projects.list();
      const runs = (await Promise.all(projects.map(({ id }) => this.#studio.runs.list(id)))).flat();
      const uses: Record<string, Run[]> = {};
      for (const run of runs) {
        const id = run.base?.id ?? run.recipe.config['base'];
        if (typeof id === 'string') uses[id] = [...(uses[id] ?? []), run];
      }
      this.uses = uses;
      this.error = null;
    } catch (error) {
      this.error = error;
    }
  }
  /** Adds a dropped folder or archive; gives its id, or null where it was refused or called off. */
  async add(files: File[]): Promise<string | null> {
    if (files.length === 0 || this.adding) return null;
    const name = (files[0]?.webkitRelativePath || files[0]?.name || 'folder').split('/')[0] ?? 'folder';
    const abort = new AbortController();
    this.#abort = abort;
    this.addError = null;
    this.adding = { name, progress: null };
    try {
      const base = await this.#studio.bases.add(files, {
        signal: abort.signal,
        onProgress: (progress) => (this.adding = { name, progress }),
      });
      await this.read();
      toasts.show({ text: `${base.name} is added.`, tone: 'good' });
      return base.id;
    } catch (error) {
      if (!isAbort(error)) this.addError = error;
      return null;
    } finally {
      this.adding = null;
    }
  }
  cancelAdding(): void {
    this.#abort?.abort();
  }
  /** Fetches a base from the model host. */
  async fetch(name: string): Promise<string | null> {
    if (this.fetching) return null;
    this.fetchError = null;
    this.fetching = { name, progress: null };
    const job = `download-${name}`;
    try {
      const base = await this.#studio.bases.download(name, {
        onProgress: (progress) => {
          this.fetching = { name, progress };
          this.#jobs.downloading(job, name, progress, () => this.cancelFetching());
        },
      });
      toasts.show({ text: `${base.name} is here.`, tone: 'good' });
      return base.id;
    } catch (error) {
      if (!isAbort(error)) this.fetchError = error;
      return null;
    } finally {
      this.fetching = null;
      this.#jobs.end(job);
      await this.read();
    }
  }
  cancelFetching(): void {
    if (this.fetching) void this.#studio.bases.cancel(this.fetching.name);
  }
  async remove(base: Base): Promise<void> {
    try {
      await this.#studio.bases.remove(base.id);
      toasts.undoable(`${base.name} is removed.`, async () => {
        await this.#studio.bases.restoreRemoved(base.id);
      });
    } catch (error) {
      toasts.failed(error, `${base.name} was not removed.`);
    }
  }
  async forget(download: HubDownload): Promise<void> {
    try {
      await this.#studio.bases.removeDownload(download.id);
    } catch (error) {
      toasts.failed(error, 'The download was not removed.');
    }
  }
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

export const [useBases, provideBases] = createContext<Bases>();
