// A base against numbers recorded from the reference libraries: tokens, logits, every hidden state, embeddings, loss, every
// parameter's gradient, a training of some steps. One entry for each. The rules (denominators, noise, real positions only) are
// those that the reference states; it decides nothing about the base but whether it computes the same.
import { FormatError } from '../../../src/contract/errors';
import type { BaseCheck } from '../../../src/contract/bases';
import type { Device } from '../../backends/device';
import { checkCurve } from './check/curve';
import { Entries } from './check/entries';
import { checkForward, checkSentences } from './check/forward';
import { checkEmbeddingLoss, checkGradients } from './check/gradients';
import { declareModel, type CheckedBase } from './check/model';
import { readReference } from './check/recorded';

export type { CheckedBase } from './check/model';

/**
 * Compares with the files expected.json, outputs.safetensors and grads.safetensors; what is not among them is not
 * compared. FormatError where expected.json is missing, unreadable, or of another kind of model.
 */
export async function checkAgainstReference(
  device: Device,
  base: CheckedBase,
  files: readonly { name: string; bytes: Uint8Array }[],
): Promise<BaseCheck[]> {
  const reference = readReference(files);
  const entries = new Entries();
  const session = device.session();
  try {
    const model = declareModel(base);
    model.write(session);
    if (reference.expected.at('sentences').exists) await checkSentences(session, model, reference, entries);
    else if (!model.head)
      throw new FormatError('This reference is of a classifier, and the base has no classification head.');
    else {
      const tokens = await checkForward(session, model, reference, entries);
      await checkGradients(session, model, reference, tokens, entries);
      await checkEmbeddingLoss(session, model, reference, tokens, entries);
    }
  } finally {
    session.dispose();
  }
  if (base.imported.head) {
    const training = device.session();
    try {
      const model = declareModel(base);
      model.write(training);
      await checkCurve(training, model, reference, entries);
    } finally {
      training.dispose();
    }
  }
  return entries.all;
}
