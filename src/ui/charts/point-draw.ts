// A map of points on a canvas: the pixels of point-raster.ts, then rings, names and the loop being drawn. The same as SVG,
// with a square for each point.
import { sharpContext } from './canvas';
import type { ChartColours } from './colours.svelte';
import { plainColour } from './plain-colour';
import { fitting, type PointName } from './point-names';
import { packedColour, paintPoints, type PlaneView, type PointPaint, type PointShape } from './point-raster';

export interface PointGroup {
  name: string;
  /** Index into the series colours, or a colour of the theme. */
  colour: number | 'faint' | 'good' | 'bad';
  shape: PointShape;
}

export interface PointScene {
  positions: Float32Array;
  /** Group of each point; -1 = not shown. */
  groupOf: Int32Array;
  groups: readonly PointGroup[];
  /** 1 where a point stands out; null = all alike. */
  stands: Uint8Array | null;
  /** Points with a ring: what is under the cursor first. */
  ringed: readonly number[];
  names: readonly PointName[];
  loop: readonly (readonly [number, number])[];
  view: PlaneView;
  width: number;
  height: number;
  colours: ChartColours;
}

const dimmed = 0.16;

export function groupColour({ colour }: PointGroup, colours: ChartColours): string {
  if (typeof colour === 'number') return colours.series[colour % colours.series.length] ?? colours.text;
  return colour === 'faint' ? colours.lineStrong : colours[colour];
}

/** Half a point in CSS pixels: smaller the more there are, larger the closer one looks. */
export function pointRadius(points: number, { scale }: PlaneView): number {
  const base = points > 20_000 ? 1.4 : points > 4000 ? 1.9 : points > 600 ? 2.6 : 3.4;
  return Math.min(6, base * Math.max(1, scale / 400) ** 0.4);
}

function paintOf(scene: PointScene, ratio: number): PointPaint {
  const { groups, groupOf, stands, positions, colours } = scene;
  const background = plainColour(colours.surface).hex;
  const plain = groups.map((group) => plainColour(groupColour(group, colours)).hex);
  const styles = [1, dimmed].flatMap((share) =>
    groups.map(({ shape }, i) => ({ shape, colour: packedColour(plain[i]!, background, share) })),
  );
  const styleOf = Int16Array.from(groupOf, (group, point) =>
    group < 0 || !stands || stands[point] ? group : group + groups.length,
  );
  return { positions, styleOf, styles, above: stands, radius: pointRadius(groupOf.length, scene.view) * ratio };
}

/** Keeps what does not change while one pans: pixels' memory and the style of each point. */
export class PointPainter {
  #image: ImageData | null = null;
  #pixels: Uint32Array | null = null;
  #paint: { scene: PointScene; ratio: number; paint: PointPaint } | null = null;

  draw(canvas: HTMLCanvasElement | undefined, scene: PointScene): void {
    const ctx = sharpContext(canvas, scene.width, scene.height);
    if (!ctx || !canvas) return;
    const { width, height } = canvas;
    const ratio = width / scene.width;
    if (!this.#image || this.#image.width !== width || this.#image.height !== height) {
      this.#image = ctx.createImageData(width, height);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    const { view } = scene;
    const pixelView = { ...view, scale: view.scale * ratio };
    paintPoints(this.#pixels!, width, height, pixelView, {
      ...this.#styled(scene, ratio),
      radius: pointRadius(scene.groupOf.length, view) * ratio,
    });
    ctx.putImageData(this.#image, 0, 0);
    drawOver(ctx, scene);
  }

  #styled(scene: PointScene, ratio: number): PointPaint {
    const known = this.#paint;
    if (
      known &&
      known.ratio === ratio &&
      (['positions', 'groupOf', 'groups', 'stands', 'colours'] as const).every((key) => known.scene[key] === scene[key])
    )
      return known.paint;
    const paint = paintOf(scene, ratio);
    this.#paint = { scene, ratio, paint };
    return paint;
  }
}

/** The whole scene by canvas calls, for SVG. */
export function drawAll(ctx: CanvasRenderingContext2D, scene: PointScene): void {
  const { groups, groupOf, positions, stands, colours, view } = scene;
  const radius = pointRadius(groupOf.length, view);
  for (const layer of stands ? [0, 1] : [1])
    groups.forEach((group, index) => {
      ctx.fillStyle = groupColour(group, colours);
      ctx.globalAlpha = layer === 0 ? dimmed : 1;
      groupOf.forEach((own, point) => {
        if (own !== index || (stands && stands[point] !== layer)) return;
        const [x, y] = onScreen(scene, positions[point * 2]!, positions[point * 2 + 1]!);
        if (x > 0 && y > 0 && x < scene.width && y < scene.height)
          ctx.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
      });
    });
  ctx.globalAlpha = 1;
  drawOver(ctx, scene);
}

const onScreen = ({ view, width, height }: PointScene, x: number, y: number): [number, number] => [
  width / 2 + (x - view.x) * view.scale,
  height / 2 - (y - view.y) * view.scale,
];

function drawOver(ctx: CanvasRenderingContext2D, scene: PointScene): void {
  const { colours, positions, ringed, names, loop, width, height } = scene;
  const radius = pointRadius(scene.groupOf.length, scene.view);
  for (const [i, point] of [...ringed.entries()].reverse()) {
    const [x, y] = onScreen(scene, positions[point * 2]!, positions[point * 2 + 1]!);
    ctx.beginPath();
    ctx.arc(x, y, radius + (i === 0 ? 5 : 3.5), 0, 2 * Math.PI);
    ctx.strokeStyle = colours.surface;
    ctx.lineWidth = 4;
    ctx.stroke();
    ctx.strokeStyle = i === 0 ? colours.text : colours.accent;
    ctx.lineWidth = 2;
    ctx.stroke();
  }
  ctx.font = `500 12px ${colours.font}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  const place = (x: number, y: number): [number, number] => onScreen(scene, x, y);
  for (const { text, left, top } of fitting(names, place, (own) => ctx.measureText(own).width, { width, height })) {
    ctx.strokeStyle = colours.surface;
    ctx.lineWidth = 4;
    ctx.lineJoin = 'round';
    ctx.strokeText(text, left, top);
    ctx.fillStyle = colours.text;
    ctx.fillText(text, left, top);
  }
  if (loop.length > 1) {
    ctx.beginPath();
    loop.forEach(([x, y], i) => {
      if (i === 0) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
    });
    ctx.closePath();
    ctx.strokeStyle = colours.accent;
    ctx.lineWidth = 2;
    ctx.setLineDash([5, 4]);
    ctx.stroke();
    ctx.setLineDash([]);
  }
}
