// Any CSS colour as six hex digits and an opacity, for files that are opened by tools that know no oklch.

let brush: CanvasRenderingContext2D | null = null;
const known = new Map<string, { hex: string; opacity: number }>();

/** 'none' and what is no colour stay as they are. */
export function plainColour(colour: string): { hex: string; opacity: number } {
  if (colour === 'none' || colour === '') return { hex: 'none', opacity: 1 };
  const found = known.get(colour);
  if (found) return found;
  if (!brush) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    brush = canvas.getContext('2d', { willReadFrequently: true });
  }
  if (!brush) return { hex: colour, opacity: 1 };
  brush.clearRect(0, 0, 1, 1);
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0, a = 255] = brush.getImageData(0, 0, 1, 1).data;
  const hex = `#${[r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
  const plain = { hex, opacity: Number((a / 255).toFixed(3)) };
  known.set(colour, plain);
  return plain;
}
