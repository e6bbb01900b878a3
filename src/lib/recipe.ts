// A recipe: everything a run needs, as JSON or YAML. Filled from the task's defaults, then a preset, then what
// was given, and checked as a whole: every wrong field is named with its range, not just the first.
import { parse, stringify } from 'yaml';
import { RecipeError } from '../contract/errors';
import type { Recipe } from '../contract/records';
import type { RecipeInput } from '../contract/studio';
import type { TaskSpec } from '../tasks/task';
import type { Field, FieldProblem, LoraField } from './fields';

export const presetNames = ['quick', 'balanced', 'best'] as const;
const parts = ['train', 'validation', 'test'] as const;

export interface ResolvedRecipe {
  /** Every field of the task with its value. */
  config: Record<string, unknown>;
  /** What every field would be with this preset and nothing set by hand. */
  baseline: Record<string, unknown>;
  /** The fields whose value is not the default. */
  changed: string[];
  problems: FieldProblem[];
}

/**
 * Defaults, then the preset named by `extends`, then what follows from other settings, then `config`. A wrong value is a
 * problem and stays out.
 */
export function resolveRecipe(spec: TaskSpec, input: RecipeInput): ResolvedRecipe {
  const problems: FieldProblem[] = [];
  const preset = presetNames.find((name) => name === input.extends);
  if (input.extends !== undefined && !preset)
    problems.push({ field: 'extends', message: `extends must be one of ${presetNames.join(', ')}` });
  if (input.config !== undefined && !isRecord(input.config))
    problems.push({ field: 'config', message: 'config must be an object of settings by name' });
  const defaults = Object.fromEntries(Object.entries(spec.fields).map(([name, field]) => [name, defaultOf(field)]));
  const byPreset = checkAll(spec, preset ? spec.presets[preset] : {}, problems);
  const byHand = checkAll(spec, isRecord(input.config) ? input.config : {}, problems);
  const following = (chosen: Record<string, unknown>, from: typeof preset): Record<string, unknown> =>
    spec.defaultsFor ? spec.defaultsFor({ ...chosen, ...byHand }, from) : {};
  const started = { ...defaults, ...byPreset };
  const baseline = { ...started, ...following(started, preset) };
  const plain = { ...defaults, ...following(defaults, undefined) };
  const config: Record<string, unknown> = { ...baseline, ...byHand };
  const seed = input.seed;
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0))
    problems.push({ field: 'seed', message: `seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}` });
  if (problems.length === 0 && spec.check) problems.push(...spec.check(config));
  const changed = Object.keys(spec.fields).filter(
    (name) => JSON.stringify(config[name]) !== JSON.stringify(plain[name]),
  );
  return { config, baseline, changed, problems };
}

/** The values that are right, by field; what is not becomes a problem. */
function checkAll(spec: TaskSpec, values: Record<string, unknown>, problems: FieldProblem[]): Record<string, unknown> {
  const right = new Map<string, unknown>();
  for (const [name, value] of Object.entries(values)) {
    const field = Object.hasOwn(spec.fields, name) ? spec.fields[name] : undefined;
    if (value === undefined) continue;
    if (!field) {
      problems.push({ field: name, message: `${name} is not a setting of ${spec.title}.${nearest(name, spec)}` });
      continue;
    }
    const checked = checkField(field, value);
    if ('problem' in checked) problems.push({ field: name, message: `${name} ${checked.problem}` });
    else right.set(name, checked.value);
  }
  return Object.fromEntries(right);
}

