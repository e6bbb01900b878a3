// Chart.js, only the pieces lines need, behind a small object. Loaded when the first line chart is drawn.
// Names at line ends, marks, the cursor and the zoom band are drawn by one plugin of our own.
import {
  Chart,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  type Plugin,
  type Scale,
} from 'chart.js';
import { seriesDash, type ChartColours } from './colours.svelte';
import { drawnLines, valuesAt, yAxis, type ChartMark, type LineChartSpec, type Range } from './line-spec';
import { recordSvg } from './svg-recorder';
import { axisNumber, niceTicks } from './ticks';

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale);

/** More checkpoints than this would read as an axis; the list of events has them all. */
const mostMarks = 12;

export interface LineView {
  spec: LineChartSpec;
  window: Range;
  colours: ChartColours;
  reducedNames: boolean;
}

export class LineEngine {
  readonly #chart: Chart<'line', { x: number; y: number }[]>;
  #view: LineView | null = null;
  #cursor: number | null = null;
  #band: Range | null = null;
  #frame = 0;
  /** True where the y axis was cut and the chart has to say so. */
  cut = false;

  constructor(canvas: HTMLCanvasElement) {
    this.#chart = new Chart<'line', { x: number; y: number }[]>(canvas, {
      type: 'line',
      data: { datasets: [] },
      options: {
        responsive: true,
        maintainAspectRatio: false,
        animation: false,
        parsing: false,
        normalized: true,
        events: [],
        elements: { point: { radius: 0 }, line: { tension: 0, borderJoinStyle: 'round' } },
      },
      plugins: [this.#overlay()],
    });
  }

  show(view: LineView): void {
    this.#view = view;
    const { spec, window, colours } = view;
    const drawn = drawnLines(spec, window, this.#chart.width || 400);
    const axis = yAxis(spec, drawn, window);
    this.cut = axis.cut;
    this.#chart.data.datasets = drawn.map(({ line, points, faint }) => {
      const colour = colours.series[line.colour % colours.series.length] ?? colours.text;
      return {
        label: line.name,
        data: Array.from(points.x, (x, i) => ({ x, y: spec.logY && points.y[i]! <= 0 ? NaN : points.y[i]! })),
        borderColor: faint ? `color-mix(in oklab, ${colour} 28%, transparent)` : colour,
        borderWidth: faint ? 1 : 1.5,
        borderDash: line.dashed ? [4, 3] : seriesDash(line.colour),
        pointRadius: points.x.length === 1 ? 3 : 0,
        pointBackgroundColor: colour,
        spanGaps: false,
        // With segments Chart.js draws the path itself instead of through Path2D, which the SVG recorder could not see.
        segment: {},
        order: faint ? 2 : 1,
      };
    });
    const named = new Set(spec.lines.map((line) => line.name)).size > 1 && !view.reducedNames;
    const ticks = (values: readonly number[], words: (value: number) => string) => (scale: Scale) => {
      scale.ticks = values.map((value) => ({ value, label: words(value) }));
    };
    const font = { family: colours.font, size: 11 };
    const look = { color: colours.faint, font, padding: 6, maxRotation: 0, autoSkip: false };
    this.#chart.options.layout = { padding: { top: 6, right: named ? this.#nameRoom(spec, font) : 14 } };
    this.#chart.options.scales = {
      x: {
        type: 'linear',
        min: window[0],
        max: window[1],
        grid: { display: false, tickLength: 0 },
        border: { display: false },
        title: { display: true, text: spec.xTitle, color: colours.faint, font, padding: 0, align: 'end' },
        ticks: look,
        afterBuildTicks: ticks(niceTicks(window[0], window[1], 4), spec.formatX ?? axisNumber),
        afterTickToLabelConversion: ticks(niceTicks(window[0], window[1], 4), spec.formatX ?? axisNumber),
      },
      y: {
        type: spec.logY ? 'logarithmic' : 'linear',
        min: axis.range[0],
        max: axis.range[1],
        grid: { color: colours.line, drawTicks: false, tickLength: 0 },
        border: { display: false },
        ticks: look,
        afterBuildTicks: ticks(axis.ticks, axisNumber),
        afterTickToLabelConversion: ticks(axis.ticks, axisNumber),
      },
    };
    this.#chart.update('none');
  }

  /** Moves the cursor and the zoom band; painted with the next frame. */
  point(cursor: number | null, band: Range | null): void {
    this.#cursor = cursor;
    this.#band = band;
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#chart.draw());
  }

  /** X value under a pixel of the canvas, held inside the plot. */
  xAt(pixel: number): number {
    const scale = this.#chart.scales['x'];
    if (!scale) return 0;
    const value = scale.getValueForPixel(pixel) ?? 0;
    return Math.min(scale.max, Math.max(scale.min, value));
  }

  pixelOf(x: number): number {
    return this.#chart.scales['x']?.getPixelForValue(x) ?? 0;
  }

  svg(title: string): { svg: string; width: number; height: number } {
    const { width, height } = this.#chart;
    const real = this.#chart.ctx;
    const recorder = recordSvg(real);
    const scales = Object.values(this.#chart.scales);
    const give = (ctx: CanvasRenderingContext2D): void => {
      Object.assign(this.#chart, { ctx });
      for (const scale of scales) Object.assign(scale, { ctx });
      // Chart.js hands its context to each data set's controller once; it has to be swapped there too.
      this.#chart.data.datasets.forEach((_, i) =>
        Object.assign(this.#chart.getDatasetMeta(i).controller, { _ctx: ctx }),
      );
    };
    give(recorder.context);
    try {
      this.#chart.draw();
    } finally {
      give(real);
      this.#chart.draw();
    }
    return { svg: recorder.svg(width, height, this.#view?.colours.surface ?? 'none', title), width, height };
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#chart.destroy();
  }

  #nameRoom(spec: LineChartSpec, font: { family: string; size: number }): number {
    const { ctx } = this.#chart;
    ctx.font = `${font.size}px ${font.family}`;
    const widest = Math.max(...spec.lines.map((line) => ctx.measureText(line.name).width));
    return Math.min(widest + 12, this.#chart.width * 0.28);
  }

  #overlay(): Plugin<'line'> {
    return {
      id: 'trainyard-overlay',
      afterDraw: (chart) => {
        const view = this.#view;
        const x = chart.scales['x'];
        const y = chart.scales['y'];
        if (!view || !x || !y) return;
        const { ctx, chartArea: area } = chart;
        ctx.save();
        ctx.font = `11px ${view.colours.font}`;
        const marks = view.spec.marks ?? [];
        const shown = marks.length > mostMarks ? marks.filter((mark) => mark.kind === 'best') : marks;
        for (const mark of shown) this.#drawMark(ctx, mark, view, x.getPixelForValue(mark.x), area);
        if (this.cut && view.spec.ceiling !== undefined) {
          ctx.fillStyle = view.colours.faint;
          ctx.textAlign = 'left';
          ctx.textBaseline = 'bottom';
          ctx.fillText(`vertical axis from ${axisNumber(Number(y.min.toPrecision(2)))}`, area.left, chart.height - 1);
        }
        if (this.#band) {
          const from = x.getPixelForValue(this.#band[0]);
          ctx.globalAlpha = 0.14;
          ctx.fillStyle = view.colours.accent;
          ctx.fillRect(from, area.top, x.getPixelForValue(this.#band[1]) - from, area.bottom - area.top);
          ctx.globalAlpha = 1;
        }
        if (this.#cursor !== null && this.#cursor >= x.min && this.#cursor <= x.max) {
          const at = x.getPixelForValue(this.#cursor);
          ctx.strokeStyle = view.colours.lineStrong;
          ctx.setLineDash([2, 3]);
          ctx.beginPath();
          ctx.moveTo(at, area.top);
          ctx.lineTo(at, area.bottom);
          ctx.stroke();
          ctx.setLineDash([]);
          for (const value of valuesAt(view.spec.lines, this.#cursor)) {
            if (value.x < x.min || value.x > x.max || (view.spec.logY && value.y <= 0)) continue;
            ctx.fillStyle = view.colours.series[value.line.colour % view.colours.series.length] ?? view.colours.text;
            ctx.beginPath();
            ctx.arc(x.getPixelForValue(value.x), y.getPixelForValue(value.y), 3, 0, Math.PI * 2);
            ctx.fill();
          }
        }
        this.#drawNames(chart, view);
        ctx.restore();
      },
    };
  }

  #drawMark(
    ctx: CanvasRenderingContext2D,
    mark: ChartMark,
    view: LineView,
    at: number,
    area: { left: number; right: number; top: number; bottom: number },
  ): void {
    if (at < area.left - 1 || at > area.right + 1) return;
    const best = mark.kind === 'best';
    ctx.fillStyle = best ? view.colours.good : view.colours.lineStrong;
    ctx.beginPath();
    if (best) {
      ctx.moveTo(at, area.bottom - 7);
      ctx.lineTo(at + 4, area.bottom);
      ctx.lineTo(at - 4, area.bottom);
    } else ctx.rect(at - 0.5, area.bottom - 4, 1, 4);
    ctx.fill();
  }

  #drawNames(chart: Chart, view: LineView): void {
    const names = new Set(view.spec.lines.map((line) => line.name));
    if (names.size < 2 || view.reducedNames) return;
    const { ctx, chartArea: area } = chart;
    const y = chart.scales['y'];
    if (!y) return;
    const ends = view.spec.lines
      .flatMap((line) => {
        const value = valuesAt([line], view.window[1])[0];
        return value
          ? [{ line, at: Math.min(area.bottom - 6, Math.max(area.top + 6, y.getPixelForValue(value.y))) }]
          : [];
      })
      .sort((a, b) => a.at - b.at);
    for (let i = 1; i < ends.length; i++) ends[i]!.at = Math.max(ends[i]!.at, ends[i - 1]!.at + 12);
    const over = (ends.at(-1)?.at ?? 0) - (area.bottom - 2);
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    const room = chart.width - area.right - 6;
    for (const { line, at } of ends) {
      ctx.fillStyle = view.colours.series[line.colour % view.colours.series.length] ?? view.colours.text;
      let name = line.name;
      while (name.length > 3 && ctx.measureText(name).width > room) name = `${name.slice(0, -2)}…`;
      ctx.fillText(name, area.right + 6, at - Math.max(0, over));
    }
  }
}
