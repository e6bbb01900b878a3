// Probabilities of texts from weights that lie on a device: a plan for each of a few sizes, used while training (the
// weights as they are) and by a predictor (the weights of a model).
import { sigmoid } from '../../../workers/kernels/activations';
import { softmax } from '../../../workers/kernels/softmax';
import type { Prepared, Session } from '../../../workers/backends/device';
import { StepContext } from '../../../workers/ml/step-context';
import type { Parameters } from '../../../workers/ml/parameters';
import { record } from '../../../workers/tape/record';
import { packTexts, sizesOf, textCount, type EncodedTexts, type TextSizes } from './encoded';
import { answering, logitsOf } from './network';
import type { Shape } from './shape';

const rowBuckets = [1, 8, 64, 512];
/** Entries of one run: a few long texts are scored apart, so that memory stays small. */
const mostEntries = 65_536;

export class Scorer {
  private readonly plans = new Map<string, Promise<Prepared>>();
  /** Inputs and answer of a run lie in one place: a second question waits until the first has its answer. */
  private turn: Promise<unknown> = Promise.resolve();

  /** `slab`: where dense weights are read from, if not from the trained ones. */
  constructor(
    private readonly session: Session,
    private readonly parameters: Parameters,
    private readonly shape: Shape,
    private readonly slab?: string,
  ) {}

  /** [rows, labels] of all texts. `breath` is awaited between stretches. */
  async score(texts: EncodedTexts, breath: () => Promise<void> = () => Promise.resolve()): Promise<Float32Array> {
    const { labels } = this.shape;
    const count = textCount(texts);
    const found = new Float32Array(count * labels);
    for (let from = 0; from < count;) {
      await breath();
      const rows = stretch(texts, from);
      const values = await this.inTurn(() => this.scoreSome(texts, rows));
      found.set(values.subarray(0, rows.length * labels), from * labels);
      from += rows.length;
    }
    return found;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.turn.then(work);
    this.turn = next.catch(() => undefined);
    return next;
  }

  private async scoreSome(texts: EncodedTexts, rows: Int32Array): Promise<Float32Array> {
    const sizes = {
      rows: rowBuckets.find((bucket) => bucket >= rows.length) ?? rows.length,
      ...sizesOf(texts, rows),
    };
    const prepared = await this.prepared(sizes);
    for (const [name, data] of Object.entries(packTexts(texts, rows, sizes.rows, sizes)))
      this.session.write(name, data);
    await prepared.run();
    return this.session.output(prepared, 'probabilities');
  }

  private prepared(sizes: { rows: number } & TextSizes): Promise<Prepared> {
    const key = Object.values(sizes).join(' ');
    const known = this.plans.get(key);
    if (known) return known;
    const plan = record((r) => {
      const c = new StepContext(r, this.parameters, sizes, false, this.slab);
      const logits = logitsOf(c, this.shape, answering);
      r.output('probabilities', this.shape.multiLabel ? sigmoid(logits) : softmax(logits));
    });
    const made = this.session.prepare(plan);
    this.plans.set(key, made);
    made.catch(() => this.plans.delete(key));
    return made;
  }
}

/** Rows from `from` on that are scored in one run. */
function stretch({ features: { starts } }: EncodedTexts, from: number): Int32Array {
  const most = rowBuckets.at(-1)!;
  let to = from + 1;
  while (to < starts.length - 1 && to - from < most && starts[to + 1]! - starts[from]! <= mostEntries) to++;
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}
