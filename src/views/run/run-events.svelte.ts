// The points and happenings of the runs on screen: read once, then appended live. Append-only arrays, replaced as a
// whole when a run resumes (points after its checkpoint are then done anew).
import type { RunEvent } from '../../contract/records';
import type { StudioApi } from '../../contract/studio';

export class RunEvents {
  /** By run id. Replaced, never changed in place. */
  byRun: Readonly<Record<string, readonly RunEvent[]>> = $state.raw({});
  error: unknown = $state.raw(null);
  readonly #studio: StudioApi;
  readonly #asked: string[] = [];

  constructor(studio: StudioApi) {
    this.#studio = studio;
  }

  of(id: string): readonly RunEvent[] {
    return this.byRun[id] ?? [];
  }
  loaded(id: string): boolean {
    return this.byRun[id] !== undefined;
  }
  /** Reads runs not read yet. */
  want(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.#asked.includes(id)) continue;
      this.#asked.push(id);
      void this.#read(id);
    }
  }
  /** Follows live events; returns the way to stop. */
  follow(): () => void {
    return this.#studio.runs.subscribe((event) => {
      if (!this.#asked.includes(event.runId)) return;
      if (event.type === 'status') void this.#read(event.runId);
      else if (event.type === 'events') this.#append(event.runId, event.events);
    });
  }

  async #read(id: string): Promise<void> {
    try {
      // Read first: several readings are under way at once, and each must build on the newest record.
      const events = await this.#studio.runs.events(id);
      this.byRun = { ...this.byRun, [id]: events };
    } catch (error) {
      this.error = error;
    }
  }
  #append(id: string, events: readonly RunEvent[]): void {
    const known = this.of(id);
    const last = known.at(-1)?.seq ?? -1;
    const fresh = events.filter((event) => event.seq > last);
    if (fresh.length) this.byRun = { ...this.byRun, [id]: [...known, ...fresh] };
  }
}
