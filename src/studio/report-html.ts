// The report of a run as one page that needs nothing else: no script, no request, every text escaped.
import type { ClassificationMetrics } from '../contract/metrics';
import type { Model, Run, RunEvent } from '../contract/records';
import { classification } from '../lib/metrics/figures';
import { recipeToYaml } from '../lib/recipe';
import type { Interval } from '../lib/statistics/bootstrap';
import { confusionTable, curves, reliability } from './report-charts';
import { bytes, duration, figure, type Markup, markup, whole } from './report-markup';
import { reportStyle } from './report-style';

export interface ReportInput {
  run: Run;
  model: Model | null;
  project: string;
  task: string;
  dataset: string;
  events: readonly RunEvent[];
  /** 95 % intervals of the judged split, by resampling its rows; null where there are none. */
  intervals: { f1Macro: Interval; accuracy: Interval } | null;
  madeAt: Date;
}

const mostClassesInMatrix = 30;
const confusionsListed = 40;
const wrongRowsListed = 50;

export function reportPage(input: ReportInput): string {
  const { run } = input;
  const split = run.metrics.test ? 'test' : 'validation';
  const metrics = classification(run.metrics.test ?? run.metrics.validation);
  const body = [
    heading(input, metrics, split),
    section('Curves', drawn(input)),
    metrics ? section('Figures', figuresTable(run)) : '',
    metrics ? section(`Per class, ${split} rows`, classTable(metrics)) : '',
    metrics && Object.keys(metrics.confusion).length > 0 ? section(`Confusion, ${split} rows`, confusion(metrics)) : '',
    metrics && metrics.reliability.length > 0 ? section('Does confidence mean what it says', calibration(metrics)) : '',
    metrics && metrics.misclassified.length > 0 ? section('Wrong rows, the surest first', wrongRows(metrics)) : '',
    section('Recipe', markup`<pre>${recipeToYaml(run.recipe)}</pre>`),
    section('Environment', environment(input)),
    notes(input.events),
  ];
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${run.name}, ${input.project}</title><style>`.source;
  return `${page}${reportStyle}</style></head><body>${markup`${body}`.source}</body></html>\n`;
}

function section(title: string, content: Markup): Markup {
  return markup`<section><h2>${title}</h2><div class="wide">${content}</div></section>`;
}

function heading(input: ReportInput, metrics: ClassificationMetrics | null, split: string): Markup {
  const { run, intervals } = input;
  const when = run.finishedAt ?? run.startedAt ?? run.queuedAt;
  const range = (interval: Interval | undefined): string =>
    interval ? `95 % interval ${figure(interval.low)} to ${figure(interval.high)}` : '';
  const key = metrics
    ? markup`<dl class="key">
<div><dt>Macro-F1, ${split}</dt><dd>${figure(metrics.f1Macro)}<small>${range(intervals?.f1Macro)}</small></dd></div>
<div><dt>Accuracy, ${split}</dt><dd>${figure(metrics.accuracy)}<small>${range(intervals?.accuracy)}</small></dd></div>
<div><dt>Calibration error</dt><dd>${figure(metrics.ece)}<small>0 is perfect</small></dd></div>
<div><dt>Judged on</dt><dd>${whole(metrics.rows)}<small>${split} rows</small></dd></div>
<div><dt>Trained in</dt><dd>${duration(run.seconds)}<small>${whole(run.splitRows.train)} rows</small></dd></div>
<div><dt>Size</dt><dd>${bytes(input.model?.sizeBytes ?? run.sizeBytes)}<small>${input.model ? `model ${input.model.name}` : ''}</small></dd></div></dl>`
    : markup`<p>This run has no evaluation: it is ${run.status}${run.error ? ` (${run.error.message})` : ''}.</p>`;
  return markup`<header><h1>${run.name}</h1><p class="soft">${input.project} · ${input.task} · ${input.dataset} · run ${run.number} · ${date(when)}</p>${key}</header>`;
}

function date(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function drawn({ events, run }: ReportInput): Markup {
  const charts = curves(events, run.bestStep);
  if (charts.length === 0) return markup`<p>This run wrote no points.</p>`;
  return markup`<p class="soft">Solid: training rows. Dashed: validation rows. Dotted upright: the step that was kept.</p><div class="charts">${charts}</div>`;
}

const names: [keyof ClassificationMetrics & string, string][] = [
  ['rows', 'Rows'],
  ['loss', 'Loss'],
  ['accuracy', 'Accuracy'],
  ['f1Macro', 'Macro-F1'],
  ['precisionMacro', 'Macro precision'],
  ['recallMacro', 'Macro recall'],
  ['f1Weighted', 'Weighted F1'],
  ['precisionWeighted', 'Weighted precision'],
  ['recallWeighted', 'Weighted recall'],
  ['f1Micro', 'Micro-F1'],
  ['ece', 'Expected calibration error'],
  ['hammingLoss', 'Hamming loss'],
  ['subsetAccuracy', 'Exact match (subset accuracy)'],
  ['f1Samples', 'F1 by row'],
];

function figuresTable(run: Run): Markup {
  const metrics = { validation: classification(run.metrics.validation), test: classification(run.metrics.test) };
  const columns = (['validation', 'test'] as const).filter((split) => metrics[split] !== null);
  const rows = names
    .filter(([name]) => columns.some((split) => metrics[split]?.[name] !== undefined))
    .map(([name, title]) => {
      const cells = columns.map((split) => {
        const value = metrics[split]?.[name];
        const shown = typeof value !== 'number' ? '–' : name === 'rows' ? whole(value) : figure(value, 4);
        return markup`<td class="n">${shown}</td>`;
      });
      return markup`<tr><th scope="row">${title} <small>${name}</small></th>${cells}</tr>`;
    });
  return markup`<table><thead><tr><th scope="col">Figure</th>${columns.map((split) => markup`<th scope="col" class="n">${split}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`;
}

function classTable(metrics: ClassificationMetrics): Markup {
  const rows = Object.entries(metrics.perClass).sort(([, a], [, b]) => a.f1 - b.f1 || b.support - a.support);
  return markup`<p class="soft">The weakest first.</p><table><thead><tr><th scope="col">Class</th><th scope="col" class="n">F1</th><th scope="col">F1, 0 to 1</th><th scope="col" class="n">Precision</th><th scope="col" class="n">Recall</th><th scope="col" class="n">Rows</th></tr></thead><tbody>${rows.map(
    ([label, one]) =>
      markup`<tr><td>${label}</td><td class="n">${figure(one.f1)}</td><td><svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="bar" width="${figure(one.f1 * 100, 1)}" height="6"/></svg></td><td class="n">${figure(one.precision)}</td><td class="n">${figure(one.recall)}</td><td class="n">${whole(one.support)}</td></tr>`,
  )}</tbody></table>`;
}

function confusion(metrics: ClassificationMetrics): Markup {
  const labels = Object.keys(metrics.perClass);
  const count = (actual: string, predicted: string): number => {
    const line = Object.hasOwn(metrics.confusion, actual) ? metrics.confusion[actual]! : {};
    return Object.hasOwn(line, predicted) ? line[predicted]! : 0;
  };
  if (labels.length <= mostClassesInMatrix) return confusionTable(labels, count);
  const pairs = Object.entries(metrics.confusion)
    .flatMap(([actual, line]) => Object.entries(line).map(([predicted, value]) => ({ actual, predicted, value })))
    .filter((pair) => pair.actual !== pair.predicted)
    .sort((a, b) => b.value - a.value);
  const more = pairs.length - confusionsListed;
  return markup`<p class="soft">With ${whole(labels.length)} classes, the most frequent confusions${more > 0 ? `; ${whole(more)} more pairs are rarer` : ''}.</p><table><thead><tr><th scope="col">Right</th><th scope="col">Answered</th><th scope="col" class="n">Rows</th></tr></thead><tbody>${pairs
    .slice(0, confusionsListed)
    .map(
      (pair) =>
        markup`<tr><td>${pair.actual}</td><td>${pair.predicted}</td><td class="n">${whole(pair.value)}</td></tr>`,
    )}</tbody></table>`;
}

function calibration(metrics: ClassificationMetrics): Markup {
  return markup`${reliability(metrics.reliability)}<p class="soft">Bars: share of right answers among rows of that confidence, stronger where there are more rows. On the dotted line the model means what it says. Expected calibration error ${figure(metrics.ece)}.</p>`;
}

function wrongRows(metrics: ClassificationMetrics): Markup {
  const shown = metrics.misclassified.slice(0, wrongRowsListed);
  return markup`<table><thead><tr><th scope="col">Text</th><th scope="col">Right</th><th scope="col">Answered</th><th scope="col" class="n">Confidence</th></tr></thead><tbody>${shown.map(
    (row) =>
      markup`<tr><td dir="auto">${row.text.length > 400 ? `${row.text.slice(0, 400)} …` : row.text}</td><td>${row.actual.join(', ') || '–'}</td><td>${row.predicted.join(', ') || '–'}</td><td class="n">${figure(row.confidence)}</td></tr>`,
  )}</tbody></table>`;
}

function environment({ run, model, madeAt }: ReportInput): Markup {
  const rows: [string, string][] = [
    ['Seed', String(run.seed)],
    ['Backend', run.backend ?? 'not started'],
    ['Adapter', run.adapter],
    ['Threads', String(run.threads)],
    ['Build', run.build],
    [
      'Steps',
      `${whole(run.steps)} of ${whole(run.totalSteps)}${run.bestStep === null ? '' : `, best at ${whole(run.bestStep)}`}`,
    ],
    [
      'Rows',
      `train ${whole(run.splitRows.train)}, validation ${whole(run.splitRows.validation)}, test ${whole(run.splitRows.test)}`,
    ],
    ['Data hash', run.datasetHash],
    ['Weight hash', run.weightHash ?? '–'],
    ['Settings changed', run.changed.join(', ') || 'none'],
    ['Report made', date(madeAt.getTime())],
  ];
  if (model?.latency)
    rows.push([
      'Latency here',
      `one text ${figure(model.latency.oneMs, 2)} ms, a thousand ${figure(model.latency.thousandMs, 0)} ms`,
    ]);
  return markup`<table><tbody>${rows.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

function notes(events: readonly RunEvent[]): Markup | string {
  const told = events.filter((event) => event.kind === 'note' && event.message);
  if (told.length === 0) return '';
  return section(
    'Log',
    markup`<table><tbody>${told.map((event) => markup`<tr><td class="n">${whole(event.step)}</td><td>${event.message}</td></tr>`)}</tbody></table>`,
  );
}
