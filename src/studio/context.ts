// What every part of the facade is given. Nothing here is global: tests build their own.
import type { DataApi } from '../contract/data';
import type { TrainEvent } from '../contract/events';
import type { TrainApi } from '../contract/train';
import type { TaskSpec } from '../tasks/task';

export interface StudioContext {
  data: DataApi;
  trainer: TrainApi;
  tasks: ReadonlyMap<string, TaskSpec>;
  /** Rejects with StorageError where another tab is this project's writer; takes the lock where none is. */
  requireWriter(projectId: string): Promise<void>;
  /** Live events of runs, from this tab and (relayed) from others. */
  trainEvents: {
    emit(event: TrainEvent): void;
    subscribe(listener: (event: TrainEvent) => void): () => void;
  };
}
