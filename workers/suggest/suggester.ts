// What the labels given so far say about texts, before any model was trained: a head on the starter's vectors of the rows, for
// one version at a time. It never works while a run trains, and it is no model: nothing of it is stored.
import type { BackendChoice, Dataset } from '../../src/contract/records';
import type { Prediction, SuggestQuestion } from '../../src/contract/train';
import { starterId } from '../../src/contract/bases';
import { getDataset } from '../../src/storage/datasets';
import { predictionsOf } from '../../src/tasks/classifier/predictions';
import type { Backends } from '../backends/start';
import { loadBase } from '../bases/load-base';
import { breathe } from '../breathe';
import { LiveHead, type Vectors } from './live-head';
import { readRowLabels, readSuggestionRows, type RowLabels, type SuggestionRows } from './rows';

/** With fewer there is nothing to tell apart. */
const fewestLabels = 2;
/** Texts read between two breaths: about a tenth of a second. */
const textsAtOnce = 1000;
/** Portions of a refit after which the optimum is left to the next one. */
const mostPortions = 100;

interface Kept {
  dataset: Dataset;
  rows: SuggestionRows;
  vectors: Vectors;
  labels: RowLabels | null;
  revision: number;
  head: LiveHead | null;
}

export class Suggester {
  private kept: Kept | null = null;
  private line: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly backends: Pick<Backends, 'startTrusted' | 'answers'>,
    private readonly busy: () => boolean,
  ) {}

  /**
   * One answer a text; null where fewer than two labels are in use, none is newer than asked for, or a run trains.
   * NotFoundError where the version is gone.
   */
  ask(question: SuggestQuestion): Promise<Prediction[] | null> {
    const next = this.line.then(() => this.answer(question));
    // Whoever asks next is told of a device that failed; nobody waits for the refinement.
    this.line = next.then(() => this.refine()).catch(() => undefined);
    return next;
  }

  private async answer({ datasetId, texts, revision, after, choice }: SuggestQuestion): Promise<Prediction[] | null> {
    if (this.busy()) return null;
    const kept = await this.rowsOf(datasetId);
    const fresh = kept.labels === null || kept.revision !== revision;
    if (fresh) {
      kept.labels = await readRowLabels(kept.dataset, kept.rows);
      kept.revision = revision;
    }
    const { labels } = kept;
    if (!labels || labels.labels.length < fewestLabels || labels.changedAt < after) {
      // Looked at again by the next question with newer labels, or with a lower bar.
      if (fresh) kept.head?.dispose();
      if (fresh) kept.head = null;
      return null;
    }
    const head = await this.headOf(kept, labels, fresh, choice);
    return predictionsOf(
      { ...{ rows: texts.length, labels: head.labels.length }, values: head.scores(await this.read(texts)) },
      [...head.labels],
      head.multiLabel,
      head.labels.length,
    );
  }

  private async headOf(kept: Kept, labels: RowLabels, fresh: boolean, choice: BackendChoice): Promise<LiveHead> {
    const alive = kept.head && this.backends.answers(kept.head.device) ? kept.head : null;
    if (alive && !fresh) return alive;
    if (alive) {
      await alive.take(labels);
      await alive.improve();
      return alive;
    }
    kept.head?.dispose();
    kept.head = await this.backends.startTrusted(choice, async ({ device }) => {
      const head = new LiveHead(device, kept.vectors, kept.dataset.multiLabel);
      try {
        await head.take(labels);
        await head.improve();
        return head;
      } catch (error) {
        head.dispose();
        throw error;
      }
    });
    return kept.head;
  }

  /** On to the optimum in portions; ends when somebody asks, or a run begins. */
  private async refine(): Promise<void> {
    const { line } = this;
    const head = this.kept?.head;
    for (let portion = 0; head && !head.done && portion < mostPortions; portion++) {
      await breathe();
      if (this.line !== line || this.busy()) return;
      await head.improve();
    }
  }

  private async rowsOf(datasetId: string): Promise<Kept> {
    if (this.kept?.dataset.id === datasetId) return this.kept;
    const dataset = await getDataset(datasetId);
    this.kept?.head?.dispose();
    this.kept = null;
    const rows = await readSuggestionRows(dataset);
    const vectors = await this.read(rows.texts);
    this.kept = { dataset, rows, vectors, labels: null, revision: -1, head: null };
    return this.kept;
  }

  private async read(texts: readonly string[]): Promise<Vectors> {
    const { encoder } = await loadBase(starterId);
    const { dimensions } = encoder;
    const values = new Float32Array(texts.length * dimensions);
    if (encoder.kind !== 'static') throw new Error('The starter is a static encoder.');
    for (let from = 0; from < texts.length; from += textsAtOnce) {
      values.set(encoder.vectors(texts.slice(from, from + textsAtOnce), { normalise: true }), from * dimensions);
      await breathe();
    }
    return { values, dimensions };
  }
}
