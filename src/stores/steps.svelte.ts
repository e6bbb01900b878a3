// Which steps of the first road are done that no record tells: having looked at mistakes, compared, taken away.
// Remembered in this browser only; what records tell is read from the records.

export type SeenStep = 'mistakes' | 'compare' | 'take-away' | 'hidden';
const key = (projectId: string) => `trainyard-steps:${projectId}`;

export class Steps {
  #seen: readonly string[] = $state.raw([]);
  readonly #projectId: string;

  constructor(projectId: string) {
    this.#projectId = projectId;
    try {
      this.#seen = (localStorage.getItem(key(projectId)) ?? '').split(' ').filter(Boolean);
    } catch {
      // Without storage the strip forgets on reload.
    }
  }
  has(step: SeenStep): boolean {
    return this.#seen.includes(step);
  }
  mark(step: SeenStep): void {
    if (this.has(step)) return;
    this.#seen = [...this.#seen, step];
    try {
      localStorage.setItem(key(this.#projectId), this.#seen.join(' '));
    } catch {
      // As above.
    }
  }
}
