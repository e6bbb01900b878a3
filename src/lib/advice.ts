// What to do about a weak result, from the figures, rows and curve of a run. Pure: each piece of advice says what it saw and
// names one act; who shows it does the act (views/run/AdvicePanel.svelte).
import type { ClassificationMetrics } from '../contract/metrics';

/** Below it, advice is given. */
export const weakF1 = 0.7;

export type AdviceAct =
  { does: 'label' } | { does: 'review' } | { does: 'train'; changes: Readonly<Record<string, unknown>> };

export interface Advice {
  kind: 'more-rows' | 'imbalance' | 'epochs' | 'learning-rate' | 'label-noise';
  /** What was seen and why it matters, in one or two sentences. */
  text: string;
  button: string;
  act: AdviceAct;
}

export interface WeakResult {
  metrics: ClassificationMetrics;
  /** Training rows of each label. */
  trainRows: ReadonlyMap<string, number>;
  config: Readonly<Record<string, unknown>>;
  steps: number;
  totalSteps: number;
  bestStep: number | null;
  /** Points of the training loss, in order of steps. */
  losses: readonly { step: number; loss: number }[];
}

const fewRows = 20;
const muchLarger = 10;
const sure = 0.9;
const noisyShare = 0.05;
const named = 5;

/** Nothing where macro-F1 is at least .70; else at least one piece, the likeliest help first. */
export function adviceFor(result: WeakResult): Advice[] {
  if (result.metrics.rows === 0 || result.metrics.f1Macro >= weakF1) return [];
  const training = [...trainingAdvice(result), ...imbalance(result)];
  const found = [...training, ...moreRows(result), ...labelNoise(result)];
  return found.length > 0 ? found : [weakest(result)];
}

/** Classes from fewest rows, as “name (12 rows)”. */
function listed(classes: readonly (readonly [string, number])[]): string {
  const names = classes.slice(0, named).map(([label, rows]) => `${label} (${rows} ${rows === 1 ? 'row' : 'rows'})`);
  return names.join(', ') + (classes.length > named ? ` and ${classes.length - named} more` : '');
}

function weakClasses({ metrics, trainRows }: WeakResult): (readonly [string, number])[] {
  return Object.entries(metrics.perClass)
    .filter(([, figures]) => figures.f1 < weakF1)
    .map(([label]) => [label, trainRows.get(label) ?? 0] as const)
    .sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
}

function moreRows(result: WeakResult): Advice[] {
  const classes = weakClasses(result).filter(([, rows]) => rows < fewRows);
  if (classes.length === 0) return [];
  const text = `Weak classes have fewer than ${fewRows} training rows: ${listed(classes)}. Nothing helps them as much as more rows.`;
  return [{ kind: 'more-rows', text, button: 'Label rows', act: { does: 'label' } }];
}

function weakest(result: WeakResult): Advice {
  const classes = weakClasses(result).slice(0, 3);
  const text = `Nothing stands out but the classes themselves: ${listed(classes)} are the weakest. More rows of them, or fewer and clearer classes, help most.`;
  return { kind: 'more-rows', text, button: 'Label rows', act: { does: 'label' } };
}

function imbalance({ trainRows, config, metrics }: WeakResult): Advice[] {
  const counts = [...trainRows].filter(([, rows]) => rows > 0).sort((a, b) => a[1] - b[1]);
  const [least, most] = [counts[0], counts.at(-1)];
  if (!least || !most || most[1] < muchLarger * least[1]) return [];
  const seen = `${most[0]} has ${most[1]} training rows and ${least[0]} ${least[1]}: the model hears mostly of the large classes.`;
  const several = metrics.hammingLoss !== undefined;
  const weight = several ? nextWeight(config['posWeight']) : config['classWeight'] === 'none' ? 'balanced' : null;
  if (weight === null) return [{ kind: 'imbalance', text: seen, button: 'Label rows', act: { does: 'label' } }];
  const changes = { [several ? 'posWeight' : 'classWeight']: weight };
  const text = `${seen} Let rows of rare classes count more.`;
  return [{ kind: 'imbalance', text, button: 'Train with rare classes weighted', act: { does: 'train', changes } }];
}

function nextWeight(now: unknown): string | null {
  return now === 'none' ? 'sqrt' : now === 'sqrt' ? 'balanced' : null;
}

/** At most one of: too short, too slow, too fast. */
function trainingAdvice({ config, steps, totalSteps, bestStep, losses }: WeakResult): Advice[] {
  const { epochs, learningRate } = config;
  const [first, last] = [losses[0], losses.at(-1)];
  if (typeof learningRate === 'number' && first && last && losses.length > 2) {
    const least = Math.min(...losses.map(({ loss }) => loss));
    if (last.loss > 1.5 * least && last.loss > 0.9 * first.loss)
      return [
        rate(
          learningRate / 3,
          'The training loss came down and rose again: steps were too long. Lower the learning rate.',
        ),
      ];
    if (last.loss > 0.85 * first.loss)
      return [rate(learningRate * 3, 'The training loss hardly fell: steps were too short. Raise the learning rate.')];
  }
  const ranToEnd = totalSteps > 0 && steps >= totalSteps;
  if (typeof epochs !== 'number' || !ranToEnd || (bestStep !== null && bestStep < 0.9 * totalSteps)) return [];
  const more = Math.min(1000, Math.ceil(2 * epochs));
  if (more <= epochs) return [];
  const text = `The last evaluation was the best: the run ended while it still learned. Give it ${more} epochs instead of ${epochs}.`;
  return [{ kind: 'epochs', text, button: `Train ${more} epochs`, act: { does: 'train', changes: { epochs: more } } }];
}

function rate(value: number, text: string): Advice {
  const learningRate = Number(Math.min(1, value).toPrecision(2));
  const act = { does: 'train' as const, changes: { learningRate } };
  return { kind: 'learning-rate', text, button: `Train at ${learningRate}`, act };
}

/** Rows that the model is sure about and the label contradicts: as often the label is wrong. */
function labelNoise({ metrics }: WeakResult): Advice[] {
  const against = metrics.misclassified.filter(({ actual, scores }) =>
    scores.some(({ label, score }) => score >= sure && !actual.includes(label)),
  );
  if (against.length < noisyShare * metrics.rows) return [];
  const share = Math.round((100 * against.length) / metrics.rows);
  const text = `In ${against.length} of ${metrics.rows} rows (${share} %) the model is surer than ${sure} of a label that the row does not have: some of these labels are wrong. Look at them first.`;
  return [{ kind: 'label-noise', text, button: 'Review doubtful labels', act: { does: 'review' } }];
}
