// A bar list as an SVG file: on screen it is a list of text, which no picture can be taken of.
import type { ChartColours } from './colours.svelte';

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Name, bar from zero and figure, 24 px a row. */
export function barListSvg(
  title: string,
  bars: readonly { name: string; value: number }[],
  format: (value: number) => string,
  colours: ChartColours,
): { svg: string; width: number; height: number } {
  const width = 520;
  const height = bars.length * 24 + 8;
  const most = Math.max(...bars.map((bar) => bar.value), 1e-9);
  const font = colours.font.replaceAll('"', "'");
  const rows = bars.map((bar, i) => {
    const y = i * 24 + 4;
    const name = bar.name.length > 32 ? `${bar.name.slice(0, 31)}…` : bar.name;
    return (
      `<text x="8" y="${y + 16}" fill="${colours.text}">${escapeXml(name)}</text>` +
      `<rect x="220" y="${y + 8}" width="${(220 * bar.value) / most}" height="8" rx="2" fill="${colours.accent}"/>` +
      `<text x="${width - 8}" y="${y + 16}" fill="${colours.text}" text-anchor="end">${escapeXml(format(bar.value))}</text>`
    );
  });
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${font}" font-size="12">` +
    `<title>${escapeXml(title)}</title><rect width="100%" height="100%" fill="${colours.surface}"/>${rows.join('')}</svg>`;
  return { svg, width, height };
}
