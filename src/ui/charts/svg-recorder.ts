// Turns what is drawn on a 2-d canvas into SVG, so that one drawing serves screen, PNG and SVG. Knows the calls that
// Chart.js and our own charts make (paths, rectangles, arcs, text, clips, dashes); gradients and images are not recorded.

import { plainColour } from './plain-colour';

const escapeXml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);

/** Attributes, not a style: the file is also shown under a policy that forbids inline styles. */
function fontAttributes(font: string): string {
  const [, weight = '', size = '11', family = 'sans-serif'] = /^(?:(\w+) )?([\d.]+)px (.*)$/.exec(font) ?? [];
  return `font-size="${size}" font-family="${escapeXml(family)}"${weight ? ` font-weight="${weight}"` : ''}`;
}

/** A stand-in for `context` that draws nothing and remembers everything; measuring and state stay the real ones. */
export function recordSvg(context: CanvasRenderingContext2D): {
  context: CanvasRenderingContext2D;
  svg(width: number, height: number, background: string, title: string): string;
} {
  const parts: string[] = [];
  const definitions: string[] = [];
  const clips: (string | null)[] = [];
  let clip: string | null = null;
  let path = '';
  const base = context.getTransform().inverse();

  const at = (x: number, y: number): string => {
    const point = base.multiply(context.getTransform()).transformPoint({ x, y });
    return `${Number(point.x.toFixed(2))} ${Number(point.y.toFixed(2))}`;
  };
  const scale = (): number => {
    const matrix = base.multiply(context.getTransform());
    return Math.hypot(matrix.a, matrix.b);
  };
  const paint = (what: 'fill' | 'stroke', style: string | CanvasGradient | CanvasPattern): string => {
    const { hex, opacity } = plainColour(typeof style === 'string' ? style : 'none');
    return `${what}="${escapeXml(hex)}"${opacity < 1 ? ` ${what}-opacity="${opacity}"` : ''}`;
  };
  const opacity = (): string => (context.globalAlpha < 1 ? ` opacity="${context.globalAlpha}"` : '');
  const clipped = (): string => (clip ? ` clip-path="url(#${clip})"` : '');
  const stroke = (d: string): void => {
    const dash = context.getLineDash();
    const dashes = dash.length ? ` stroke-dasharray="${dash.join(' ')}"` : '';
    parts.push(
      `<path d="${d}" fill="none" ${paint('stroke', context.strokeStyle)} stroke-width="${context.lineWidth * scale()}" ` +
        `stroke-linejoin="round"${dashes}${opacity()}${clipped()}/>`,
    );
  };
  const fill = (d: string): void => {
    parts.push(`<path d="${d}" ${paint('fill', context.fillStyle)}${opacity()}${clipped()}/>`);
  };
  const box = (x: number, y: number, w: number, h: number): string =>
    `M${at(x, y)}L${at(x + w, y)}L${at(x + w, y + h)}L${at(x, y + h)}Z`;
  const arc = (x: number, y: number, radius: number, start: number, end: number): string => {
    const full = Math.abs(end - start) >= Math.PI * 2 - 1e-6;
    const points = Array.from({ length: 33 }, (_, i) => start + ((full ? Math.PI * 2 : end - start) * i) / 32);
    return points
      .map((a, i) => `${i || path ? 'L' : 'M'}${at(x + radius * Math.cos(a), y + radius * Math.sin(a))}`)
      .join('');
  };

  const overrides: Partial<CanvasRenderingContext2D> = {
    beginPath: () => void (path = ''),
    closePath: () => void (path += 'Z'),
    moveTo: (x, y) => void (path += `M${at(x, y)}`),
    lineTo: (x, y) => void (path += `${path ? 'L' : 'M'}${at(x, y)}`),
    bezierCurveTo: (a, b, c, d, x, y) => void (path += `C${at(a, b)} ${at(c, d)} ${at(x, y)}`),
    quadraticCurveTo: (a, b, x, y) => void (path += `Q${at(a, b)} ${at(x, y)}`),
    rect: (x, y, w, h) => void (path += box(x, y, w, h)),
    roundRect: (x: number, y: number, w: number, h: number) => void (path += box(x, y, w, h)),
    arc: (x, y, radius, start, end) => void (path += arc(x, y, radius, start, end)),
    fillRect: (x, y, w, h) => fill(box(x, y, w, h)),
    strokeRect: (x, y, w, h) => stroke(box(x, y, w, h)),
    clearRect: () => undefined,
    drawImage: () => undefined,
    stroke: () => stroke(path),
    fill: () => fill(path),
    clip: () => {
      const id = `c${definitions.length}`;
      definitions.push(`<clipPath id="${id}"><path d="${path || 'M0 0'}"/></clipPath>`);
      clip = id;
    },
    save: () => {
      clips.push(clip);
      context.save();
    },
    restore: () => {
      clip = clips.pop() ?? null;
      context.restore();
    },
    strokeText: () => undefined,
    fillText: (text, x, y) => {
      const matrix = base.multiply(context.getTransform());
      const anchor = { center: 'middle', right: 'end', end: 'end' }[context.textAlign as string] ?? 'start';
      const baseline =
        { middle: 'central', top: 'text-before-edge', hanging: 'text-before-edge', bottom: 'text-after-edge' }[
          context.textBaseline as string
        ] ?? 'alphabetic';
      const turn = [matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f].map((n) => Number(n.toFixed(4)));
      parts.push(
        // The clip goes round the text: on it, it would be turned with it.
        `${clip ? `<g${clipped()}>` : ''}<text x="${x}" y="${y}" transform="matrix(${turn.join(' ')})" ${paint('fill', context.fillStyle)} ` +
          `${fontAttributes(context.font)} text-anchor="${anchor}" dominant-baseline="${baseline}"${opacity()}>` +
          `${escapeXml(text)}</text>${clip ? '</g>' : ''}`,
      );
    },
  };

  const recorder = new Proxy(context, {
    get(target, name) {
      const replaced: unknown = Reflect.get(overrides, name);
      if (replaced !== undefined) return replaced;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
  return {
    context: recorder,
    svg: (width, height, background, title) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
      `<title>${escapeXml(title)}</title><defs>${definitions.join('')}</defs>` +
      `<rect width="${width}" height="${height}" fill="${escapeXml(plainColour(background).hex)}"/>${parts.join('')}</svg>`,
  };
}
