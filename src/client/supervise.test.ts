// The supervisor with workers made of paper: calls end when the worker does, and a new one is started.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { superviseWorker } from './supervise';

/** As much of a worker as the supervisor touches; its lock is granted to others when it dies. */
class PaperWorker extends EventTarget {
  terminated = false;
  answersPings = true;
  private static locks = new Map<string, () => void>();
  static grant(name: string, granted: () => void): void {
    PaperWorker.locks.set(name, granted);
  }
  constructor(readonly name: string) {
    super();
    queueMicrotask(() => this.say({ alive: name }));
  }
  say(data: unknown): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
  postMessage(data: object): void {
    if ('ping' in data && this.answersPings) queueMicrotask(() => this.say({ pong: true }));
  }
  terminate(): void {
    this.terminated = true;
  }
  die(): void {
    PaperWorker.locks.get(this.name)?.();
  }
}

const workers: PaperWorker[] = [];
function supervise(hungAfterMs?: number) {
  return superviseWorker(
    () => {
      const worker = new PaperWorker(`paper ${workers.length}`);
      workers.push(worker);
      return { worker, api: { number: workers.length } };
    },
    'paper worker',
    hungAfterMs,
  );
}

beforeEach(() => {
  workers.length = 0;
  vi.useFakeTimers();
  vi.stubGlobal('navigator', {
    locks: { request: (name: string, granted: () => void) => void PaperWorker.grant(name, granted) },
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
const never = (): Promise<never> => new Promise(() => undefined);

describe('superviseWorker', () => {
  it('passes answers and errors through, with one worker for all calls', async () => {
    const { call } = supervise();
    expect(await call((api) => Promise.resolve(api.number))).toBe(1);
    expect(await call((api) => Promise.resolve(api.number))).toBe(1);
    await expect(call(() => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
  });

  it('rejects every pending call at once when the worker dies, and starts another', async () => {
    const { call } = supervise();
    const pending = [call(never), call(never)];
    const settled = Promise.allSettled(pending);
    await vi.advanceTimersByTimeAsync(10);
    workers[0]!.die();
    for (const one of await settled) expect(one).toMatchObject({ status: 'rejected', reason: { name: 'DeviceError' } });
    expect(workers[0]!.terminated).toBe(true);
    expect(await call((api) => Promise.resolve(api.number))).toBe(2);
  });

  it('does the same for a late throw and for one that answers no ping', async () => {
    const { call } = supervise();
    const first = expect(call(never)).rejects.toThrow(/broke off \(late\)/);
    workers[0]!.dispatchEvent(Object.assign(new Event('error'), { message: 'late' }));
    await first;
    const second = expect(call(never)).rejects.toThrow(/stopped answering/);
    workers[1]!.answersPings = false;
    await vi.advanceTimersByTimeAsync(40_000);
    await second;
  });

  it('waits for a silent worker as long as its client says, not longer', async () => {
    const { call } = supervise(15_000);
    let ended = false;
    const pending = call(never).catch(() => (ended = true));
    workers[0]!.answersPings = false;
    await vi.advanceTimersByTimeAsync(14_000);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(5000);
    expect(ended).toBe(true);
    await pending;
  });

  it('leaves a worker alone that answers, however long it takes', async () => {
    const { call } = supervise();
    let done: (value: string) => void = () => undefined;
    const slow = call(() => new Promise<string>((resolve) => (done = resolve)));
    await vi.advanceTimersByTimeAsync(600_000);
    done('late but right');
    expect(await slow).toBe('late but right');
    expect(workers).toHaveLength(1);
  });
});
