// The recipe being written: one value, seen as a form and as text. Either may change it; the text is only rewritten
// when the form changed it, so that typing is never disturbed. Nothing is started here.
import type { Recipe } from '../../contract/records';
import type { RecipeInput } from '../../contract/studio';
import { parseRecipe, recipeToYaml, resolveRecipe } from '../../lib/recipe';
import type { FieldProblem } from '../../lib/fields';
import type { TaskSpec } from '../../tasks/task';

export type RecipeFormat = 'yaml' | 'json';
export type Preset = NonNullable<RecipeInput['extends']>;

export class TrainForm {
  readonly tasks: readonly TaskSpec[];
  task: string = $state('');
  dataset: string | null = $state(null);
  seed: number = $state(42);
  preset: Preset | null = $state('balanced');
  name: string = $state('');
  /** Only what was set by hand, right or wrong. */
  config: Readonly<Record<string, unknown>> = $state.raw({});
  format: RecipeFormat = $state('yaml');
  text: string = $state('');
  /** Why the text cannot be read; the form keeps the last recipe that could. */
  textProblem: string | null = $state(null);

  readonly spec: TaskSpec | null = $derived.by(() => this.tasks.find((known) => known.id === this.task) ?? null);
  readonly input: RecipeInput = $derived.by(() => ({
    task: this.task,
    seed: this.seed,
    config: this.config,
    ...(this.dataset ? { dataset: this.dataset } : {}),
    ...(this.preset ? { extends: this.preset } : {}),
    ...(this.name.trim() ? { name: this.name.trim() } : {}),
  }));
  readonly #resolved = $derived(this.spec ? resolveRecipe(this.spec, this.input) : null);
  /** What every field would be without a change by hand. */
  readonly base: Readonly<Record<string, unknown>> = $derived.by(() => this.#resolved?.baseline ?? {});
  readonly problems: FieldProblem[] = $derived.by(() => {
    const found = this.#resolved?.problems ?? [];
    return this.spec ? found : [{ field: 'task', message: `There is no task “${this.task}”.` }];
  });
  /** Every field's value as shown: a wrong one stays as it was typed. */
  readonly values: Readonly<Record<string, unknown>> = $derived.by(() => ({
    ...(this.#resolved?.config ?? {}),
    ...this.config,
  }));
  readonly changed: readonly string[] = $derived.by(() =>
    Object.entries(this.config).flatMap(([name, value]) =>
      JSON.stringify(value) === JSON.stringify(this.base[name]) ? [] : [name],
    ),
  );

  constructor(tasks: readonly TaskSpec[]) {
    this.tasks = tasks;
  }

  problemOf(field: string): string | undefined {
    const found = this.problems.find((problem) => problem.field === field)?.message;
    return found?.startsWith(`${field} `)
      ? `${found.slice(field.length + 1, field.length + 2).toUpperCase()}${found.slice(field.length + 2)}.`
      : found;
  }

  // Changes from the form; each writes the text anew.
  set(field: string, value: unknown): void {
    const equal = JSON.stringify(value) === JSON.stringify(this.base[field]);
    const { [field]: _before, ...others } = this.config;
    this.config = equal ? others : { ...others, [field]: value };
    this.write();
  }
  /** Several at once; the others as they are without a change by hand. */
  setAll(config: Readonly<Record<string, unknown>>): void {
    this.take({ ...this.input, config });
    this.write();
  }
  reset(field?: string): void {
    if (field === undefined) this.config = {};
    else {
      const { [field]: _before, ...others } = this.config;
      this.config = others;
    }
    this.write();
  }
  choose(change: { task?: string; preset?: Preset; dataset?: string; seed?: number; format?: RecipeFormat }): void {
    if (change.task !== undefined && change.task !== this.task) {
      this.task = change.task;
      const fields = this.spec?.fields ?? {};
      this.config = Object.fromEntries(Object.entries(this.config).filter(([name]) => Object.hasOwn(fields, name)));
    }
    if (change.preset !== undefined) this.preset = change.preset;
    if (change.dataset !== undefined) this.dataset = change.dataset;
    if (change.seed !== undefined) this.seed = change.seed;
    if (change.format !== undefined) this.format = change.format;
    this.write();
  }
  /** Takes a whole recipe (another run's, a pasted one). What it leaves out falls back to preset and defaults. */
  take(input: RecipeInput): void {
    this.task = input.task ?? this.task;
    if (input.dataset !== undefined) this.dataset = input.dataset;
    this.seed = input.seed ?? 42;
    this.preset = input.extends ?? null;
    this.name = input.name ?? '';
    // All of it first: what a field is without a change by hand may follow from the others.
    this.config = input.config ?? {};
    const { base } = this;
    this.config = Object.fromEntries(
      Object.entries(this.config).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(base[name])),
    );
  }
  /** Changes from the text: read as it is typed, kept as it was typed. False where it cannot be read. */
  read(text: string): boolean {
    this.text = text;
    try {
      this.take(parseRecipe(text));
      this.textProblem = null;
      return true;
    } catch (error) {
      this.textProblem = error instanceof Error ? error.message : String(error);
      return false;
    }
  }
  write(): void {
    const recipe: Recipe = {
      task: this.task,
      dataset: this.dataset ?? '',
      seed: this.seed,
      config: this.values,
      ...(this.preset ? { extends: this.preset } : {}),
    };
    this.text = this.format === 'yaml' ? recipeToYaml(recipe) : `${JSON.stringify(recipe, null, 2)}\n`;
    this.textProblem = null;
  }
}
