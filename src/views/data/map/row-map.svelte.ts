// A map while it is made and after: pictures, what the points are, how far the work is. Kept for as long as the page lives, so
// that leaving the screen ends nothing and coming back shows it at once.
import type { EmbeddingMap, MapProgress, MapRows } from '../../../contract/map';
import type { Dataset } from '../../../contract/records';
import type { StudioApi } from '../../../contract/studio';
import { newId } from '../../../lib/ids';
import type { Jobs } from '../../../stores/jobs.svelte';

export class RowMap {
  picture: EmbeddingMap | null = $state.raw(null);
  rows: MapRows | null = $state.raw(null);
  progress: MapProgress | null = $state.raw(null);
  error: unknown = $state.raw(null);
  /** Called off by hand. */
  stopped = $state(false);
  /** When the work now going on began, by performance.now. */
  #began = 0;
  #phase: MapProgress['phase'] | null = null;
  secondsLeft: number | null = $state(null);
  #stop: AbortController | null = null;
  #startedAt = 0;
  readonly #jobId = newId('map');

  constructor(
    private readonly studio: Pick<StudioApi, 'map'>,
    private readonly jobs: Jobs,
    private readonly dataset: Dataset,
    readonly by: string,
  ) {}

  get working(): boolean {
    return this.progress !== null;
  }
  /** Does nothing where it is done or under way. */
  async make(): Promise<void> {
    if (this.#stop || this.picture?.method === 'umap') return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#startedAt = performance.now();
    this.error = null;
    this.stopped = false;
    this.progress = { phase: 'reading', done: 0, total: null };
    try {
      const reading = this.read();
      const onPicture = (picture: EmbeddingMap): void => void (this.picture = picture);
      const onProgress = (progress: MapProgress): void => this.#tell(progress, stop);
      this.picture = await this.studio.map.of(this.dataset.id, {
        ...{ by: this.by, onPicture, onProgress, signal: stop.signal },
      });
      await reading;
    } catch (error) {
      if (stop.signal.aborted) this.stopped = true;
      else this.error = error;
    } finally {
      this.jobs.end(this.#jobId);
      this.progress = null;
      this.#stop = null;
    }
  }
  /** Labels and splits as they are now. */
  async read(): Promise<void> {
    this.rows = await this.studio.map.rows(this.dataset.id);
  }
  cancel(): void {
    this.#stop?.abort();
  }

  #tell(progress: MapProgress, stop: AbortController): void {
    if (this.#stop !== stop || stop.signal.aborted) return;
    const now = performance.now();
    if (progress.phase !== this.#phase) {
      this.#phase = progress.phase;
      this.#began = now;
    }
    const { done, total } = progress;
    const known = total !== null && done > 0 && now - this.#began > 1000;
    this.secondsLeft = known ? (((now - this.#began) / done) * (total - done)) / 1000 : null;
    this.progress = progress;
    if (now - this.#startedAt < untilInBarMs) return;
    const { name, projectId } = this.dataset;
    const told = { ...progress, secondsLeft: this.secondsLeft };
    this.jobs.mapping(this.#jobId, `Map of ${name}`, projectId, told, () => this.cancel());
  }
}

/** What is over sooner would only flash in the bar. */
const untilInBarMs = 2000;
