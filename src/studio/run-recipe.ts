// A recipe as written becomes one that is complete: project, task, data set and every setting filled in and
// checked. Nothing is stored here.
import type { BaseIdentity } from '../contract/bases';
import { DatasetError, NotFoundError, RecipeError, UnsupportedError } from '../contract/errors';
import type { Recipe } from '../contract/records';
import type { RecipeInput } from '../contract/studio';
import { recipeProblems, resolveRecipe } from '../lib/recipe';
import { getBase } from '../storage/bases';
import { findDataset, listDatasets } from '../storage/datasets';
import { getProject } from '../storage/projects';
import type { StudioContext } from './context';

/** Fills and checks a recipe. RecipeError names every wrong setting; nothing is stored. */
export async function completeRecipe(
  context: StudioContext,
  projectId: string,
  input: RecipeInput,
): Promise<{ recipe: Recipe; changed: string[]; base: BaseIdentity | null }> {
  const project = await getProject(projectId);
  const task = input.task ?? project.task;
  const spec = context.tasks.get(task);
  if (!spec)
    throw new RecipeError(`There is no task "${task}". There are ${[...context.tasks.keys()].sort().join(', ')}.`);
  const { config, changed, problems } = resolveRecipe(spec, input);
  if (problems.length > 0) throw recipeProblems(problems);
  const dataset = input.dataset ?? project.activeDatasetId ?? (await listDatasets(projectId)).at(-1)?.id;
  if (dataset === undefined)
    throw new DatasetError(`"${project.name}" has no data yet. Drop a file on the page, or open the sample.`);
  const found = await findDataset(dataset);
  if (!found || found.projectId !== projectId)
    throw new NotFoundError(`The project "${project.name}" has no data set "${dataset}".`);
  const recipe: Recipe = { task, dataset, seed: input.seed ?? 42, config };
  if (input.extends !== undefined) recipe.extends = input.extends;
  return { recipe, changed, base: await namedBase(config['base']) };
}

/** The base that a recipe names by its id, so that a run can tell its name even when it is gone; null for all else. */
async function namedBase(id: unknown): Promise<BaseIdentity | null> {
  if (typeof id !== 'string' || !id.startsWith('base-')) return null;
  const { name, hash, kind } = await getBase(id);
  if (kind === 'onnx')
    throw new UnsupportedError(
      `${name} is an ONNX file: it gives vectors, but nothing can be trained from it. Choose a base with model.safetensors.`,
    );
  return { id, name, hash };
}
