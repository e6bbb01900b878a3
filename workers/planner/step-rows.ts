// How many rows a step of a recipe looks at, read from the settings every task names alike. Pure.

type Config = Readonly<Record<string, unknown>>;

const numberIn = (config: Config, field: string, otherwise: number): number => {
  const value = config[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
};

/** Batches that are added up for one step; 1 where the task has none. */
export const accumulationOf = (config: Config): number => Math.max(1, numberIn(config, 'gradientAccumulation', 1));

/** Rows that one step looks at; 0 where the task has no batches. */
export const rowsPerStep = (config: Config): number => numberIn(config, 'batchSize', 0) * accumulationOf(config);

/** Share of the rows in a part of the split; 0 where the recipe does not say. */
export function splitShare(config: Config, part: 'train' | 'validation' | 'test'): number {
  const split = config['split'];
  const found: unknown = typeof split === 'object' && split !== null ? Reflect.get(split, part) : 0;
  return typeof found === 'number' ? found : 0;
}

/** Share of the rows that are trained on; all where the recipe does not say. */
export const trainShare = (config: Config): number => splitShare(config, 'train') || 1;
