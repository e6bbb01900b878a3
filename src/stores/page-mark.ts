// The tab's icon as a progress ring while work runs, the plain icon otherwise.

const size = 32;
let shown = -1;
let plain: string | null = null;

/** `share` 0…1, or null for the plain icon. Draws only when a whole per cent changed. */
export function markIcon(share: number | null): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link) return;
  plain ??= link.href;
  const percent = share === null ? -1 : Math.round(share * 100);
  if (percent === shown) return;
  shown = percent;
  if (percent < 0) {
    link.href = plain;
    return;
  }
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const pen = canvas.getContext('2d');
  if (!pen) return;
  const style = getComputedStyle(document.documentElement);
  pen.lineWidth = 6;
  ring(pen, style.getPropertyValue('--line-strong'), 1);
  ring(pen, style.getPropertyValue('--run'), percent / 100);
  link.href = canvas.toDataURL('image/png');
}

function ring(pen: CanvasRenderingContext2D, colour: string, share: number): void {
  pen.strokeStyle = colour;
  pen.beginPath();
  pen.arc(size / 2, size / 2, size / 2 - 4, -Math.PI / 2, -Math.PI / 2 + share * 2 * Math.PI);
  pen.stroke();
}
