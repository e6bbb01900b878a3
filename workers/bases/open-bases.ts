// Bases at work by themselves: vectors of texts, and the comparison with a reference. The transformer asked last keeps its
// place on the device; static ones need none. Adding and loading are in files of their own.
import type { BaseCheck } from '../../src/contract/bases';
import type { BackendChoice } from '../../src/contract/records';
import { FormatError, LimitError, UnsupportedError } from '../../src/contract/errors';
import type { Device } from '../backends/device';
import type { Backends } from '../backends/start';
import { breather } from '../breathe';
import type { OpenEncoder } from '../ml/encoder/embed';
import { folderFiles } from './folder-files';
import { loadBase } from './load-base';

/** Vectors of texts one after another: text i is values[i · dimensions … (i + 1) · dimensions). */
export interface FlatVectors {
  values: Float32Array<ArrayBuffer>;
  dimensions: number;
}

interface Open {
  id: string;
  choice: BackendChoice;
  device: Device;
  encoder: OpenEncoder;
}

const mostReferenceBytes = 512 * 1024 * 1024;
/** Well within the time a worker may be silent. */
const breathMs = 200;

export class OpenBases {
  private open: Open | null = null;
  /** Whoever asks or lets go waits for those before: one base is open, and not taken away while it works. */
  private line: Promise<unknown> = Promise.resolve();

  constructor(private readonly backends: Backends) {}

  /** Vectors as the base's folder makes them. NotFoundError where it is gone, UnsupportedError for ONNX. */
  async embed(id: string, texts: readonly string[], choice: BackendChoice): Promise<FlatVectors> {
    const { encoder, normalise } = await loadBase(id);
    if (encoder.kind === 'static')
      return { values: encoder.vectors(texts, { normalise }), dimensions: encoder.dimensions };
    return this.inTurn(async () => {
      const { encoder: open } = await this.opened(id, choice);
      return flat(await open.embed(texts, { onProgress: breather(breathMs) }), encoder.dimensions);
    });
  }

  /** One entry a comparison. FormatError where the reference is missing or of another model. */
  async check(id: string, given: readonly File[], choice: BackendChoice): Promise<BaseCheck[]> {
    const { base, encoder, imported } = await loadBase(id);
    if (encoder.kind === 'static' || !imported)
      throw new UnsupportedError(`${base.name} is no transformer; there is no reference to compare it with.`);
    const { files } = await folderFiles(given);
    if (files.reduce((sum, { bytes }) => sum + bytes, 0) > mostReferenceBytes)
      throw new LimitError(
        'These files are too large for a reference: expected.json and two files of arrays are read.',
      );
    if (files.length === 0) throw new FormatError('There are no files of a reference: expected.json is needed.');
    const read = await Promise.all(
      files.map(async ({ path, bytes, slice }) => ({ name: path, bytes: await slice(0, bytes) })),
    );
    const { checkAgainstReference } = await import('../ml/encoder/check');
    return this.backends.startTrusted(choice, ({ device }) =>
      checkAgainstReference(device, { encoder, imported }, read),
    );
  }

  /** Frees what a base holds on the device, once nobody asks it. */
  async forget(id: string): Promise<void> {
    await this.inTurn(() => {
      if (this.open?.id === id) this.close();
      return Promise.resolve();
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.line.then(work);
    this.line = next.catch(() => undefined);
    return next;
  }

  private close(): void {
    this.open?.encoder.dispose();
    this.open = null;
  }

  private async opened(id: string, choice: BackendChoice): Promise<Open> {
    const { open } = this;
    if (open && open.id === id && open.choice === choice && this.backends.answers(open.device)) return open;
    this.close();
    const { encoder, normalise } = await loadBase(id);
    const { openEncoder } = await import('../ml/encoder/embed');
    this.open = await this.backends.startTrusted(choice, async ({ device }) => {
      const opened = openEncoder(device, encoder, { normalise });
      try {
        // The first plan shows whether this device computes right; where not, the next one is taken.
        await opened.embed(['']);
      } catch (error) {
        opened.dispose();
        throw error;
      }
      return { id, choice, device, encoder: opened };
    });
    return this.open;
  }
}

/** Into one piece of memory, which then goes to the page without a copy. */
export function flat(vectors: readonly Float32Array[], dimensions = vectors[0]?.length ?? 0): FlatVectors {
  const values = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, i) => values.set(vector, i * dimensions));
  return { values, dimensions };
}
