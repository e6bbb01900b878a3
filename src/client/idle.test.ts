import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { whenIdle } from './idle';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const after = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

function watch(answers: (boolean | Error)[], free: () => boolean = () => true) {
  let acts = 0;
  const act = () => {
    const answer = answers[Math.min(acts++, answers.length - 1)] ?? true;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { idle: whenIdle({ free: () => Promise.resolve(free()), act }), acts: () => acts };
}

it('acts once after five untouched seconds', async () => {
  const { idle, acts } = watch([true]);
  await after(4);
  idle.touched();
  await after(4);
  expect(acts()).toBe(0);
  await after(1);
  expect(acts()).toBe(1);
  await after(60);
  expect(acts()).toBe(1);
});

it('waits while something goes on', async () => {
  let works = true;
  const { acts } = watch([true], () => !works);
  await after(60);
  expect(acts()).toBe(0);
  works = false;
  await after(5);
  expect(acts()).toBe(1);
});

it('tries again after what was called off, five times at most, and anew when asked', async () => {
  const { idle, acts } = watch([new Error('called off'), false, new Error('called off')]);
  await after(10);
  expect(acts()).toBe(2);
  await after(120);
  expect(acts()).toBe(5);
  idle.again();
  await after(5);
  expect(acts()).toBe(6);
  idle.stop();
  await after(60);
  expect(acts()).toBe(6);
});
