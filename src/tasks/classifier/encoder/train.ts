// The transformer's side of the classifier: which trainer a recipe asks for. Everything else in this folder is loaded only
// when a run or a model of this kind is there.
import type { Device } from '../../../../workers/backends/device';
import type { LabelTrainer, TrainerContext } from '../../task';
import type { ClassifierConfig } from '../spec';
import type { OpenedBase } from './base';
import { FewShotTrainer } from './few-shot-trainer';
import { FittedTrainer } from './fitted-trainer';
import { netSettings } from './settings';
import { EncoderTrainer } from './trainer';

export async function prepareEncoder(
  context: TrainerContext<Device>,
  device: Device,
  base: OpenedBase,
): Promise<LabelTrainer> {
  const config = context.config as ClassifierConfig;
  const settings = netSettings(config, context.data, { ...base.encoder, name: base.base.name });
  if (config.freeze === 'encoder' && settings.head === 'fitted')
    return FittedTrainer.make(context, device, base, config, settings);
  if (config.fewShot > 0) return new FewShotTrainer(context, device, base, config, settings);
  return EncoderTrainer.make(context, device, base, config, settings);
}
