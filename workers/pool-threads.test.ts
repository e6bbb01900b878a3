// Threads are kept from run to run, ended when nobody needs them, and left out where they do not answer.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepThreads, wakeThreads } from './pool-threads';

/** Answers `ready` when it starts and when it is asked, unless it is dead. */
class FakeThread {
  static made: FakeThread[] = [];
  static born = true;
  onmessage: (() => void) | null = null;
  onerror: (() => void) | null = null;
  alive = FakeThread.born;
  ended = false;
  constructor() {
    FakeThread.made.push(this);
    this.answer();
  }
  postMessage(): void {
    this.answer();
  }
  terminate(): void {
    this.ended = true;
  }
  private answer(): void {
    if (this.alive) setTimeout(() => this.onmessage?.(), 1);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeThread.made = [];
  FakeThread.born = true;
  vi.stubGlobal('Worker', FakeThread);
  vi.stubGlobal('location', new URL('http://localhost/app/'));
});
afterEach(async () => {
  await vi.advanceTimersByTimeAsync(120_000);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function wake(count: number): Promise<Worker[]> {
  const woken = wakeThreads(count);
  await vi.advanceTimersByTimeAsync(6000);
  return woken;
}
const ended = (): boolean[] => FakeThread.made.map((thread) => thread.ended);

test('the next run gets the same threads', async () => {
  const first = await wake(2);
  keepThreads(first);
  expect(await wake(2)).toEqual(first);
  expect(FakeThread.made).toHaveLength(2);
  expect(ended()).toEqual([false, false]);
});

test('after a minute without a run they are ended', async () => {
  keepThreads(await wake(2));
  await vi.advanceTimersByTimeAsync(61_000);
  expect(ended()).toEqual([true, true]);
  await wake(1);
  expect(FakeThread.made).toHaveLength(3);
});

test('one that does not answer is ended and left out', async () => {
  const [first, second] = await wake(2);
  keepThreads([first!, second!]);
  FakeThread.made[0]!.alive = false;
  expect(await wake(2)).toEqual([second]);
  expect(ended()).toEqual([true, false]);
});

test('where none starts there is none', async () => {
  FakeThread.born = false;
  expect(await wake(2)).toEqual([]);
  expect(ended()).toEqual([true, true]);
});
