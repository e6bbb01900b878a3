import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expectNear } from '../testing/near';
import { describeWithShared } from '../testing/shared';
import { countLabels, macroAverage, microAverage, perLabel, weightedAverage, type Averages } from './counts';
import { answers, evaluateRows } from './evaluate';
import {
  averagePrecisionPerLabel,
  coverageError,
  labelRankingAveragePrecision,
  labelRankingLoss,
  meanAveragePrecision,
  meanAveragePrecisionMicro,
  membership,
} from './label-ranking';
import { hammingLoss, jaccardSamples, perLabelConfusion, samplesAverage, subsetAccuracy } from './multilabel';
import { areaUnderRoc, column } from './ranking';
import { thresholdGrid, tuneGlobalThreshold, tuneThresholds } from './thresholds';

interface Division {
  micro: Averages;
  macro: Averages;
  weighted: Averages;
  samples: Averages;
}
interface Case {
  name: string;
  threshold: number;
  yTrue: number[][];
  probabilities: number[][];
  expected: {
    zeroDivision0: Division;
    zeroDivision1: Division;
    perLabel: (Averages & { support: number })[];
    hammingLoss: number;
    subsetAccuracy: number;
    jaccardSamples: number;
    lrap: number;
    coverageError: number;
    rankingLoss: number;
    averagePrecisionPerLabel: (number | null)[];
    mapMacro: number | null;
    mapMicro: number | null;
    aurocPerLabel: (number | null)[];
    perLabelConfusion: number[][][];
    tuned: {
      grid: number[];
      perLabel: { threshold: number; f1: number }[];
      globalMicroF1: { threshold: number; f1: number };
    };
  };
}

describeWithShared('several labels a row equal scikit-learn', 'fixtures/metrics-multilabel.json', (file) => {
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] };
  for (const one of cases)
    test(one.name, () => {
      const { expected } = one;
      const n = one.yTrue[0]!.length;
      const rows = one.yTrue.length;
      const values = Float64Array.from(one.probabilities.flat());
      const actual = one.yTrue.map((row) => row.flatMap((on, label) => (on ? [label] : [])));
      const scores = { rows, labels: n, values, thresholds: new Array<number>(n).fill(one.threshold) };
      const { predicted } = answers(scores, true);
      const counts = countLabels(actual, predicted, n);
      for (const zeroDivision of [0, 1] as const) {
        const wanted = expected[`zeroDivision${zeroDivision}`];
        const each = perLabel(counts, zeroDivision);
        expectNear(macroAverage(each), wanted.macro);
        expectNear(weightedAverage(each, zeroDivision), wanted.weighted);
        expectNear(microAverage(counts, zeroDivision), wanted.micro);
        expectNear(samplesAverage(actual, predicted, zeroDivision), wanted.samples);
      }
      expectNear(perLabel(counts), expected.perLabel);
      expectNear(perLabelConfusion(counts, rows), expected.perLabelConfusion);
      expectNear(hammingLoss(actual, predicted, n), expected.hammingLoss);
      expectNear(subsetAccuracy(actual, predicted), expected.subsetAccuracy);
      expectNear(jaccardSamples(actual, predicted), expected.jaccardSamples);
      expectNear(labelRankingAveragePrecision(values, n, actual), expected.lrap);
      expectNear(coverageError(values, n, actual), expected.coverageError);
      expectNear(labelRankingLoss(values, n, actual), expected.rankingLoss);
      expectNear(averagePrecisionPerLabel(values, n, actual), expected.averagePrecisionPerLabel);
      expectNear(meanAveragePrecision(values, n, actual), expected.mapMacro);
      expectNear(meanAveragePrecisionMicro(values, n, actual), expected.mapMicro);
      expectNear(
        expected.aurocPerLabel.map((_, label) =>
          areaUnderRoc(column(values, rows, n, label), membership(actual, label)),
        ),
        expected.aurocPerLabel,
      );
      expect(thresholdGrid).toEqual(expected.tuned.grid);
      expectNear(tuneThresholds(values, n, actual), expected.tuned.perLabel);
      expectNear(tuneGlobalThreshold(values, n, actual), expected.tuned.globalMicroF1);

      const { metrics } = evaluateRows({
        labels: Array.from({ length: n }, (_, label) => `l${label}`),
        multiLabel: true,
        rowIds: actual.map((_, row) => `r.${row}`),
        texts: actual.map(() => ''),
        actual,
        scores,
      });
      const zero = expected.zeroDivision0;
      expectNear(metrics, {
        accuracy: expected.subsetAccuracy,
        subsetAccuracy: expected.subsetAccuracy,
        hammingLoss: expected.hammingLoss,
        f1Samples: zero.samples.f1,
        f1Micro: zero.micro.f1,
        f1Macro: zero.macro.f1,
        precisionWeighted: zero.weighted.precision,
        confusion: {},
      });
    });
});
