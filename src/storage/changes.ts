// Who changed what, told to every tab and thread of this origin after the commit, never before.

export interface Change {
  stores: string[];
  projectId?: string;
}

const channelName = 'trainyard-changes';
const listeners = new Set<(change: Change) => void>();
let channel: BroadcastChannel | null = null;

function open(): BroadcastChannel | null {
  if (typeof BroadcastChannel === 'undefined') return null;
  if (!channel) {
    channel = new BroadcastChannel(channelName);
    channel.onmessage = (event: MessageEvent<Change>) => {
      for (const listener of listeners) listener(event.data);
    };
  }
  return channel;
}

export function announce(change: Change): void {
  open()?.postMessage(change);
  for (const listener of listeners) listener(change);
}

export function onChange(listener: (change: Change) => void): () => void {
  open();
  listeners.add(listener);
  return () => listeners.delete(listener);
}
