// The worker's half of supervision (src/client/supervise.ts): a lock it holds as long as it lives, and an
// answer to every ping.

declare const self: DedicatedWorkerGlobalScope;

export function showAlive(): void {
  const name = `alive:${self.name}:${crypto.randomUUID()}`;
  const forever = new Promise<void>(() => undefined);
  void navigator.locks.request(name, () => {
    self.postMessage({ alive: name });
    return forever;
  });
  self.addEventListener('message', (event: MessageEvent<unknown>) => {
    const { data } = event;
    if (typeof data === 'object' && data !== null && 'ping' in data) self.postMessage({ pong: true });
  });
}
