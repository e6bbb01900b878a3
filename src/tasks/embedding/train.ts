// The embedding task's worker side: builds trainer and predictor, plans. The steps are in trainer.ts, its rows in rows.ts.
import { AbortError, DeviceError } from '../../contract/errors';
import type { Device } from '../../../workers/backends/device';
import { breather } from '../../../workers/breathe';
import type { TaskTraining } from '../task';
import type { EmbeddingData } from './data';
import { examplesFor } from './examples';
import { planEmbedding, savings } from './plan';
import type { EmbeddingPredictor } from './predictor';
import { embeddingRows } from './rows';
import type { EmbeddingConfig } from './spec';
import type { EmbeddingTrainer } from './trainer';

export const training: TaskTraining<Device, EmbeddingData, EmbeddingPredictor, EmbeddingTrainer> = {
  id: 'embedding',
  usesBackend: true,
  rows: embeddingRows,
  async prepare(context) {
    const config = context.config as EmbeddingConfig;
    const device = deviceOf(context.device);
    const examples = examplesFor(context.data, config, context.seed);
    context.report('opening the base', null);
    // The engine is loaded by the first run or question that computes with it.
    const { openBase } = await import('./model');
    const opened = await openBase(config.base);
    const { EmbeddingTrainer } = await import('./trainer');
    let teacher = null;
    if (examples.loss === 'distillation') {
      const breath = breather(30);
      const { askTeacher } = await import('./teacher');
      const { encoder } = await openBase(config.teacher);
      teacher = await askTeacher(device, encoder, examples.texts, async (done) => {
        context.report('asking the teacher', done / examples.texts.length);
        await breath();
        if (context.signal.aborted) throw new AbortError();
      });
    }
    return EmbeddingTrainer.make(context, device, { opened, examples, teacher });
  },
  async load(weights, { device }) {
    const [{ openModel }, { makePredictor }] = await Promise.all([import('./model'), import('./predictor')]);
    return makePredictor(deviceOf(device), await openModel(weights));
  },
  plan: planEmbedding,
  savings,
  async exportFiles(format, weights) {
    const { exportEmbedding } = await import('./export');
    return exportEmbedding(format, weights);
  },
  async openExport(format, files, { device }) {
    if (format !== 'sentence-transformers') return null;
    const { openExport } = await import('./open-export');
    return openExport(deviceOf(device), files);
  },
};

function deviceOf(device: Device | null | undefined): Device {
  if (!device) throw new DeviceError('The embedding task was given no device to compute on. Reload the page.');
  return device;
}
