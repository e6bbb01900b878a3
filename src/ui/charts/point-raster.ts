// Fifty thousand points as pixels, written straight into memory: about a millisecond where canvas calls take thirty, on any
// machine and without a graphics card. Opaque, no smoothing; names, rings and lines are drawn over it by canvas calls.

/** What of the plane is seen: the middle, and pixels a unit. y upwards. */
export interface PlaneView {
  x: number;
  y: number;
  scale: number;
}

export type PointShape = 'disc' | 'diamond' | 'square' | 'triangle' | 'cross';
export const pointShapes: readonly PointShape[] = ['disc', 'diamond', 'square', 'triangle'];

export interface PointStyle {
  /** As the memory of a picture has it: 0xAABBGGRR. */
  colour: number;
  shape: PointShape;
}

export interface PointPaint {
  /** x and y of each in turn. */
  positions: Float32Array;
  /** Style of each point, as an index; a negative one is not drawn. */
  styleOf: Int16Array;
  styles: readonly PointStyle[];
  /** Drawn over the others; absent = none stands out. */
  above?: Uint8Array | null;
  /** Half the size of a point in pixels. */
  radius: number;
}

const covers: Readonly<Record<PointShape, (x: number, y: number, r: number) => boolean>> = {
  disc: (x, y, r) => x * x + y * y <= (r + 0.1) ** 2,
  diamond: (x, y, r) => Math.abs(x) + Math.abs(y) <= r * 1.35,
  square: (x, y, r) => Math.max(Math.abs(x), Math.abs(y)) <= r * 0.9,
  triangle: (x, y, r) => y <= r && y >= -r && Math.abs(x) <= (y + r) * 0.6,
  cross: (x, y, r) => Math.abs(Math.abs(x) - Math.abs(y)) <= Math.max(0.5, r * 0.35) && Math.abs(x) <= r,
};

/** Places of a shape's pixels beside its middle: x and y in turn. */
export function shapePixels(shape: PointShape, radius: number): Int16Array {
  const reach = Math.ceil(radius * 1.4);
  const pixels: number[] = [];
  for (let y = -reach; y <= reach; y++)
    for (let x = -reach; x <= reach; x++) if (covers[shape](x, y, radius)) pixels.push(x, y);
  return Int16Array.from(pixels.length > 0 ? pixels : [0, 0]);
}

/** Paints into `pixels` [height, width], which is cleared before. */
export function paintPoints(
  pixels: Uint32Array,
  width: number,
  height: number,
  view: PlaneView,
  { positions, styleOf, styles, above, radius }: PointPaint,
): void {
  pixels.fill(0);
  const masks = styles.map((style) => shapePixels(style.shape, radius));
  const reach = Math.ceil(radius * 1.4);
  const left = width / 2 - view.x * view.scale;
  const top = height / 2 + view.y * view.scale;
  for (let layer = 0; layer < (above ? 2 : 1); layer++) {
    for (let point = 0; point < styleOf.length; point++) {
      const style = styleOf[point]!;
      if (style < 0 || (above && above[point] !== layer)) continue;
      const x = Math.round(left + positions[point * 2]! * view.scale);
      const y = Math.round(top - positions[point * 2 + 1]! * view.scale);
      if (x < -reach || y < -reach || x >= width + reach || y >= height + reach) continue;
      const mask = masks[style]!;
      const { colour } = styles[style]!;
      if (x >= reach && y >= reach && x < width - reach && y < height - reach) {
        const middle = y * width + x;
        for (let i = 0; i < mask.length; i += 2) pixels[middle + mask[i + 1]! * width + mask[i]!] = colour;
      } else {
        for (let i = 0; i < mask.length; i += 2) {
          const px = x + mask[i]!;
          const py = y + mask[i + 1]!;
          if (px >= 0 && py >= 0 && px < width && py < height) pixels[py * width + px] = colour;
        }
      }
    }
  }
}

/** "#rrggbb" → 0xAABBGGRR, mixed with a background so far as `share` of it is left (1 = all its own). */
export function packedColour(hex: string, background: string, share = 1): number {
  const part = (colour: string, at: number): number => parseInt(colour.slice(1 + at * 2, 3 + at * 2), 16) || 0;
  const mixed = [0, 1, 2].map((at) => Math.round(part(hex, at) * share + part(background, at) * (1 - share)));
  return ((255 << 24) | (mixed[2]! << 16) | (mixed[1]! << 8) | mixed[0]!) >>> 0;
}
