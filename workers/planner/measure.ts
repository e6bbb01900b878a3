// A trainer made for measuring: real rows, but only as many as a few steps need; nothing is stored and nothing is
// kept. Refused while a run trains, since each would slow the other and both figures would be wrong.
import { DeviceError, UnsupportedError } from '../../src/contract/errors';
import type { BackendChoice, Recipe } from '../../src/contract/records';
import { getDataset } from '../../src/storage/datasets';
import { getProject } from '../../src/storage/projects';
import type { Trainer } from '../../src/tasks/task';
import type { Backends } from '../backends/start';
import type { StartedBackend } from '../backends/types';
import { breather } from '../breathe';
import type { TaskTable } from '../task-table';
import { checkSignal } from './jobs';

export interface PlannerHost {
  tasks: TaskTable;
  backends: Backends;
  /** A run trains now. */
  busy(): boolean;
}

/** Enough rows for a vocabulary that behaves like the whole one's. */
const fewestRows = 2000;

/** Rows for steps of up to `stepRows` rows (all batches that are added up for one), from the start of the data set, split as the recipe says. */
export async function rowsToMeasure(host: PlannerHost, recipe: Recipe, stepRows: number): Promise<unknown> {
  const { spec, rows } = host.tasks.get(recipe.task);
  const [dataset, project] = await datasetOf(recipe);
  const { data } = await rows.read(recipe, spec, dataset, project, Math.max(fewestRows, 3 * stepRows));
  return data;
}

async function datasetOf(recipe: Recipe) {
  const dataset = await getDataset(recipe.dataset);
  return [dataset, await getProject(dataset.projectId)] as const;
}

/** Makes the trainer, hands it to `use`, and takes it down again whatever happens. */
export async function withTrainer<T>(
  host: PlannerHost,
  recipe: Recipe,
  choice: BackendChoice,
  data: unknown,
  signal: AbortSignal,
  use: (trainer: Trainer, started: StartedBackend) => Promise<T>,
): Promise<T> {
  const { spec, training } = host.tasks.get(recipe.task);
  if (!training.usesBackend)
    throw new UnsupportedError(`${spec.title} is not trained in small steps, so there are none to measure.`);
  checkFree(host);
  return host.backends.startTrusted(choice, async (started) => {
    const trainer = await training.prepare({
      config: recipe.config,
      seed: recipe.seed,
      data,
      backend: started.backend,
      device: started.device,
      signal,
      report: () => undefined,
    });
    try {
      return await use(trainer, started);
    } finally {
      trainer.dispose();
    }
  });
}

export function checkFree(host: PlannerHost): void {
  if (host.busy())
    throw new DeviceError('A run is training, and measuring beside it would be wrong. Wait for its end, or pause it.');
}

export interface Pace {
  steps: number;
  /** Median. */
  secondsPerStep: number;
}

/** Steps for about `milliseconds` after `warmUp` that do not count; at least three. */
export async function pace(trainer: Trainer, milliseconds: number, signal: AbortSignal, warmUp = 2): Promise<Pace> {
  const breath = breather(30);
  const times: number[] = [];
  let began = performance.now();
  for (let step = 0; times.length < 3 || performance.now() - began < milliseconds; step++) {
    await breath();
    checkSignal(signal);
    const start = performance.now();
    await trainer.step(step);
    // A step of a graphics device is only handed over by then: it is over when its figures are there.
    await trainer.told?.();
    if (step >= warmUp) times.push(performance.now() - start);
    else began = performance.now();
  }
  times.sort((a, b) => a - b);
  return { steps: times.length, secondsPerStep: times[Math.floor(times.length / 2)]! / 1000 };
}
