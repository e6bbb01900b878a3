// Every schedule against transformers and torch.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeWithShared } from '../../src/lib/testing/shared';
import { observePlateau, scheduleFactor, type PlateauState, type Schedule } from './schedule';

interface Fixture {
  name: string;
  baseLr: number;
  options: Record<string, never>;
  lr: number[];
  metric?: number[];
}

/** Ours for each of the fixtures' names; `base` is the rate the factor is of. */
const schedules: Record<string, { schedule: Schedule; base?: number }> = {
  constant: { schedule: { name: 'constant' } },
  'constant-warmup': { schedule: { name: 'constant', warmup: 8 } },
  linear: { schedule: { name: 'linear', warmup: 10, total: 40 } },
  'linear-no-warmup': { schedule: { name: 'linear', total: 20 } },
  cosine: { schedule: { name: 'cosine', warmup: 10, total: 40 } },
  'cosine-restarts': { schedule: { name: 'cosine-restarts', warmup: 4, total: 40, cycles: 3 } },
  'cosine-min-lr': { schedule: { name: 'cosine', warmup: 5, total: 40, minimum: 0.1 } },
  polynomial: { schedule: { name: 'polynomial', warmup: 5, total: 40, end: 1e-3, power: 2 } },
  'inverse-sqrt': { schedule: { name: 'inverse-square-root', warmup: 5 } },
  wsd: { schedule: { name: 'warmup-stable-decay', warmup: 5, stable: 20, decay: 10 } },
  'one-cycle': { schedule: { name: 'one-cycle', total: 40 } },
  'one-cycle-linear': { schedule: { name: 'one-cycle', total: 30, start: 0.2, anneal: 'linear' }, base: 0.5 },
  'cosine-warm-restarts-torch': { schedule: { name: 'warm-restarts', first: 5, growth: 2, minimum: 0.01 } },
  exponential: { schedule: { name: 'exponential', factor: 0.9 } },
  step: { schedule: { name: 'step', every: 7, factor: 0.5 } },
};

describeWithShared('schedules', 'fixtures/schedules.json', (file) => {
  const fixtures = (JSON.parse(readFileSync(file, 'utf8')) as { schedules: Fixture[] }).schedules;

  it('has all of them', () => {
    const plateaus = fixtures.filter(({ metric }) => metric);
    expect(Object.keys(schedules).length + plateaus.length).toBe(fixtures.length);
  });

  it.each(Object.keys(schedules))('%s', (name) => {
    const { schedule, base = 1 } = schedules[name]!;
    const { lr } = fixtures.find((one) => one.name === name)!;
    lr.forEach((rate, step) => expect(Math.abs(base * scheduleFactor(schedule, step) - rate)).toBeLessThan(1e-9));
  });

  it.each(fixtures.filter(({ metric }) => metric))('$name', ({ baseLr, options, lr, metric }) => {
    const { minLr, ...rest } = options as Record<string, never>;
    const plateau = { ...rest, minimum: minLr } as never;
    let state: PlateauState = { rate: baseLr, best: null, bad: 0, cooling: 0 };
    lr.forEach((rate, step) => {
      expect(Math.abs(state.rate - rate)).toBeLessThan(1e-9);
      state = observePlateau(plateau, state, metric![step]!);
    });
  });
});
