// Colours for canvases: the tokens as the page resolves them now, read again when the theme changes. No literals.

export interface ChartColours {
  text: string;
  muted: string;
  faint: string;
  line: string;
  lineStrong: string;
  surface: string;
  accent: string;
  good: string;
  bad: string;
  series: string[];
  font: string;
  mono: string;
}

const seriesCount = 8;

/** The token of a run's colour; colours past the eighth repeat and are told apart by their dashes. */
export function seriesToken(colour: number): string {
  return `var(--s${(colour % seriesCount) + 1})`;
}

/** Dash pattern of a run's line in pixels: solid for the first eight, then three patterns in turn. */
export function seriesDash(colour: number): number[] {
  return [[], [7, 3], [2, 3], [9, 3, 2, 3]][Math.floor(colour / seriesCount) % 4] ?? [];
}

function read(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    text: token('--text'),
    muted: token('--text-2'),
    faint: token('--text-3'),
    line: token('--line'),
    lineStrong: token('--line-strong'),
    surface: token('--surface'),
    accent: token('--accent'),
    good: token('--good'),
    bad: token('--bad'),
    series: Array.from({ length: seriesCount }, (_, i) => token(`--s${i + 1}`)),
    font: token('--font'),
    mono: token('--mono'),
  };
}

/** One for all charts; reading `current` inside an effect repaints on a change of theme. */
class LiveColours {
  #value = $state.raw<ChartColours | null>(null);

  get current(): ChartColours {
    if (this.#value) return this.#value;
    const value = read();
    const again = (): void => {
      this.#value = read();
    };
    new MutationObserver(again).observe(document.documentElement, {
      attributes: true,
      attributeFilter: ['data-theme'],
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
    queueMicrotask(again);
    return value;
  }
}

export const liveColours = new LiveColours();
