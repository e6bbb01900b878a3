// What charts that paint on a canvas of their own share: as many pixels as the screen has, and the same drawing as SVG.
import { liveColours } from './colours.svelte';
import { recordSvg } from './svg-recorder';

/** A context that draws in CSS pixels, sharp on this screen; null until the canvas is there and has a width. */
export function sharpContext(
  canvas: HTMLCanvasElement | undefined,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ctx = canvas?.getContext('2d');
  if (!canvas || !ctx || !width) return null;
  const ratio = devicePixelRatio || 1;
  const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ctx;
}

/** What `draw` paints, as an SVG file's text. */
export function svgPicture(
  canvas: HTMLCanvasElement | undefined,
  { title, width, height }: { title: string; width: number; height: number },
  draw: (ctx: CanvasRenderingContext2D) => void,
): { svg: string; width: number; height: number } {
  const ctx = canvas?.getContext('2d');
  if (!ctx) return { svg: '', width, height };
  const recorder = recordSvg(ctx);
  draw(recorder.context);
  return { svg: recorder.svg(width, height, liveColours.current.surface, title), width, height };
}
