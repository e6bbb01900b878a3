// The end of a run: the best weights back, hashed, judged on every validation and test row through the same
// predictor that will answer later, and registered as a model version.
import type { Model, Run } from '../src/contract/records';
import { newId } from '../src/lib/ids';
import { removeCheckpoints } from '../src/storage/checkpoints';
import { registerModel } from '../src/storage/models';
import { updateRun } from '../src/storage/runs';
import { tensorBytes } from '../src/storage/weights';
import type { Trainer } from '../src/tasks/task';
import type { Device } from './backends/device';
import type { CheckpointKeeper } from './keep';
import type { LoopState } from './loop';
import type { RunReporter } from './report';
import type { SittingHost } from './sitting';
import type { KnownTask } from './task-table';
import { weightHash } from './weight-hash';

interface Ending {
  host: SittingHost;
  run: Run;
  trainer: Trainer;
  task: KnownTask;
  /** As `task.rows` read them. */
  data: unknown;
  loop: LoopState;
  status: 'finished' | 'stopped';
  seconds: () => number;
  reporter: RunReporter;
  keeper: CheckpointKeeper;
  device: Device | null;
}

export async function finishRun(ending: Ending): Promise<Run> {
  const { host, run, trainer, data, loop, reporter } = ending;
  const { training, rows } = ending.task;
  const { labels, multiLabel } = rows.labels(data);
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
    labels,
    multiLabel,
    backend: run.backend ?? 'cpu',
    device: ending.device,
  });
  try {
    const metrics: Run['metrics'] = {
      validation: await rows.judge(run, 'validation', data, predictor),
      test: await rows.judge(run, 'test', data, predictor),
    };
    phase('timing predictions');
    const latency = await rows.latency(data, predictor);
    if (latency) metrics.latencyMs = { one: latency.oneMs, thousand: latency.thousandMs };
    const sizeBytes = tensorBytes(kept.tensors);
    const draft: Omit<Model, 'version' | 'name'> = {
      id: newId('model'),
      projectId: run.projectId,
      runId: run.id,
      task: run.task,
      createdAt: Date.now(),
      labels,
      multiLabel,
      datasetId: run.recipe.dataset,
      datasetHash: run.datasetHash,
      recipe: run.recipe,
      seed: run.seed,
      environment: {
        ...{ build: run.build, backend: run.backend, adapter: run.adapter },
        ...(run.base ? { base: run.base } : {}),
      },
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
