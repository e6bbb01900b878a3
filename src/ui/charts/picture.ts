// Pictures of charts: an SVG element with the page's styles made its own, and SVG text painted to PNG.

import { plainColour } from './plain-colour';

const kept = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'fill-opacity',
  'stroke-opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
  'font-variant-numeric',
];

/** The SVG as a file of its own: computed styles become attributes, so it looks the same without our style sheet. */
export function standaloneSvg(element: SVGSVGElement, background: string): string {
  const copy = element.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) return '';
  const sources = [element, ...element.querySelectorAll('*')];
  const targets = [copy, ...copy.querySelectorAll('*')];
  sources.forEach((source, i) => {
    const style = getComputedStyle(source);
    const target = targets[i];
    target?.removeAttribute('class');
    for (const name of kept) {
      const value = style.getPropertyValue(name);
      if (!value) continue;
      const plain = name === 'fill' || name === 'stroke' ? plainColour(value) : null;
      target?.setAttribute(name, plain ? plain.hex : value);
      if (plain && plain.opacity < 1) target?.setAttribute(`${name}-opacity`, String(plain.opacity));
    }
  });
  const { width, height } = element.getBoundingClientRect();
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const back = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  back.setAttribute('width', '100%');
  back.setAttribute('height', '100%');
  back.setAttribute('fill', plainColour(background).hex);
  copy.prepend(back);
  return new XMLSerializer().serializeToString(copy);
}

/** PNG at twice the size on screen. Rejects where the browser cannot read the SVG back. */
export async function svgToPng(svg: string, width: number, height: number): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * 2);
    canvas.height = Math.round(height * 2);
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await pngOf(canvas);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** PNG of a canvas as it stands, on the given background. */
export async function canvasToPng(source: HTMLCanvasElement, background: string): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = source.width;
  canvas.height = source.height;
  const context = canvas.getContext('2d');
  if (context) {
    context.fillStyle = background;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(source, 0, 0);
  }
  return pngOf(canvas);
}

function pngOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made.'))), 'image/png'),
  );
}

/** Offers bytes as a download. The address is freed after the browser has taken it. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A title as a file name: letters, digits and dashes of any script. */
export function fileName(title: string): string {
  return (
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '') || 'chart'
  );
}
