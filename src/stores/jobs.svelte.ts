// What is being worked on, whichever screen is open: runs, imports, downloads and maps, as the bar below shows them.
import { createContext } from 'svelte';
import type { ImportProgress } from '../contract/data';
import type { RunProgress } from '../contract/events';
import type { HubProgress } from '../contract/hub';
import type { MapProgress } from '../contract/map';
import type { Run } from '../contract/records';
import type { StudioApi } from '../contract/studio';

export interface Job {
  id: string;
  kind: 'run' | 'import' | 'download' | 'map';
  projectId: string | null;
  title: string;
  /** "Training", "Paused", "Importing". */
  state: string;
  paused: boolean;
  phase: string;
  done: number;
  total: number | null;
  unit: 'step' | 'row' | 'byte';
  perSecond: number | null;
  secondsLeft: number | null;
  /** The last values of the figure drawn as a sparkline. */
  history: number[];
  /** Stops an import, a download or a map; runs are stopped through the facade. */
  cancel?: () => void;
}

const historyLength = 60;
const alive: ReadonlySet<Run['status']> = new Set<Run['status']>(['queued', 'running', 'paused']);

export class Jobs {
  list: Job[] = $state.raw([]);
  readonly #studio: StudioApi;
  /** The name of the project of each run, asked for once. */
  #asked: string[] = [];

  constructor(studio: StudioApi) {
    this.#studio = studio;
  }
  open(): () => void {
    return this.#studio.runs.subscribe((event) => {
      switch (event.type) {
        case 'status':
          return this.#status(event.run);
        case 'progress':
          return this.#progress(event.runId, event.progress);
        case 'events':
        case 'device':
          return;
        default:
          event satisfies never;
      }
    });
  }
  /** 0…1 over all jobs that know how far they are; null where none is going. */
  get share(): number | null {
    const known = this.list.filter((job) => job.total);
    if (known.length === 0) return this.list.length > 0 ? 0 : null;
    return known.reduce((sum, job) => sum + Math.min(1, job.done / (job.total ?? 1)), 0) / known.length;
  }
  importing(id: string, title: string, projectId: string | null, progress: ImportProgress, cancel: () => void): void {
    const words: Record<ImportProgress['phase'], string> = {
      reading: 'reading',
      storing: 'storing',
      checking: 'checking',
    };
    this.#put({
      ...this.#blank(id, 'import', projectId, title),
      state: 'Importing',
      phase: words[progress.phase],
      done: progress.bytesRead,
      total: progress.bytesTotal || null,
      unit: 'byte',
      secondsLeft: progress.secondsLeft,
      cancel,
    });
  }
  downloading(id: string, title: string, progress: HubProgress, cancel: () => void): void {
    this.#put({
      ...this.#blank(id, 'download', null, title),
      state: progress.phase === 'waiting' ? 'Waiting' : 'Downloading',
      phase: progress.file,
      done: progress.bytes,
      total: progress.bytesTotal || null,
      unit: 'byte',
      secondsLeft: progress.secondsLeft,
      cancel,
    });
  }
  mapping(
    id: string,
    title: string,
    projectId: string,
    { phase, done, total, secondsLeft }: MapProgress & { secondsLeft: number | null },
    cancel: () => void,
  ): void {
    this.#put({
      ...this.#blank(id, 'map', projectId, title),
      ...{ state: 'Mapping', phase, done, total, secondsLeft, cancel },
      unit: phase === 'laying out' ? 'step' : 'row',
    });
  }
  end(id: string): void {
    this.list = this.list.filter((job) => job.id !== id);
  }

  #blank(id: string, kind: Job['kind'], projectId: string | null, title: string): Job {
    return {
      id,
      kind,
      projectId,
      title,
      state: '',
      paused: false,
      phase: '',
      done: 0,
      total: null,
      unit: 'step',
      perSecond: null,
      secondsLeft: null,
      history: [],
    };
  }
  #put(job: Job): void {
    const at = this.list.findIndex((known) => known.id === job.id);
    this.list = at < 0 ? [...this.list, job] : this.list.with(at, job);
  }
  #status(run: Run): void {
    if (!alive.has(run.status)) return this.end(run.id);
    const known = this.list.find((job) => job.id === run.id) ?? this.#blank(run.id, 'run', run.projectId, run.name);
    this.#put({
      ...known,
      projectId: run.projectId,
      title: `${run.task} · ${run.name}`,
      state: run.status === 'paused' ? 'Paused' : run.status === 'queued' ? 'Waiting' : 'Training',
      paused: run.status === 'paused',
      done: Math.max(known.done, run.steps),
      total: run.totalSteps || known.total,
    });
  }
  #progress(runId: string, progress: RunProgress): void {
    const known = this.list.find((job) => job.id === runId);
    if (!known) {
      if (this.#asked.includes(runId)) return;
      this.#asked = [...this.#asked, runId];
      void this.#studio.runs.get(runId).then(
        (run) => this.#status(run),
        () => undefined,
      );
      return;
    }
    const value = progress.latest['loss'] ?? Object.values(progress.latest)[0];
    this.#put({
      ...known,
      phase: progress.phase,
      done: progress.step,
      total: progress.totalSteps || known.total,
      perSecond: progress.examplesPerSecond,
      secondsLeft: progress.secondsLeft,
      history: value === undefined ? known.history : [...known.history, value].slice(-historyLength),
    });
  }
}

export const [useJobs, provideJobs] = createContext<Jobs>();
