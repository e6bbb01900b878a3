// What can give the rows their vectors: bases, the starter first, then this project's models that answer with vectors.
import type { Model } from '../../../contract/records';
import type { StudioApi } from '../../../contract/studio';

export interface VectorSource {
  id: string;
  title: string;
}

/** Models that put labels on texts give none. */
export async function vectorSources(
  studio: Pick<StudioApi, 'bases'>,
  models: readonly Model[],
): Promise<VectorSource[]> {
  const bases = await studio.bases.list();
  return [
    ...bases.map(({ id, name }) => ({ id, title: name })),
    ...models
      .filter(({ labels }) => labels.length === 0)
      .map(({ id, version, name }) => ({ id, title: `v${version} ${name}` })),
  ];
}
