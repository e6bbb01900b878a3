// Live events of runs: told to this tab's listeners and relayed to every other tab. Nothing is stored here.
import type { TrainEvent } from '../contract/events';

export interface TrainEvents {
  emit(event: TrainEvent): void;
  subscribe(listener: (event: TrainEvent) => void): () => void;
}

/** Where the browser has no BroadcastChannel, events stay in this tab. */
export function createTrainEvents(): TrainEvents {
  const listeners = new Set<(event: TrainEvent) => void>();
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('trainyard-runs');
  const tell = (event: TrainEvent): void => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        // One listener's defect must not end a run or silence the others; the page's error handler shows it.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };
  if (channel) channel.onmessage = (message: MessageEvent<TrainEvent>) => tell(message.data);
  return {
    emit(event) {
      channel?.postMessage(event);
      tell(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
