// Recipes: filled in order, checked as a whole, the same as YAML and JSON.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spec } from '../tasks/classifier/spec';
import type { TaskSpec } from '../tasks/task';
import { parseRecipe, recipeProblems, recipeToYaml, resolveRecipe } from './recipe';

const { defaultsFor: _following, ...plain } = spec;
const task: TaskSpec = {
  ...plain,
  fields: {
    epochs: { kind: 'number', title: '', help: '', fold: 'most', default: 3, min: 1, max: 10, integer: true },
    rate: { kind: 'number', title: '', help: '', fold: 'most', default: 0.1, min: 0, max: 1 },
    shape: {
      kind: 'choice',
      title: '',
      help: '',
      fold: 'most',
      default: 'auto',
      choices: [
        { value: 'auto', title: '' },
        { value: 'true', title: '' },
      ],
    },
    on: { kind: 'switch', title: '', help: '', fold: 'most', default: false },
    sizes: {
      kind: 'numbers',
      title: '',
      help: '',
      fold: 'most',
      default: [1, 3],
      min: 1,
      max: 5,
      length: { min: 2, max: 2 },
      integer: true,
      ascending: true,
    },
    split: { kind: 'split', title: '', help: '', fold: 'most', default: { train: 0.8, validation: 0.2 } },
  },
  presets: { quick: { epochs: 1 }, balanced: {}, best: { epochs: 9, rate: 0.5 } },
  check: (config) => (config['epochs'] === 7 ? [{ field: 'epochs', message: 'epochs cannot be 7' }] : []),
};

describe('resolveRecipe', () => {
  it('fills defaults, then the preset, then what was given', () => {
    const { config, changed, problems } = resolveRecipe(task, { extends: 'best', config: { rate: 0.2, shape: true } });
    expect(problems).toEqual([]);
    expect(config).toEqual({
      epochs: 9,
      rate: 0.2,
      shape: 'true',
      on: false,
      sizes: [1, 3],
      split: { train: 0.8, validation: 0.2, test: 0 },
    });
    expect(changed).toEqual(['epochs', 'rate', 'shape']);
  });

  it('names every wrong field with its range', () => {
    const config = {
      epochs: 99,
      rate: 'fast',
      shape: 'round',
      on: 1,
      sizes: [3, 1],
      split: { train: 0.9, validation: 0.3 },
      Epoch: 1,
      __proto__x: 1,
    };
    const { problems } = resolveRecipe(task, { seed: -1, config });
    expect(problems.map((problem) => problem.field)).toEqual([
      'epochs',
      'rate',
      'shape',
      'on',
      'sizes',
      'split',
      'Epoch',
      '__proto__x',
      'seed',
    ]);
    const error = recipeProblems(problems);
    expect(error.name).toBe('RecipeError');
    expect(error.message).toContain('epochs must be a whole number from 1 to 10, not 99');
    expect(error.message).toContain('Did you mean epochs?');
    expect(error.message).toContain('sum to at most 1');
  });

  it('accepts nothing but finite numbers inside their range', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const { problems, config } = resolveRecipe(task, { config: { epochs: value } });
        if (value === undefined) return;
        const fine = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 10 && value !== 7;
        expect(problems.length === 0).toBe(fine);
        expect(config['epochs']).toBe(fine || value === 7 ? value : 3);
      }),
    );
  });

  it('asks the task about settings that must fit together, and refuses unknown presets', () => {
    expect(resolveRecipe(task, { config: { epochs: 7 } }).problems).toHaveLength(1);
    expect(resolveRecipe(task, { extends: 'fastest' as 'best' }).problems[0]!.field).toBe('extends');
  });
});

describe('defaults that follow from another setting', () => {
  const start = { title: '', help: '', fold: 'most' } as const;
  const lora = { rank: 8, alpha: 16, dropout: 0, targets: ['query', 'value'] };
  const following: TaskSpec = {
    ...task,
    fields: {
      ...task.fields,
      base: { kind: 'base', ...start, default: 'scratch', choices: [{ value: 'scratch', title: '' }] },
      lora: { kind: 'lora', ...start, default: null, targets: ['query', 'key', 'value'], start: lora },
    },
    presets: { quick: { epochs: 1 }, balanced: {}, best: { epochs: 9 } },
    defaultsFor: ({ base }, preset) => (base === 'scratch' ? {} : { rate: 2e-5, epochs: preset === 'best' ? 5 : 2 }),
  };
  const of = (input: Parameters<typeof resolveRecipe>[1]) => {
    const { config, changed, problems } = resolveRecipe(following, input);
    return { epochs: config['epochs'], rate: config['rate'], changed, problems: problems.length };
  };

  it('beat defaults and presets, and are beaten by what is set by hand', () => {
    expect(of({ extends: 'best' })).toEqual({ epochs: 9, rate: 0.1, changed: ['epochs'], problems: 0 });
    expect(of({ config: { base: 'mine' } })).toEqual({ epochs: 2, rate: 2e-5, changed: ['base'], problems: 0 });
    expect(of({ extends: 'best', config: { base: 'mine', rate: 1 } })).toEqual({
      ...{ epochs: 5, rate: 1, problems: 0 },
      changed: ['epochs', 'rate', 'base'],
    });
    expect(resolveRecipe(following, { config: { base: 'mine', rate: 1 } }).baseline['rate']).toBe(2e-5);
  });

  it('takes LoRA as null or whole, and names what is wrong with it', () => {
    const read = (value: unknown) => resolveRecipe(following, { config: { lora: value } });
    expect(read(null).config['lora']).toBeNull();
    expect(read({ rank: 4, targets: ['value'] }).config['lora']).toEqual({
      ...lora,
      rank: 4,
      alpha: 4,
      targets: ['value'],
    });
    for (const wrong of [
      4,
      { rank: 0.5 },
      { rank: 4, targets: ['mlp'] },
      { rank: 4, targets: [] },
      { rank: 4, bias: 1 },
    ])
      expect(read(wrong).problems.map(({ field }) => field)).toEqual(['lora']);
    expect(resolveRecipe(following, { config: { base: '' } }).problems).toHaveLength(1);
  });
});

describe('recipes as text', () => {
  it('come back from YAML and JSON as they were', () => {
    const recipe = {
      task: 'classifier',
      dataset: 'd-1',
      seed: 0,
      extends: 'best' as const,
      config: { a: [1, 2], b: 'x: y' },
    };
    expect(parseRecipe(recipeToYaml(recipe))).toEqual(recipe);
    expect(parseRecipe(JSON.stringify(recipe))).toEqual(recipe);
  });
  it.each(['[]', 'a: [', 'colour: red', 'seed: x', 'extends: fast', 'config: 3', 'task: 4', ''])(
    'refuses %j by name',
    (text) => {
      expect(() => parseRecipe(text)).toThrow(expect.objectContaining({ name: 'RecipeError' }));
    },
  );
});

describe('the classifier', () => {
  it('has defaults and presets inside its own bounds', () => {
    for (const preset of [undefined, 'quick', 'balanced', 'best'] as const)
      expect(resolveRecipe(spec, preset ? { extends: preset } : {}).problems).toEqual([]);
  });
});
