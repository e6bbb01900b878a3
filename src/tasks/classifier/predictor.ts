// Answers of a trained classifier, with the words that drove them.
import type { TensorMap } from '../../contract/records';
import type { Prediction } from '../../contract/train';
import type { Device } from '../../../workers/backends/device';
import { breather } from '../../../workers/breathe';
import type { LabelPredictor, Scores } from '../task';
import { TextReader } from './encoded';
import { wordsOf } from './features';
import { scoresBy } from './label-rule';
import type { ClassifierModel } from './model';
import { declareParameters } from './network';
import { predictionsOf } from './predictions';
import { Scorer } from './scorer';
import { denseShapes, piecesName, tableName } from './shape';

/** Texts encoded before other messages are let in. */
const stretch = 1024;

export function makePredictor(
  device: Device,
  model: ClassifierModel,
  labels: string[],
  multiLabel: boolean,
): LabelPredictor {
  const { shape, vocabulary, base, rule } = model;
  const reader = new TextReader(vocabulary, base?.pieces ?? null);
  const session = device.session();
  const parameters = declareParameters(shape, vocabulary.size, base?.pieces.ids.length);
  parameters.write(session, tensorsOf(model));
  const scorer = new Scorer(session, parameters, shape);

  async function score(texts: string[]): Promise<Scores> {
    const values = new Float32Array(texts.length * labels.length);
    const breath = breather(30);
    for (let from = 0; from < texts.length; from += stretch) {
      await breath();
      const some = await scorer.score(reader.encode(texts.slice(from, from + stretch)), breath);
      values.set(some, from * labels.length);
    }
    return scoresBy(rule, values, labels.length);
  }

  /** By leaving each word out: how much surer (in log-odds terms of its probability) the label is with it. */
  async function evidence(text: string, label: number): Promise<NonNullable<Prediction['evidence']>> {
    const words = wordsOf(text, vocabulary.settings.maxLength);
    const values = await scorer.score(reader.encodeWithout(text));
    const logOdds = (variant: number): number => {
      const p = Math.min(1 - 1e-7, Math.max(1e-7, values[variant * labels.length + label]!));
      return Math.log(p / (1 - p));
    };
    const whole = logOdds(0);
    return words.map(({ start, end }, i) => ({
      term: text.slice(start, end),
      start,
      end,
      weight: whole - logOdds(i + 1),
    }));
  }

  return {
    labels,
    multiLabel,
    score,
    async predict(texts, options) {
      const scores = await score(texts);
      const found = predictionsOf(scores, labels, multiLabel, options.topK);
      if (options.evidence)
        for (const [row, answer] of found.entries())
          answer.evidence = await evidence(texts[row]!, labels.indexOf(answer.label));
      return found;
    },
    dispose: () => session.dispose(),
  };
}

function tensorsOf({ shape, vocabulary, table, base, dense }: ClassifierModel): TensorMap {
  const tensors: TensorMap = {
    [tableName]: { shape: [vocabulary.size, shape.vectorSize], dtype: 'float32', data: table },
  };
  if (base)
    tensors[piecesName] = {
      shape: [base.pieces.ids.length, base.pieces.dimensions],
      dtype: 'float32',
      data: base.table,
    };
  for (const [name, size] of denseShapes(shape)) tensors[name] = { shape: size, dtype: 'float32', data: dense[name]! };
  return tensors;
}
