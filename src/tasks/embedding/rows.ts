// How a run of this task keeps its rows, and is judged by them (RowKind). Reading is read-rows.ts, figures are evaluation.ts.
import type { Dataset, FrozenSplit, Run, Split } from '../../contract/records';
import { hashOfPages, sha256 } from '../../lib/hash';
import { findFrozenSplit, getFrozenSplit, putFrozenSplits } from '../../storage/frozen-splits';
import { timeAnswers } from '../../../workers/latency';
import type { RowKind } from '../task';
import { splitNames, textsOf, type EmbeddingData, type EmbeddingRows } from './data';
import { evaluateVectors, judgedRows, type Judged } from './evaluation';
import type { EmbeddingPredictor } from './predictor';
import { readEmbeddingRows, rereadRows } from './read-rows';
import type { EmbeddingTrainer } from './trainer';

/** Rows that validation looks at on the way; the end of the run looks at more. */
const mostOnTheWay = 1500;
const mostAtTheEnd = 5000;

export const embeddingRows: RowKind<EmbeddingData, EmbeddingPredictor, EmbeddingTrainer> = {
  read: readEmbeddingRows,
  store: (run, data) => putFrozenSplits(splitNames.map((split) => frozenRecord(run.id, split, data))),
  thaw,
  hash,
  counts: ({ splits }) => ({
    train: splits.train.rowIds.length,
    validation: splits.validation.rowIds.length,
    test: splits.test.rowIds.length,
  }),
  // The classes of labelled texts are not what a model of vectors answers with.
  labels: () => ({ labels: [], multiLabel: false }),
  validation(data, trainer) {
    const rows = judgedRows(data, data.splits.validation, mostOnTheWay);
    if (!rows) return null;
    return async () => {
      const { metrics } = await evaluateVectors(rows, (texts) => trainer.vectors(texts));
      return Object.fromEntries(
        Object.entries(metrics).flatMap(([name, value]) =>
          typeof value === 'number' && name !== 'rows' ? [[name, value] as const] : [],
        ),
      );
    };
  },
  judge,
  latency: (data, predictor) =>
    timeAnswers(
      [data.splits.test, data.splits.validation, data.splits.train].flatMap(({ first }) => first).slice(0, 1000),
      (texts) => predictor.embed(texts),
    ),
};

function frozenRecord(runId: string, split: Split, { form, labels, scores, splits }: EmbeddingData): FrozenSplit {
  const { rowIds, first, second, third, values } = splits[split];
  const kept = split === 'train' ? { first: [], second: [], third: [] } : { first, second, third };
  return {
    ...{ runId, split, rowIds, labels },
    actual: form === 'labelled' ? Array.from(values, (label) => (label < 0 ? [] : [label])) : rowIds.map(() => []),
    texts: kept.first,
    examples: {
      ...{ form, scores, second: kept.second, third: kept.third },
      values: form === 'scored-pairs' ? [...values] : [],
    },
  };
}

async function thaw(run: Run, dataset: Dataset): Promise<EmbeddingData | null> {
  const [train, validation, test] = await Promise.all(splitNames.map((split) => findFrozenSplit(run.id, split)));
  if (!train?.examples || !validation || !test) return null;
  const { form, scores } = train.examples;
  return rereadRows(dataset, { train, validation, test }, { form, scores, labels: train.labels });
}

const rowsPerDigest = 10_000;

/** SHA-256 over the examples as the run sees them. */
async function hash({ form, labels, scores, splits }: EmbeddingData): Promise<string> {
  const digests: Uint8Array[] = [];
  for (const split of splitNames) {
    const { rowIds, first, second, third, values } = splits[split];
    for (let from = 0; from < rowIds.length; from += rowsPerDigest) {
      const lines: string[] = [];
      for (let i = from; i < Math.min(rowIds.length, from + rowsPerDigest); i++)
        lines.push(
          JSON.stringify([split, rowIds[i], first[i], second[i] ?? null, third[i] ?? null, values[i] ?? null]),
        );
      digests.push(await sha256(new TextEncoder().encode(lines.join('\n'))));
    }
  }
  return hashOfPages([form, labels, scores], digests);
}

/** Judges the model and, on the same rows, the base it began with; similarities of both are kept with the rows. */
async function judge(
  run: Run,
  split: Split,
  data: EmbeddingData,
  predictor: EmbeddingPredictor,
): Promise<Judged['metrics'] | null> {
  const rows = judgedRows(data, data.splits[split], mostAtTheEnd);
  if (!rows) return null;
  const after = await evaluateVectors(rows, (texts) => predictor.vectors(texts), predictor.shorter);
  const before = await predictor.before();
  const first = before && (await evaluateVectors(rows, (texts) => before.vectors(texts), predictor.shorter));
  const frozen: FrozenSplit = await getFrozenSplit(run.id, split);
  if (frozen.examples)
    await putFrozenSplits([
      {
        ...frozen,
        examples: {
          ...frozen.examples,
          ...(rows.every > 1 ? { every: rows.every } : {}),
          ...(after.similarities ? { after: after.similarities } : {}),
          ...(first?.similarities ? { before: first.similarities } : {}),
        },
      },
    ]);
  return first ? { ...after.metrics, before: first.metrics } : after.metrics;
}

/** Texts of all splits: what a run tokenises. */
export const allTexts = (rows: EmbeddingRows): string[] => textsOf(rows).filter((text) => text !== '');
