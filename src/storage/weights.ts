// Heavy bytes: model weights and checkpoint states, apart from the records that list them.
import { NotFoundError } from '../contract/errors';
import type { TensorMap, WeightsRecord } from '../contract/records';
import { openStudio } from './open';

export async function getWeights(id: string): Promise<WeightsRecord> {
  const found = await (await openStudio()).get('weights', id);
  if (!found)
    throw new NotFoundError(
      `The weights "${id}" are not stored any more. Train again, or restore a backup that holds them.`,
    );
  return found;
}

export function tensorBytes(tensors: TensorMap): number {
  return Object.values(tensors).reduce((sum, tensor) => sum + tensor.data.byteLength, 0);
}
