// Where the user is, read from and written to the address's hash so that any static folder will do. No screens here.

import { changedHash, parsePlace, type Place } from './place';

export { address } from './place';

class Route {
  #place: Place = $state.raw(parsePlace(location.hash));
  /** Grows when a screen (not only its query) changes: what focus follows. */
  visits: number = $state(0);

  constructor() {
    addEventListener('hashchange', () => this.#read());
  }
  #read(): void {
    const before = this.#place;
    const next = parsePlace(location.hash);
    this.#place = next;
    if (before.projectId !== next.projectId || before.screen !== next.screen || before.id !== next.id) this.visits++;
  }
  get projectId(): string | null {
    return this.#place.projectId;
  }
  get screen(): string {
    return this.#place.screen;
  }
  get id(): string | null {
    return this.#place.id;
  }
  get query(): URLSearchParams {
    return this.#place.query;
  }
  /** Goes to an address ('#/p/…' or '/p/…') as a new step of the browser's history. */
  go(path: string): void {
    const hash = `#${path.replace(/^#/, '')}`;
    if (location.hash !== hash) location.hash = hash;
  }
  /** Changes the state in the address without a history step (or with one); null and '' remove a key. */
  setQuery(change: Record<string, string | null>, options: { push?: boolean } = {}): void {
    const hash = changedHash(location.hash, this.#place.query, change);
    if (hash === location.hash) return;
    if (options.push) history.pushState(null, '', hash);
    else history.replaceState(null, '', hash);
    this.#read();
  }
}

export const route = new Route();
export const go = (path: string): void => route.go(path);
export const setQuery = (change: Record<string, string | null>, options?: { push?: boolean }): void =>
  route.setQuery(change, options);
