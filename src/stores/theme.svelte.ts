// Light, dark or as the system says. Kept beside the settings too, so that the next visit paints right at once.
import type { Settings } from '../contract/records';

const memory = 'trainyard-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

class Theme {
  #choice: Settings['theme'] = $state(remembered());
  #system: 'light' | 'dark' = $state(dark.matches ? 'dark' : 'light');
  readonly shown: 'light' | 'dark' = $derived(this.#choice === 'system' ? this.#system : this.#choice);

  constructor() {
    dark.addEventListener('change', () => {
      this.#system = dark.matches ? 'dark' : 'light';
      this.#paint();
    });
    this.#paint();
  }
  get choice(): Settings['theme'] {
    return this.#choice;
  }
  set choice(choice: Settings['theme']) {
    this.#choice = choice;
    try {
      localStorage.setItem(memory, choice);
    } catch {
      // A browser without storage forgets the theme, nothing else.
    }
    this.#paint();
  }
  #paint(): void {
    document.documentElement.dataset['theme'] = this.shown;
  }
}

function remembered(): Settings['theme'] {
  try {
    const kept = localStorage.getItem(memory);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system';
  }
}

export const theme = new Theme();
