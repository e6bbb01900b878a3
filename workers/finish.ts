// The end of a run: the best weights back, hashed, judged on every validation and test row through the same
// predictor that will answer later, and registered as a model version.
import type { FrozenSplit, Model, Run, Split } from '../src/contract/records';
import { newId } from '../src/lib/ids';
import { evaluateRows } from '../src/lib/metrics/evaluate';
import { removeCheckpoints } from '../src/storage/checkpoints';
import { getFrozenSplit, putFrozenSplits } from '../src/storage/frozen-splits';
import { registerModel } from '../src/storage/models';
import { updateRun } from '../src/storage/runs';
import { tensorBytes } from '../src/storage/weights';
import type { Predictor, TaskData, TaskTraining, Trainer } from '../src/tasks/task';
import type { Device } from './backends/device';
import type { CheckpointKeeper } from './keep';
import type { LoopState } from './loop';
import type { RunReporter } from './report';
import type { SittingHost } from './sitting';
import { weightHash } from './weight-hash';

interface Ending {
  host: SittingHost;
  run: Run;
  trainer: Trainer;
  training: TaskTraining<Device>;
  data: TaskData;
  loop: LoopState;
  status: 'finished' | 'stopped';
  seconds: () => number;
  reporter: RunReporter;
  keeper: CheckpointKeeper;
  device: Device | null;
}

/** Longest that timing a model may take: a slow one is timed on fewer texts and scaled. */
const latencyBudgetMs = 1500;

export async function finishRun(ending: Ending): Promise<Run> {
  const { host, run, trainer, training, data, loop, reporter } = ending;
  const phase = (name: string): void =>
    reporter.progress(
      { phase: name, step: loop.step, totalSteps: trainer.totalSteps, examplesPerSecond: null, secondsLeft: null },
      true,
    );
  await bringBackBest(ending);
  const kept = await trainer.weights();
  const hash = await weightHash(kept.tensors);
  const seconds = ending.seconds();
  phase('evaluating');
  const predictor = await training.load(kept, {
    labels: data.labels,
    multiLabel: data.multiLabel,
    backend: run.backend ?? 'cpu',
    device: ending.device,
  });
  try {
    const metrics: Run['metrics'] = {
      validation: await judge(run, 'validation', data, predictor),
      test: await judge(run, 'test', data, predictor),
    };
    phase('timing predictions');
    const latency = await timePredictions(predictor, data);
    const sizeBytes = tensorBytes(kept.tensors);
    const draft: Omit<Model, 'version' | 'name'> = {
      id: newId('model'),
      projectId: run.projectId,
      runId: run.id,
      task: run.task,
      createdAt: Date.now(),
      labels: data.labels,
      multiLabel: data.multiLabel,
      datasetId: run.recipe.dataset,
      datasetHash: run.datasetHash,
      recipe: run.recipe,
      seed: run.seed,
      environment: { build: run.build, backend: run.backend, adapter: run.adapter },
      metrics,
      weightHash: hash,
      weightsId: newId('weights'),
      sizeBytes,
      ...(latency ? { latency } : {}),
    };
    const model = await registerModel(draft, kept.tensors, kept.meta);
    host.predictors.forget(model.id);
    reporter.note(loop.step, `Registered as ${model.name}`);
    await reporter.flush();
    const done = await updateRun(run.id, {
      status: ending.status,
      finishedAt: Date.now(),
      seconds,
      modelId: model.id,
      metrics,
      weightHash: hash,
      sizeBytes,
    });
    await removeCheckpoints(run.id, loop.best ? ['last'] : []);
    return done;
  } finally {
    predictor.dispose();
  }
}

async function bringBackBest({ trainer, loop, reporter, keeper }: Ending): Promise<void> {
  if (!trainer.best || !loop.best || loop.best.step === loop.step) return;
  const { step } = loop.best;
  const state = await keeper.bestState(step);
  if (!state) return;
  await trainer.restore(state, step);
  reporter.note(loop.step, `The weights of step ${step} are kept: the best ${trainer.best.metric}`);
}

async function judge(
  run: Run,
  split: Split,
  data: TaskData,
  predictor: Predictor,
): Promise<Run['metrics']['validation']> {
  const rows = data.splits[split];
  if (rows.rowIds.length === 0) return null;
  const { metrics, predicted, confidence } = evaluateRows({
    labels: data.labels,
    multiLabel: data.multiLabel,
    rowIds: rows.rowIds,
    texts: rows.texts,
    actual: rows.targets,
    scores: await predictor.score(rows.texts),
  });
  const frozen: FrozenSplit = await getFrozenSplit(run.id, split);
  await putFrozenSplits([{ ...frozen, predicted, confidence }]);
  return metrics;
}

/** Milliseconds of one prediction (median of nine) and of a thousand, with evidence off. */
async function timePredictions(predictor: Predictor, data: TaskData): Promise<Model['latency'] | null> {
  const texts = [...data.splits.test.texts, ...data.splits.validation.texts, ...data.splits.train.texts].slice(0, 1000);
  if (texts.length === 0) return null;
  const time = async (some: string[]): Promise<number> => {
    const began = performance.now();
    await predictor.predict(some, { topK: 5 });
    return performance.now() - began;
  };
  await time(texts.slice(0, 1));
  const ones: number[] = [];
  const began = performance.now();
  for (let i = 0; i < 9 && performance.now() - began < latencyBudgetMs / 3; i++)
    ones.push(await time([texts[i % texts.length]!]));
  ones.sort((a, b) => a - b);
  const oneMs = ones[Math.floor(ones.length / 2)]!;
  const affordable = Math.max(1, Math.floor(latencyBudgetMs / 2 / Math.max(oneMs, 0.01)));
  const many = Array.from({ length: 1000 }, (_, i) => texts[i % texts.length]!).slice(0, affordable);
  return { oneMs, thousandMs: ((await time(many)) * 1000) / many.length };
}
