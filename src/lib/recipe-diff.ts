// Which settings differ between recipes: only those, in the order of the recipes.
import type { Recipe } from '../contract/records';

/**
 * Settings that are not the same in all recipes, with one value a recipe; undefined where a recipe's task has no
 * such setting. `task`, `dataset`, `seed` and `extends` come first, then the config.
 */
export function recipeDiff(recipes: readonly Recipe[]): Record<string, unknown[]> {
  const rows: [string, unknown[]][] = [
    ['task', recipes.map((recipe) => recipe.task)],
    ['dataset', recipes.map((recipe) => recipe.dataset)],
    ['seed', recipes.map((recipe) => recipe.seed)],
    ['extends', recipes.map((recipe) => recipe.extends)],
  ];
  const names = new Set(recipes.flatMap((recipe) => Object.keys(recipe.config)));
  for (const name of names)
    rows.push([name, recipes.map(({ config }) => (Object.hasOwn(config, name) ? config[name] : undefined))]);
  return Object.fromEntries(rows.filter(([, values]) => values.some((value) => !same(value, values[0]))));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));
}

/** Keys sorted, so that the order they were written in makes no difference. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, ordered(part)]);
}
