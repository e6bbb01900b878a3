// The tasks this worker knows, by id. Filled by the entry from the task folders; nobody else looks there.
import { UnsupportedError } from '../src/contract/errors';
import type { Predictor, RowKind, TaskSpec, TaskTraining, Trainer } from '../src/tasks/task';
import type { Device } from './backends/device';
import { labelledRows } from './labelled-rows';

/** What a task's rows, trainers and predictors are is the task's own; they go from one of its functions to another. */
export type AnyTraining = TaskTraining<Device, unknown, Predictor, Trainer>;

export interface KnownTask {
  spec: TaskSpec;
  training: AnyTraining;
  rows: RowKind<unknown>;
}

export interface TaskTable {
  get(id: string): KnownTask;
}

export function taskTable(specs: TaskSpec[], trainings: AnyTraining[]): TaskTable {
  const known = new Map<string, KnownTask>();
  for (const spec of specs) {
    const training = trainings.find((one) => one.id === spec.id);
    if (training) known.set(spec.id, { spec, training, rows: training.rows ?? labelledRows });
  }
  return {
    get(id) {
      const task = known.get(id);
      if (task) return task;
      throw new UnsupportedError(`The task "${id}" cannot be trained here. There are ${[...known.keys()].join(', ')}.`);
    },
  };
}
