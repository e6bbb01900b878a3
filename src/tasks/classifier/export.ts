// Files of a trained classifier that others can open.
import { UnsupportedError } from '../../contract/errors';
import type { ClassifierModel } from './model';

export async function exportClassifier(
  format: string,
  _model: ClassifierModel,
  _about: { name: string; labels: string[]; multiLabel: boolean; version: number },
): Promise<{ path: string; bytes: Uint8Array }[]> {
  throw new UnsupportedError(`A classifier cannot be taken away as "${format}". There are tfjs and safetensors.`);
}