/** One error that names every problem. */
export function recipeProblems(problems: FieldProblem[]): RecipeError {
  const list = problems.map((problem) => problem.message.replace(/[.]$/, '')).join('; ');
  const count = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`;
  return new RecipeError(`${count} wrong: ${list}${list.endsWith('?') ? '' : '.'} Nothing was started.`);
}

type Checked = { value: unknown } | { problem: string };

function checkField(field: Field, value: unknown): Checked {
  switch (field.kind) {
    case 'number': {
      if (typeof value !== 'number' || !Number.isFinite(value))
        return { problem: `must be ${range(field)}, not ${show(value)}` };
      if (value < field.min || value > field.max || (field.integer && !Number.isInteger(value)))
        return { problem: `must be ${range(field)}, not ${show(value)}` };
      return { value };
    }
    case 'choice': {
      const text = typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;
      if (field.choices.some((choice) => choice.value === text)) return { value: text };
      return { problem: `must be one of ${field.choices.map((c) => c.value).join(', ')}, not ${show(value)}` };
    }
    case 'switch':
      return typeof value === 'boolean' ? { value } : { problem: `must be true or false, not ${show(value)}` };
    case 'numbers':
      return checkNumbers(field, value);
    case 'split':
      return checkSplit(value);
    case 'base':
      return typeof value === 'string' && value.trim() !== '' && value.length <= 200
        ? { value: value.trim() }
        : {
            problem: `must be ${field.choices.map((c) => c.value).join(', ')} or the id of a base, not ${show(value)}`,
          };
    case 'lora':
      return checkLora(field, value);
    default:
      return field satisfies never;
  }
}

function checkNumbers(field: Extract<Field, { kind: 'numbers' }>, value: unknown): Checked {
  const { min, max } = field.length;
  const count = min === max ? `${min}` : `${min} to ${max}`;
  const wanted = `must be a list of ${count} ${field.integer ? 'whole ' : ''}numbers from ${field.min} to ${field.max}`;
  if (!Array.isArray(value) || value.length < min || value.length > max)
    return { problem: `${wanted}, not ${show(value)}` };
  const numbers: number[] = [];
  for (const item of value as unknown[]) {
    const fits = typeof item === 'number' && item >= field.min && item <= field.max;
    if (!fits || (field.integer && !Number.isInteger(item))) return { problem: `${wanted}, not ${show(value)}` };
    numbers.push(item);
  }
  if (field.ascending && numbers.some((n, i) => i > 0 && n < numbers[i - 1]!))
    return { problem: `${wanted}, the smaller first, not ${show(value)}` };
  return { value: numbers };
}

function checkSplit(value: unknown): Checked {
  if (!isRecord(value)) return { problem: `must be shares such as {train: 0.8, validation: 0.2}, not ${show(value)}` };
  const unknown = Object.keys(value).filter((key) => !parts.some((part) => part === key));
  if (unknown.length > 0) return { problem: `has only train, validation and test, not ${unknown.join(', ')}` };
  const shares = { train: 0, validation: 0, test: 0 };
  for (const part of parts) {
    const share = value[part] ?? 0;
    if (typeof share !== 'number' || !(share >= 0 && share <= 1))
      return { problem: `needs ${part} from 0 to 1, not ${show(share)}` };
    shares[part] = share;
  }
  const sum = shares.train + shares.validation + shares.test;
  if (shares.train === 0) return { problem: 'needs a share for train above 0' };
  if (sum > 1 + 1e-9) return { problem: `must sum to at most 1, not ${sum.toFixed(4).replace(/0+$/, '')}` };
  return { value: shares };
}

function checkLora(field: LoraField, value: unknown): Checked {
  if (value === null) return { value };
  const wanted = `must be null or {rank, alpha, dropout, targets}, targets out of ${field.targets.join(', ')}`;
  if (!isRecord(value)) return { problem: `${wanted}, not ${show(value)}` };
  const { rank, alpha = rank, dropout = 0, targets = field.start.targets, ...rest } = value;
  const number = (one: unknown, min: number, max: number): one is number =>
    typeof one === 'number' && one >= min && one <= max;
  const names = Array.isArray(targets) ? field.targets.filter((target) => (targets as unknown[]).includes(target)) : [];
  if (!number(rank, 1, 256) || !Number.isInteger(rank)) return { problem: 'needs a whole rank from 1 to 256' };
  if (!number(alpha, 1e-3, 1024)) return { problem: 'needs an alpha from 0.001 to 1,024' };
  if (!number(dropout, 0, 0.9)) return { problem: 'needs a dropout from 0 to 0.9' };
  if (names.length === 0 || !Array.isArray(targets) || names.length !== targets.length) return { problem: wanted };
  const unknown = Object.keys(rest);
  if (unknown.length > 0) return { problem: `${wanted}, not ${unknown.join(', ')}` };
  return { value: { rank, alpha, dropout, targets: names } };
}

function defaultOf(field: Field): unknown {
  if (field.kind === 'split')
    return {
      train: field.default.train ?? 0,
      validation: field.default.validation ?? 0,
      test: field.default.test ?? 0,
    };
  return field.kind === 'numbers' ? [...field.default] : field.default;
}

function range(field: Extract<Field, { kind: 'number' }>): string {
  return `a ${field.integer ? 'whole ' : ''}number from ${field.min} to ${field.max}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** " Did you mean …?" where a name of the task differs by case or is contained. */
function nearest(name: string, spec: TaskSpec): string {
  const bare = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const wanted = bare(name);
  const found = Object.keys(spec.fields).find((known) => {
    const other = bare(known);
    return other === wanted || (wanted.length > 3 && (other.includes(wanted) || wanted.includes(other)));
  });
  return found ? ` Did you mean ${found}?` : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The whole recipe, in the order people read it. */
export function recipeToYaml(recipe: Recipe): string {
  const { task, dataset, seed, extends: preset, config } = recipe;
  return stringify({ task, dataset, seed, ...(preset ? { extends: preset } : {}), config });
}

const keys = ['task', 'dataset', 'seed', 'extends', 'config', 'name'];

/** A recipe from JSON or YAML (which holds JSON). RecipeError where it is neither, or no recipe. */
export function parseRecipe(text: string): RecipeInput {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0, schema: 'core' });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new RecipeError(`The recipe is neither JSON nor YAML: ${reason}`, { cause: error });
  }
  if (!isRecord(value)) throw new RecipeError('A recipe is an object with task, dataset, seed and config.');
  const wrong = Object.keys(value).filter((key) => !keys.includes(key));
  if (wrong.length > 0) throw new RecipeError(`A recipe has ${keys.join(', ')}; it does not have ${wrong.join(', ')}.`);
  const recipe: RecipeInput = {};
  if (value['task'] !== undefined) recipe.task = wantText(value['task'], 'task');
  if (value['dataset'] !== undefined) recipe.dataset = wantText(value['dataset'], 'dataset');
  if (value['name'] !== undefined) recipe.name = wantText(value['name'], 'name');
  if (value['seed'] !== undefined) {
    if (typeof value['seed'] !== 'number') throw new RecipeError('seed must be a whole number.');
    recipe.seed = value['seed'];
  }
  if (value['extends'] !== undefined) {
    const preset = presetNames.find((name) => name === value['extends']);
    if (!preset) throw new RecipeError(`extends must be one of ${presetNames.join(', ')}.`);
    recipe.extends = preset;
  }
  if (value['config'] !== undefined) {
    if (!isRecord(value['config'])) throw new RecipeError('config must be an object of settings by name.');
    recipe.config = value['config'];
  }
  return recipe;
}

function wantText(value: unknown, key: string): string {
  if (typeof value !== 'string') throw new RecipeError(`${key} must be text, not ${show(value)}.`);
  return value;
}
