// Which settings to lower, and how far, so that a run fits. A task says what can be lowered and what it costs
// (TaskTraining.savings); here the notches are counted. Pure.
import type { PlanChange } from '../../src/contract/engine';
import type { Fields } from '../../src/lib/fields';
import type { Saving } from '../../src/tasks/task';

type Config = Record<string, unknown>;
const mostNotches = 20;

/**
 * Each setting that makes the run fit by itself, mildest first; where none does, all of them together, each as far
 * as it goes until the sum fits. Empty where it fits as it is, or where nothing helps.
 */
export function changesToFit(
  config: Config,
  savings: readonly Saving[],
  fields: Fields,
  budget: number,
  bytesOf: (config: Config) => number,
): PlanChange[] {
  if (bytesOf(config) <= budget) return [];
  const change = (saving: Saving, before: Config, after: Config): PlanChange => ({
    field: saving.field,
    title: fields[saving.field]?.title ?? saving.field,
    from: before[saving.field],
    to: after[saving.field],
    ...alsoChanged(saving.field, before, after),
    bytes: bytesOf(after),
    why: saving.why,
  });
  const alone = savings.flatMap((saving) => {
    const lowered = lowerUntil(config, saving, (tried) => bytesOf(tried) <= budget);
    return bytesOf(lowered) <= budget ? [change(saving, config, lowered)] : [];
  });
  if (alone.length > 0) return alone;
  const together: PlanChange[] = [];
  let current = config;
  for (const saving of savings) {
    const lowered = lowerUntil(current, saving, (tried) => bytesOf(tried) <= budget);
    if (bytesOf(lowered) >= bytesOf(current)) continue;
    together.push(change(saving, current, lowered));
    current = lowered;
    if (bytesOf(current) <= budget) return together;
  }
  return [];
}

function alsoChanged(field: string, before: Config, after: Config): { also?: Config } {
  const others = Object.entries(after).filter(([name, value]) => name !== field && before[name] !== value);
  return others.length > 0 ? { also: Object.fromEntries(others) } : {};
}

function lowerUntil(config: Config, saving: Saving, enough: (config: Config) => boolean): Config {
  let current = config;
  for (let notch = 0; notch < mostNotches && !enough(current); notch++) {
    const next = saving.lower(current);
    if (!next) break;
    current = next;
  }
  return current;
}
