// One open project as the screens see it: its records, live from every tab, and the progress of its runs.
import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { RunProgress } from '../contract/events';
import type { Dataset, DatasetStats, Deployment, Model, Project, Run } from '../contract/records';
import type { StudioApi } from '../contract/studio';

type Part = 'project' | 'datasets' | 'runs' | 'models' | 'deployments';
const partOfStore: Readonly<Record<string, Part>> = {
  projects: 'project',
  datasets: 'datasets',
  runs: 'runs',
  models: 'models',
  deployments: 'deployments',
};

export class ProjectStore {
  readonly id: string;
  project: Project | null = $state.raw(null);
  /** Newest version of each family. */
  datasets: Dataset[] = $state.raw([]);
  /** Newest first. */
  runs: Run[] = $state.raw([]);
  /** Newest first. */
  models: Model[] = $state.raw([]);
  /** Oldest first. */
  deployments: Deployment[] = $state.raw([]);
  readonly progress = new SvelteMap<string, RunProgress>();
  /** False where another tab works on the project. */
  writable: boolean = $state(true);
  loaded: boolean = $state(false);
  error: unknown = $state.raw(null);
  /** Grows whenever labels or corrections changed: what views of rows read again on. */
  labelChanges: number = $state(0);

  /** Of the active data set, with the labels in force; read again a moment after labels changed. */
  stats: DatasetStats | null = $state.raw(null);

  readonly active: Dataset | null = $derived(
    this.datasets.find((dataset) => dataset.id === this.project?.activeDatasetId) ?? this.datasets[0] ?? null,
  );
  readonly live: Model | null = $derived.by(() => {
    const now = this.deployments.findLast((deployment) => deployment.live);
    return this.models.find((model) => model.id === now?.modelId) ?? null;
  });
  readonly newestModel: Model | null = $derived(this.models[0] ?? null);
  /** The newest that puts labels on texts: what rows and the label queue ask. */
  readonly newestLabeller: Model | null = $derived(this.models.find(({ labels }) => labels.length > 0) ?? null);

  readonly #studio: StudioApi;
  readonly #stops: (() => void)[] = [];
  #dirty: Part[] = [];
  #scheduled = false;
  #statsTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(studio: StudioApi, id: string) {
    this.#studio = studio;
    this.id = id;
  }

  /** Rows that carry the label now. Labels are anyone's words, so never a bare look-up. */
  rowsWith(label: string): number {
    const classes = this.stats?.classes ?? {};
    return Object.hasOwn(classes, label) ? (classes[label] ?? 0) : 0;
  }

  /** Reads everything and follows every change until `close`. */
  async open(): Promise<void> {
    this.#stops.push(
      this.#studio.onChange(({ stores, projectId }) => {
        if (projectId && projectId !== this.id) return;
        if (stores.includes('labels') || stores.includes('corrections')) {
          this.labelChanges++;
          this.#readStats(800);
        }
        for (const store of stores) if (partOfStore[store]) this.#invalidate(partOfStore[store]);
      }),
      this.#studio.runs.subscribe((event) => {
        if (event.type === 'progress') this.progress.set(event.runId, event.progress);
        else if (event.type === 'status' && event.run.projectId === this.id) this.#replaceRun(event.run);
      }),
    );
    try {
      await this.refresh();
      this.loaded = true;
      this.#readStats(0);
      this.#stops.push(this.#studio.projects.watch(this.id, (state) => (this.writable = state.writable)));
    } catch (error) {
      this.error = error;
    }
  }
  close(): void {
    clearTimeout(this.#statsTimer);
    for (const stop of this.#stops.splice(0)) stop();
  }

  async refresh(parts: Iterable<Part> = ['project', 'datasets', 'runs', 'models', 'deployments']): Promise<void> {
    await Promise.all(Array.from(parts, (part) => this.#read(part)));
  }

  async #read(part: Part): Promise<void> {
    const studio = this.#studio;
    switch (part) {
      case 'project':
        this.project = await studio.projects.get(this.id);
        return;
      case 'datasets':
        this.datasets = await studio.datasets.list(this.id);
        this.#readStats(0);
        return;
      case 'runs':
        this.runs = (await studio.runs.list(this.id)).toSorted((a, b) => b.number - a.number);
        return;
      case 'models':
        this.models = (await studio.models.list(this.id)).toSorted((a, b) => b.version - a.version);
        return;
      case 'deployments':
        this.deployments = await studio.models.deployments(this.id);
        return;
      default:
        part satisfies never;
    }
  }

  #readStats(delayMs: number): void {
    clearTimeout(this.#statsTimer);
    this.#statsTimer = setTimeout(() => {
      const dataset = this.active;
      if (!dataset) this.stats = null;
      else if (this.stats === null && this.labelChanges === 0) this.stats = dataset.report.stats;
      if (dataset)
        this.#studio.datasets.stats(dataset.id).then(
          (stats) => {
            if (this.active?.id === dataset.id) this.stats = stats;
          },
          // Counts beside the screens' names only: the screens themselves show what failed.
          () => undefined,
        );
    }, delayMs);
  }

  /** Several changes in one breath are one reading. */
  #invalidate(part: Part): void {
    if (!this.#dirty.includes(part)) this.#dirty.push(part);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      const parts = this.#dirty;
      this.#dirty = [];
      this.refresh(parts).catch((error: unknown) => (this.error = error));
    }, 60);
  }

  #replaceRun(run: Run): void {
    const at = this.runs.findIndex((known) => known.id === run.id);
    this.runs = at < 0 ? [run, ...this.runs] : this.runs.with(at, run);
    if (run.status !== 'running' && run.status !== 'paused') this.progress.delete(run.id);
  }
}

/** `provideProject` where a project opens (a getter, for it changes with the address); `useProject` in its screens. */
const [readProject, provideProject] = createContext<() => ProjectStore>();
export { provideProject };
export function useProject(): ProjectStore {
  return readProject()();
}
