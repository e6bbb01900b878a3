// The tasks this worker knows, by id. Filled by the entry from the task folders; nobody else looks there.
import { UnsupportedError } from '../src/contract/errors';
import type { TaskSpec, TaskTraining } from '../src/tasks/task';
import type { Device } from './backends/device';

export interface KnownTask {
  spec: TaskSpec;
  training: TaskTraining<Device>;
}

export interface TaskTable {
  get(id: string): KnownTask;
}

export function taskTable(specs: TaskSpec[], trainings: TaskTraining<Device>[]): TaskTable {
  const known = new Map<string, KnownTask>();
  for (const spec of specs) {
    const training = trainings.find((one) => one.id === spec.id);
    if (training) known.set(spec.id, { spec, training });
  }
  return {
    get(id) {
      const task = known.get(id);
      if (task) return task;
      throw new UnsupportedError(`The task "${id}" cannot be trained here. There are ${[...known.keys()].join(', ')}.`);
    },
  };
}
