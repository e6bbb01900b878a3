// Markup for the report as text. Everything that is put in passes `text`, so whatever a file, label or name
// holds is shown and never run; numbers are formatted here, the same everywhere.

/** Markup that was made here, as against text that still must be escaped. */
export class Markup {
  constructor(readonly source: string) {}
}

export function escapeText(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replace(/\p{Cc}/gu, (control) => (control === '\n' || control === '\t' || control === '\r' ? control : '\ufffd'));
}

type Part = Markup | string | number | null | undefined | readonly Part[];

function render(part: Part): string {
  if (part === null || part === undefined) return '';
  if (part instanceof Markup) return part.source;
  if (typeof part === 'object') return part.map(render).join('');
  return escapeText(String(part));
}

/** Tagged template: every value is escaped unless it is Markup. */
export function markup(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.reduce((out, chunk, index) => out + chunk + render(parts[index]), ''));
}

/** Three decimals, a dash where undefined. */
export function figure(value: number | null | undefined, digits = 3): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1e6) return `${(value / 1e3).toFixed(1)} kB`;
  return `${(value / 1e6).toFixed(1)} MB`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** A coordinate of a drawing. */
export function place(value: number): string {
  return String(Math.round(value * 100) / 100);
}
