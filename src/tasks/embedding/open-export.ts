// A folder that was taken away, opened again as if it had been dropped here: the proof that its files hold the model.
import type { Device } from '../../../workers/backends/device';
import { madeFile } from '../../../workers/bases/folder-files';
import { readFolder } from '../../../workers/bases/read-folder';
import type { TakenFiles } from '../../../workers/bases/taken-folder';
import { openEncoder } from '../../../workers/ml/encoder/embed';
import { isStatic } from '../../../workers/ml/encoder/static-encoder';
import { FormatError } from '../../contract/errors';
import type { Predictor } from '../task';

/** Gives vectors as the folder says. FormatError or UnsupportedError where it cannot be read. */
export async function openExport(device: Device, files: TakenFiles): Promise<Predictor> {
  const { load } = await readFolder(files.map(({ path, bytes }) => madeFile(path, new Uint8Array(bytes))));
  if (!load) throw new FormatError('The folder that was taken away has no weights that can be read here.');
  const { encoder, normalise } = await load();
  const labels = { labels: [], multiLabel: false };
  if (isStatic(encoder))
    return {
      ...labels,
      embed: (texts) => Promise.resolve(encoder.embed(texts, { normalise })),
      dispose: () => undefined,
    };
  const open = openEncoder(device, encoder, { normalise });
  return { ...labels, embed: (texts) => open.embed(texts), dispose: () => open.dispose() };
}
