// What every part of the facade is given. Nothing here is global: tests build their own.
import type { DataApi } from '../contract/data';
import type { OnnxApi } from '../contract/onnx';
import type { TrainApi } from '../contract/train';
import type { TaskSpec } from '../tasks/task';
import type { Tabs } from './tabs';
import type { TrainEvents } from './train-events';

export interface StudioContext {
  data: DataApi;
  trainer: TrainApi;
  /** For bases that come as ONNX files only. */
  onnx: OnnxApi;
  tasks: ReadonlyMap<string, TaskSpec>;
  /** Rejects with StorageError where another tab is this project's writer; takes the lock where none is. */
  requireWriter(projectId: string): Promise<void>;
  /** Live events of runs, from this tab and (relayed) from others. */
  trainEvents: TrainEvents;
}

/** Puts the parts together. A project with a run going on in this tab stays this tab's, shown or not. */
export function createContext(parts: {
  data: DataApi;
  trainer: TrainApi;
  onnx: OnnxApi;
  tasks: ReadonlyMap<string, TaskSpec>;
  tabs: Tabs;
  trainEvents: TrainEvents;
}): StudioContext {
  const { data, trainer, onnx, tasks, tabs, trainEvents } = parts;
  const going = new Map<string, () => void>();
  return {
    data,
    trainer,
    onnx,
    tasks,
    requireWriter: (projectId) => tabs.requireWriter(projectId),
    trainEvents: {
      emit(event) {
        if (event.type === 'status') {
          const { id, projectId, status } = event.run;
          const under = status === 'queued' || status === 'running' || status === 'paused';
          if (under && !going.has(id)) going.set(id, tabs.hold(projectId));
          if (!under) {
            going.get(id)?.();
            going.delete(id);
          }
        }
        trainEvents.emit(event);
      },
      subscribe: (listener) => trainEvents.subscribe(listener),
    },
  };
}
