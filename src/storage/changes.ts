// Who changed what, told to every tab and thread of this origin after the commit, never before. A listener that
// throws is reported and harms neither the others nor the write, which is done by then.

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
    channel.onmessage = (event: MessageEvent<Change>) => tell(event.data);
    // Node keeps a process alive for an open channel; browsers have no such method.
    if ('unref' in channel && typeof channel.unref === 'function') channel.unref();
  }
  return channel;
}

function tell(change: Change): void {
  for (const listener of listeners) {
    try {
      listener(change);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** For what only this page knows, such as that its storage fails: other tabs find out for themselves. */
export function announceHere(change: Change): void {
  tell(change);
}

export function announce(change: Change): void {
  open()?.postMessage(change);
  tell(change);
}

export function onChange(listener: (change: Change) => void): () => void {
  open();
  listeners.add(listener);
  return () => listeners.delete(listener);
}
