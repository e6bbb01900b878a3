// A classifier on a transformer as folders that other tools open: transformers, PEFT beside the base, sentence-transformers.
import {
  adapterFolder,
  classifierFolder,
  sentenceTransformerFolder,
  type TakenEncoder,
  type TakenFiles,
} from '../../../../workers/bases/taken-folder';
import { headNames } from '../../../../workers/ml/encoder/names';
import { UnsupportedError } from '../../../contract/errors';
import type { TensorMap } from '../../../contract/records';
import { openBaseOf } from './base';
import { readEncoderModel } from './model';
import { declareNet, fittedHead } from './network';

/** NotFoundError by name where the base is gone, UnsupportedError where this model has no such format. */
export async function exportEncoder(
  format: string,
  stored: Parameters<typeof readEncoderModel>[0],
  { labels, multiLabel }: { labels: string[]; multiLabel: boolean },
): Promise<TakenFiles> {
  const { base, settings, tensors } = readEncoderModel(stored);
  const opened = await openBaseOf(base);
  const net = declareNet(opened, settings);
  const whole: TensorMap = { ...net.base(), ...tensors };
  const { shape } = opened.encoder;
  const taken: TakenEncoder = {
    ...{ shape, config: opened.config, tokenizer: opened.tokenizer, maxLength: settings.maxLength },
    tensors: net.encoder.exported(whole),
  };
  const { dense, out } = headNames[shape.family];
  const ofHead = (name: string): boolean => name.startsWith(`${dense}.`) || name.startsWith(`${out}.`);
  // Formats that have no place for names of classes: in the order of the logits.
  const labelFile = {
    path: 'labels.json',
    bytes: new TextEncoder().encode(`${JSON.stringify({ labels, multiLabel }, null, 2)}\n`),
  };
  switch (format) {
    case 'hf':
      if (settings.head === 'family') {
        const head = Object.fromEntries(Object.entries(whole).filter(([name]) => ofHead(name)));
        return classifierFolder(taken, head, { labels, multiLabel });
      }
      break;
    case 'peft':
      if (settings.lora) {
        const classifier = settings.head === 'family';
        const files = adapterFolder(taken, tensors, settings.lora, { base: base.name, classifier });
        return classifier ? [...files, labelFile] : files;
      }
      break;
    case 'sentence-transformers': {
      const [weight, bias] = [tensors[`${fittedHead}.weight`], tensors[`${fittedHead}.bias`]];
      if (weight && bias) return [...sentenceTransformerFolder(taken, settings.pooling, { weight, bias }), labelFile];
    }
  }
  throw new UnsupportedError(
    `This classifier cannot be taken away as "${format}". See models.formats for what it can.`,
  );
}
