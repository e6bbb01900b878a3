// The recipe being written as it stands in the address: short, so that reload, Back and a sent link keep it.
import type { RecipeInput } from '../../contract/studio';
import { parseRecipe } from '../../lib/recipe';
import type { FieldProblem } from '../../lib/fields';
import type { TrainForm } from './train-form.svelte';

/** What differs from a fresh form, as JSON; null where nothing does. */
export function sharedForm(form: TrainForm, projectTask: string): string | null {
  const { task, seed, preset, config, dataset } = form;
  const plain = task === projectTask && seed === 42 && preset === 'balanced' && Object.keys(config).length === 0;
  if (plain || !task) return null;
  return JSON.stringify({
    task,
    seed,
    ...(dataset ? { dataset } : {}),
    ...(preset ? { extends: preset } : {}),
    config,
  });
}

/** The recipe of an address, null where there is none or it cannot be read. */
export function readShared(text: string | null): RecipeInput | null {
  if (!text) return null;
  try {
    return parseRecipe(text);
  } catch {
    return null;
  }
}

/** A problem as the line beside Start: with the setting's title instead of its name. */
export function problemLine(form: TrainForm, problem: FieldProblem): string {
  const title = form.spec?.fields[problem.field]?.title;
  const message =
    title && problem.message.startsWith(problem.field)
      ? title + problem.message.slice(problem.field.length)
      : problem.message;
  return /[.?]$/.test(message) ? message : `${message}.`;
}
