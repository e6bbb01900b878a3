// What a run will take, before it is started: parameters, memory, steps from the data set's figures, and seconds
// from a few real steps on this computer, kept by configuration. Over budget it says what to lower and how far.
import type { PlanProbe } from '../../src/contract/engine';
import type { BackendChoice, Recipe } from '../../src/contract/records';
import type { RunPlan } from '../../src/contract/train';
import { getDataset } from '../../src/storage/datasets';
import { memoryBudget, memoryFactsHere } from './budget';
import { changesToFit } from './changes';
import { pace, rowsToMeasure, withTrainer, type PlannerHost } from './measure';
import { planSize } from './plan-size';
import { rowsPerStep, splitShare } from './step-rows';

/** Of measured steps. */
const probeMs = 300;
/** A plan never waits longer for them; what is measured later stands in the next plan. */
const patienceMs = 900;
const mostKept = 64;
const bytesShown = (bytes: number): string =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

interface Probed extends PlanProbe {
  /** Seconds that judging one row takes. */
  secondsPerScore: number;
}

export class RunPlanner {
  private readonly probes = new Map<string, Promise<Probed | null>>();

  /** `inLine`: one measurement at a time, called off by the signal it is given. */
  constructor(
    private readonly host: PlannerHost,
    private readonly inLine: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>,
  ) {}

  async plan(recipe: Recipe, choice: BackendChoice): Promise<RunPlan> {
    const { spec, training } = this.host.tasks.get(recipe.task);
    const dataset = await getDataset(recipe.dataset);
    const size = await planSize(recipe);
    const plan = training.plan(recipe.config, size);
    if (!training.usesBackend) return plan;
    const fact = await this.host.backends.choose(choice).catch(() => this.host.backends.choose('auto'));
    const budgetBytes = memoryBudget(fact.backend, memoryFactsHere(fact.limits?.['maxBufferSize']));
    const changes = changesToFit(
      recipe.config,
      training.savings ?? [],
      spec.fields,
      budgetBytes,
      (config) => training.plan(config, size).bytes,
    );
    const fits = plan.bytes <= budgetBytes;
    const advice = fits
      ? plan.advice
      : [
          `This needs about ${bytesShown(plan.bytes)}, and ${bytesShown(budgetBytes)} can be had here.`,
          ...changes.map(
            (one) =>
              `Lower "${one.title}" from ${String(one.from)} to ${String(one.to)}: ${bytesShown(one.bytes)}. ${one.why}`,
          ),
        ];
    // What would not fit is not tried out: the tab could end.
    const tried = fits && size.rows > 0 && plan.stepsTellTime !== false;
    const probe = tried ? await within(patienceMs, this.probe(recipe, choice, dataset.hash)) : null;
    if (!probe) return { ...plan, fits, advice, budgetBytes, changes, probe: null };
    const { secondsPerScore, ...told } = probe;
    const validation = Math.round(size.rows * splitShare(recipe.config, 'validation'));
    const test = Math.round(size.rows * splitShare(recipe.config, 'test'));
    const judged = (plan.evaluations ?? 0) * Math.min(validation, mostJudged) + validation + test;
    const secondsEstimated = plan.steps * probe.secondsPerStep + judged * secondsPerScore;
    return { ...plan, fits, advice, budgetBytes, changes, secondsEstimated, probe: told };
  }

  /** Null where measuring is not possible now: a run trains, or the rows are refused (the start will say why). */
  private async probe(recipe: Recipe, choice: BackendChoice, dataHash: string): Promise<Probed | null> {
    const { backend, adapter } = await this.host.backends.choose(choice);
    const key = JSON.stringify([recipe.task, dataHash, backend, adapter, recipe.config]);
    const known = this.probes.get(key);
    if (known) return known;
    if (this.host.busy()) return null;
    const asked = this.inLine((signal) => this.measure(recipe, choice, signal)).catch(() => null);
    this.probes.set(key, asked);
    void asked.then((found) => {
      if (!found) this.probes.delete(key);
    });
    for (const old of this.probes.keys()) {
      if (this.probes.size <= mostKept) break;
      this.probes.delete(old);
    }
    return asked;
  }

  private async measure(recipe: Recipe, choice: BackendChoice, signal: AbortSignal): Promise<Probed> {
    const { rows } = this.host.tasks.get(recipe.task);
    const data = await rowsToMeasure(this.host, recipe, rowsPerStep(recipe.config));
    return withTrainer(this.host, recipe, choice, data, signal, async (trainer, { backend, adapter }) => {
      const { steps, secondsPerStep } = await pace(trainer, probeMs, signal);
      const began = performance.now();
      await rows.validation(data, trainer)?.();
      const secondsPerScore = (performance.now() - began) / 1000 / Math.max(1, rows.counts(data).validation);
      const examplesPerSecond = trainer.examplesPerStep / secondsPerStep;
      return { steps, secondsPerStep, examplesPerSecond, secondsPerScore, backend, adapter, at: Date.now() };
    });
  }
}

async function within<T>(milliseconds: number, asked: Promise<T | null>): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), milliseconds)));
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** As in validation.ts: larger splits are judged by a part while a run works. */
const mostJudged = 4000;
