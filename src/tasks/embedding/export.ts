// A tuned encoder as folders that other tools open: sentence-transformers, and what LoRA learned as a PEFT adapter.
import {
  adapterFolder,
  sentenceTransformerFolder,
  staticEmbeddingFolder,
  type TakenFiles,
} from '../../../workers/bases/taken-folder';
import { isStatic } from '../../../workers/ml/encoder/static-encoder';
import { Parameters } from '../../../workers/ml/parameters';
import { UnsupportedError } from '../../contract/errors';
import { openModel, type StoredModel } from './model';

/** NotFoundError by name where the base is gone, UnsupportedError where this model has no such format. */
export async function exportEmbedding(format: string, stored: StoredModel): Promise<TakenFiles> {
  const { encoder, tokenizer, config, base, maxLength, training } = await openModel(stored);
  if (format === 'sentence-transformers') {
    const net = encoder.declare(new Parameters());
    const tensors = net.exported(net.weights());
    const most = Math.min(maxLength, encoder.maxLength);
    if (isStatic(encoder)) return staticEmbeddingFolder(tokenizer, tensors['embedding.weight']!, most);
    return sentenceTransformerFolder(
      { shape: encoder.shape, config, tokenizer, tensors, maxLength: most },
      encoder.pooling,
    );
  }
  if (format === 'peft' && training.lora && !isStatic(encoder))
    return adapterFolder(encoder, stored.tensors, training.lora, { base: base.name, classifier: false });
  throw new UnsupportedError(`This embedding cannot be taken away as "${format}". See models.formats for what it can.`);
}
