// What the newest model of a project that puts labels on texts says about rows: asked in batches, kept per model and text. A row's text may be
// edited; an answer to a text holds as long as its model does.
import { starterId } from '../contract/bases';
import type { Dataset, Model } from '../contract/records';
import type { Prediction, TrainApi } from '../contract/train';
import { onChange } from '../storage/changes';
import { listModels } from '../storage/models';
import { getSettings } from '../storage/settings';

/** One row to ask about. */
export interface Asked {
  rowId: string;
  text: string;
}

const batchRows = 500;
const keptRows = 50_000;

export class Suggestions {
  private readonly newest = new Map<string, Promise<Model | null>>();
  private answers = new Map<string, Prediction>();
  private answersOf = '';
  /** Labels as they are now; counted from the clock, since the worker may outlive this page's count. */
  private revision = Date.now();

  constructor(private readonly trainer: Pick<TrainApi, 'predict' | 'suggest'>) {
    onChange(({ stores }) => {
      if (stores.includes('models')) this.newest.clear();
      if (stores.includes('labels') || stores.includes('labelBlocks')) this.revision++;
    });
  }

  newestModel(projectId: string): Promise<Model | null> {
    let found = this.newest.get(projectId);
    if (!found) {
      found = listModels(projectId).then((models) => models.findLast(({ labels }) => labels.length > 0) ?? null);
      this.newest.set(projectId, found);
      found.catch(() => this.newest.delete(projectId));
    }
    return found;
  }

  /**
   * What the labels of a data set say by themselves: where there is no model, or one of the same starter that does not know
   * the newest of them. Null where the model is to be asked.
   */
  async fromLabels(
    dataset: Dataset | undefined,
    model: Model | null,
    texts: readonly string[],
  ): Promise<Prediction[] | null> {
    if (!dataset || dataset.mapping.text === undefined || (model && !isOfStarter(model))) return null;
    const { backend: choice } = await getSettings();
    const asked = { datasetId: dataset.id, texts: [...texts], revision: this.revision, after: model?.createdAt ?? 0 };
    return this.trainer.suggest({ ...asked, choice }).catch((error: unknown) => {
      if (model) return null;
      throw error;
    });
  }

  /** Answers in the order asked, with the scores of all labels. */
  async ask(model: Model, rows: readonly Asked[]): Promise<(Prediction | undefined)[]> {
    const answers = this.startFor(model.id, rows.length);
    const open = rows.filter((row) => !answers.has(row.text));
    for (let from = 0; from < open.length; from += batchRows) {
      const batch = open.slice(from, from + batchRows);
      const topK = Math.max(1, model.labels.length);
      const answered = await this.trainer.predict(
        model.id,
        batch.map((row) => row.text),
        { topK },
      );
      batch.forEach((row, index) => {
        const answer = answered[index];
        if (answer) answers.set(row.text, answer);
      });
    }
    return rows.map((row) => answers.get(row.text));
  }

  /** The kept answers of this model; those of another, and too many, are let go. */
  private startFor(modelId: string, rows: number): Map<string, Prediction> {
    if (this.answersOf !== modelId || this.answers.size + rows > keptRows) this.answers = new Map();
    this.answersOf = modelId;
    return this.answers;
  }
}

/** A transformer that was trained knows more than a head on the starter does, also where it is a little older. */
const isOfStarter = ({ recipe }: Model): boolean => recipe.config['base'] === starterId;
