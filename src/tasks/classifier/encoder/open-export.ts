// A folder of transformers that was taken away, opened again as if it had been dropped here: the proof that its files hold
// the model. It answers with probabilities alone; thresholds and trees are not in such a folder.
import type { Device } from '../../../../workers/backends/device';
import { madeFile } from '../../../../workers/bases/folder-files';
import { readFolder } from '../../../../workers/bases/read-folder';
import type { TakenFiles } from '../../../../workers/bases/taken-folder';
import { FormatError } from '../../../contract/errors';
import type { Predictor, Scores } from '../../task';
import { declareNet } from './network';
import { EncoderScorer } from './scorer';
import type { NetSettings } from './settings';

export type Reopened = Predictor & { score(texts: string[]): Promise<Scores> };

/** FormatError where the folder has not a head for these labels. */
export async function openExport(
  device: Device,
  files: TakenFiles,
  { labels, multiLabel }: { labels: string[]; multiLabel: boolean },
): Promise<Reopened> {
  const folder = await readFolder(files.map(({ path, bytes }) => madeFile(path, new Uint8Array(bytes))));
  const opened = await folder.load?.();
  const head = opened?.imported?.head;
  if (!opened?.imported || !head || folder.labels?.join('\n') !== labels.join('\n'))
    throw new FormatError('The folder that was taken away has not the labels of the model.');
  const settings: NetSettings = {
    ...{ head: 'family', labels: labels.length, multiLabel, frozen: 'encoder', lora: null },
    ...{ pooling: opened.encoder.pooling, maxLength: opened.encoder.maxLength, dropout: 0, recompute: false },
  };
  const net = declareNet(opened, settings);
  const session = device.session();
  net.parameters.write(session, { ...net.base(), ...head });
  const scorer = new EncoderScorer(session, net, settings);
  return {
    ...{ labels, multiLabel },
    async score(texts) {
      const values = await scorer.score(opened.encoder.tokenize(texts));
      return { rows: texts.length, labels: labels.length, values };
    },
    dispose: () => session.dispose(),
  };
}
