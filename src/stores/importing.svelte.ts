// The road of a drop: look at the files, let the mapping be changed, import with progress, train. One drop at a time.
import { createContext } from 'svelte';
import { holdUpdatesWhile } from '../client/updates';
import type { ImportOptions, ImportPreview, ImportProgress } from '../contract/data';
import type { MappedColumn, Mapping } from '../contract/records';
import type { ImportResult, StudioApi } from '../contract/studio';
import type { Jobs } from './jobs.svelte';
import { address, go } from './route.svelte';
import { toasts } from './toasts.svelte';

export interface Drop {
  files: File[];
  /** Where it goes; null makes a project named after the file. */
  projectId: string | null;
}

export class Importing {
  drop: Drop | null = $state.raw(null);
  preview: ImportPreview | null = $state.raw(null);
  options: ImportOptions = $state.raw({});
  /** The new project's, where there is none yet. */
  task: string | null = $state(null);
  name: string = $state('');
  stage: 'looking' | 'ready' | 'importing' | 'starting' = $state('looking');
  progress: ImportProgress | null = $state.raw(null);
  error: unknown = $state.raw(null);
  /** Seconds a first model would take; null while not known. */
  secondsEstimated: number | null = $state(null);
  readonly #studio: StudioApi;
  readonly #jobs: Jobs;
  #abort: AbortController | null = null;
  #look = 0;

  constructor(studio: StudioApi, jobs: Jobs) {
    this.#studio = studio;
    this.#jobs = jobs;
  }
  get busy(): boolean {
    return this.stage === 'importing' || this.stage === 'starting';
  }
  /** Opens the sheet for these files and looks into them. */
  async begin(files: File[], projectId: string | null): Promise<void> {
    if (files.length === 0 || this.busy) return;
    this.drop = { files, projectId };
    this.options = {};
    this.task = null;
    this.error = null;
    this.preview = null;
    this.name = nameOf(files);
    await this.look();
  }
  /** Looks again, as told: other encoding, other columns. */
  async look(change: Partial<ImportOptions> = {}): Promise<void> {
    const drop = this.drop;
    if (!drop) return;
    const turn = ++this.#look;
    this.options = { ...this.options, ...change };
    this.stage = 'looking';
    this.error = null;
    try {
      const preview = await this.#studio.datasets.preview(drop.files, this.options);
      if (turn !== this.#look || this.drop !== drop) return;
      this.preview = preview;
      this.task ??= preview.suggestedTask;
    } catch (error) {
      if (turn === this.#look) this.error = error;
    }
    if (turn === this.#look) this.stage = 'ready';
  }
  /** Gives a column a role, or none. A role has one column, a column one role. */
  async setRole(column: string, role: MappedColumn | null): Promise<void> {
    const mapping: Mapping = {};
    for (const [known, name] of Object.entries(this.preview?.mapping ?? {}) as [MappedColumn, string][])
      if (name !== column && known !== role) mapping[known] = name;
    if (role) mapping[role] = column;
    await this.look({ mapping });
  }
  cancel(): void {
    this.#abort?.abort();
    if (this.stage !== 'importing') this.close();
  }
  close(): void {
    this.#look++;
    this.drop = null;
    this.preview = null;
    this.stage = 'looking';
    this.progress = null;
  }
  /** Imports and, when asked, trains a first model and goes to its run. */
  async run(then: 'train' | 'open'): Promise<void> {
    const drop = this.drop;
    const preview = this.preview;
    if (!drop || !preview || this.busy) return;
    this.error = null;
    this.stage = 'importing';
    this.#abort = new AbortController();
    let made: string | null = null;
    try {
      const task = this.task ?? preview.suggestedTask;
      const projectId = drop.projectId ?? (made = (await this.#studio.projects.create({ name: this.name, task })).id);
      const result = await holdUpdatesWhile(this.#import(projectId, drop, preview, this.#abort.signal));
      made = null;
      this.stage = 'starting';
      await this.#goOn(projectId, result, then);
      this.close();
    } catch (error) {
      if (made) await this.#studio.projects.remove(made).catch(() => undefined);
      if (error instanceof Error && error.name === 'AbortError') {
        this.close();
        toasts.show({ text: 'Import cancelled. Nothing was kept.' });
      } else {
        this.error = error;
        this.stage = 'ready';
      }
    } finally {
      this.#abort = null;
    }
  }

  async #import(projectId: string, drop: Drop, preview: ImportPreview, signal: AbortSignal): Promise<ImportResult> {
    const jobId = `import-${projectId}`;
    try {
      return await this.#studio.datasets.import(projectId, drop.files, {
        ...this.options,
        mapping: preview.mapping,
        name: nameOf(drop.files),
        signal,
        onProgress: (progress) => {
          this.progress = progress;
          this.#jobs.importing(jobId, nameOf(drop.files), projectId, progress, () => this.cancel());
        },
      });
    } finally {
      this.#jobs.end(jobId);
    }
  }
  async #goOn(projectId: string, result: ImportResult, then: 'train' | 'open'): Promise<void> {
    if (then === 'open') {
      go(address(projectId, 'data', result.id));
      return;
    }
    const project = await this.#studio.projects.get(projectId);
    try {
      const { runId } = await this.#studio.runs.start(projectId, {
        task: project.task,
        dataset: result.id,
        extends: 'balanced',
      });
      go(address(projectId, 'runs', runId));
    } catch (error) {
      // The rows are in; only the run was refused, and its words say what is missing.
      go(address(projectId, 'data', result.id));
      toasts.failed(error, 'The rows are imported, but no run was started.');
    }
  }
}

/** "customer-mails.csv" → "customer-mails"; several files: the first and how many more. */
export function nameOf(files: readonly File[]): string {
  const first = (files[0]?.name ?? 'Data').split('/').at(-1) ?? 'Data';
  const stem = first.replace(/(\.(csv|tsv|txt|jsonl?|ndjson|gz|zip|parquet|xlsx))+$/i, '') || first;
  return files.length > 1 ? `${stem} and ${files.length - 1} more` : stem;
}

export const [useImporting, provideImporting] = createContext<Importing>();
