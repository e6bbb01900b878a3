// One sitting of labelling: the queue, the item in hand, what was decided. A label counts once it is committed.
import type { QueueItem, QueueOrder, StudioApi } from '../contract/studio';
import type { Prediction } from '../contract/train';
import type { ProjectStore } from './project.svelte';

export interface Decision {
  item: QueueItem;
  after: string[];
  /** The act in the history; null where the row was so already. */
  editId: number | null;
}

/** The model's own answer to a text, and the best one after so many changes of labels. */
interface Asked {
  modelId: string | undefined;
  after: number;
  text: string;
  fromModel: Promise<Prediction[] | null>;
  answer: Promise<Prediction | null>;
}

const batch = 60;
const refillAt = 12;
const keptDecisions = 10;

export class Labelling {
  queue: QueueItem[] = $state.raw([]);
  at: number = $state(0);
  /** Newest last. */
  decisions: Decision[] = $state.raw([]);
  /** Committed in this sitting, and when the sitting began. */
  count: number = $state(0);
  began: number = $state(Date.now());
  chosen: string[] = $state.raw([]);
  loading: boolean = $state(true);
  saving: boolean = $state(false);
  savedAt: number | null = $state(null);
  error: unknown = $state.raw(null);
  /** A label that did not reach the disk: shown until it did. */
  unsaved: { item: QueueItem; labels: string[]; error: unknown } | null = $state.raw(null);
  answer: Prediction | null = $state.raw(null);
  readonly item: QueueItem | null = $derived(this.queue[this.at] ?? null);
  order: QueueOrder = 'newest';
  readonly #studio: StudioApi;
  readonly #project: ProjectStore;
  #seen: string[] = [];
  #answers: Asked[] = [];
  #exhausted = false;

  constructor(studio: StudioApi, project: ProjectStore) {
    this.#studio = studio;
    this.#project = project;
  }
  get several(): boolean {
    return this.#project.active?.multiLabel ?? false;
  }
  async open(order: QueueOrder): Promise<void> {
    this.order = order;
    this.loading = true;
    this.error = null;
    this.#exhausted = false;
    this.#seen = [];
    try {
      this.queue = await this.#studio.review.queue(this.#project.id, { order, limit: batch });
      this.#enter(0);
    } catch (error) {
      this.error = error;
    } finally {
      this.loading = false;
    }
  }
  toggle(label: string): void {
    this.chosen = this.chosen.includes(label) ? this.chosen.filter((one) => one !== label) : [...this.chosen, label];
  }
  /** Commits, then goes on. A refusal stays on the item. */
  async give(labels: string[]): Promise<void> {
    const item = this.item;
    if (!item || this.saving) return;
    this.saving = true;
    try {
      const edit = await this.#studio.review.label({ projectId: this.#project.id, rowId: item.rowId, labels });
      this.done(item, labels, edit?.id ?? null);
    } catch (error) {
      this.unsaved = { item, labels, error };
    } finally {
      this.saving = false;
    }
  }
  /** What was committed for an item, here or in the note's dialog. */
  done(item: QueueItem, labels: string[], editId: number | null): void {
    this.unsaved = null;
    this.savedAt = Date.now();
    this.count++;
    this.decisions = [...this.decisions, { item, after: labels, editId }].slice(-keptDecisions);
    this.#seen.push(item.rowId);
    this.queue = this.queue.filter((one) => one.rowId !== item.rowId);
    this.#enter(Math.min(this.at, Math.max(0, this.queue.length - 1)));
  }
  /** Takes one decision back; the row returns to the front. */
  async takeBack(decision: Decision): Promise<void> {
    if (decision.editId !== null) await this.#studio.review.takeBack(this.#project.id, decision.editId);
    this.#returned(decision);
  }
  /** An act was undone elsewhere (the undo key): where it was a decision of this sitting, its row comes back too. */
  undone(editId: number): void {
    const decision = this.decisions.find((one) => one.editId === editId);
    if (decision) this.#returned(decision);
  }
  #returned(decision: Decision): void {
    this.decisions = this.decisions.filter((one) => one !== decision);
    this.#seen = this.#seen.filter((rowId) => rowId !== decision.item.rowId);
    this.queue = [decision.item, ...this.queue.filter((one) => one.rowId !== decision.item.rowId)];
    this.count = Math.max(0, this.count - 1);
    this.#enter(0);
  }
  /** Puts the item to the end: it comes back later. */
  skip(): void {
    const item = this.item;
    if (!item) return;
    this.queue = [...this.queue.filter((one) => one !== item), item];
    this.#enter(Math.min(this.at, this.queue.length - 1));
  }
  move(step: number): void {
    this.#enter(Math.max(0, Math.min(this.queue.length - 1, this.at + step)));
  }

  #enter(at: number): void {
    this.at = at;
    const item = this.queue[at];
    this.chosen = item ? [...item.labels] : [];
    this.answer = null;
    if (item) {
      void this.#answerOf(item).then((answer) => {
        if (this.item === item) this.answer = answer;
      });
      const next = this.queue[at + 1];
      if (next) void this.#answerOf(next);
    }
    if (this.queue.length - at <= refillAt && !this.#exhausted) void this.#refill();
  }
  /** What is known best for a text after the labels so far; the next item's is asked for ahead. */
  #answerOf({ text }: QueueItem): Promise<Prediction | null> {
    const model = this.#project.newestLabeller;
    const after = this.#project.labelChanges;
    const known = this.#answers.findLast((one) => one.modelId === model?.id && one.text === text);
    if (known?.after === after) return known.answer;
    // Without suggestions one labels by hand; nothing is lost.
    const fromLabels = this.#studio.review.suggest(this.#project.id, [text]).catch(() => null);
    const fromModel =
      known?.fromModel ??
      (model
        ? this.#studio.models.predict(model.id, [text], { topK: 10, evidence: true }).catch(() => null)
        : Promise.resolve(null));
    const answer = Promise.all([fromLabels, fromModel]).then(([labels, models]) => merged(labels?.[0], models?.[0]));
    this.#answers = [...this.#answers.slice(-20), { modelId: model?.id, after, text, fromModel, answer }];
    return answer;
  }
  async #refill(): Promise<void> {
    this.#exhausted = true;
    const more = await this.#studio.review
      .queue(this.#project.id, { order: this.order, limit: batch + this.queue.length })
      .catch(() => []);
    const fresh = more.filter(
      (item) => !this.#seen.includes(item.rowId) && !this.queue.some((one) => one.rowId === item.rowId),
    );
    this.queue = [...this.queue, ...fresh];
    this.#exhausted = fresh.length === 0;
    if (!this.answer && this.queue.length > 0 && this.queue.length === fresh.length) this.#enter(0);
  }
}

/** The labels' answer where there is one; the model's words stand behind it where both say the same. */
function merged(fromLabels: Prediction | undefined, fromModel: Prediction | undefined): Prediction | null {
  if (!fromLabels || !fromModel) return fromLabels ?? fromModel ?? null;
  const { evidence } = fromModel;
  return evidence && fromModel.label === fromLabels.label ? { ...fromLabels, evidence } : fromLabels;
}
