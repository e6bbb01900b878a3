import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expectNear } from '../testing/near';
import { describeWithShared } from '../testing/shared';
import {
  brierScore,
  brierScoreBinary,
  expectedCalibrationError,
  maximumCalibrationError,
  reliabilityBins,
} from './calibration';
import { accuracyOf, balancedAccuracy, cohenKappa, confusionMatrix, matthewsCorrelation } from './confusion';
import {
  countLabels,
  fBetaMacro,
  jaccardMacro,
  macroAverage,
  microAverage,
  perLabel,
  weightedAverage,
  type Averages,
} from './counts';
import { answers, evaluateRows } from './evaluate';
import { logLoss } from './log-loss';
import {
  areaUnderRocOvo,
  areaUnderRocOvr,
  areaUnderRocPerClass,
  averagePrecisionPerClass,
  meanOfDefined,
  topKAccuracy,
} from './ranking';

interface Division {
  macro: Averages;
  micro: Averages;
  weighted: Averages;
  perClass: (Averages & { support: number })[];
}
interface Case {
  name: string;
  labels: string[];
  yTrue: number[];
  yPred: number[];
  probabilities: number[][];
  expected: {
    zeroDivision0: Division;
    zeroDivision1: Division;
    confusion: number[][];
    topK: Record<string, number>;
    eceBins: { bin: number; count: number; accuracy: number; confidence: number }[];
    aurocPerClass: (number | null)[];
    averagePrecisionPerClass: (number | null)[];
    accuracy: number;
    balancedAccuracy: number;
    mcc: number;
    cohenKappa: number | null;
    cohenKappaQuadratic: number | null;
    f2Macro: number;
    logLoss: number;
    brierMulti: number;
    brierBinary: number | null;
    ece15: number;
    mce15: number;
    aurocOvrMacro: number | null;
    aurocOvoMacro: number | null;
    averagePrecisionMacro: number;
    jaccardMacro: number;
  };
}

describeWithShared('one label a row equals scikit-learn', 'fixtures/metrics-classification.json', (file) => {
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] };
  for (const one of cases)
    test(one.name, () => {
      const { labels, yTrue, yPred, expected } = one;
      const n = labels.length;
      const values = Float64Array.from(one.probabilities.flat());
      const scores = { rows: yTrue.length, labels: n, values };
      const { predicted, confidence } = answers(scores, false);
      expect(predicted.map((row) => row[0])).toEqual(yPred);

      const actual = yTrue.map((label) => [label]);
      const counts = countLabels(actual, predicted, n);
      for (const zeroDivision of [0, 1] as const) {
        const wanted = expected[`zeroDivision${zeroDivision}`];
        const each = perLabel(counts, zeroDivision);
        expectNear(each, wanted.perClass);
        expectNear(macroAverage(each), wanted.macro);
        expectNear(weightedAverage(each, zeroDivision), wanted.weighted);
        expectNear(microAverage(counts, zeroDivision), wanted.micro);
      }
      const matrix = confusionMatrix(yTrue, yPred, n);
      expectNear([...matrix.counts], expected.confusion.flat());
      expectNear(accuracyOf(matrix), expected.accuracy);
      expectNear(balancedAccuracy(matrix), expected.balancedAccuracy);
      expectNear(matthewsCorrelation(matrix), expected.mcc);
      expectNear(cohenKappa(matrix), expected.cohenKappa);
      expectNear(cohenKappa(matrix, 'quadratic'), expected.cohenKappaQuadratic);
      expectNear(fBetaMacro(counts, 2), expected.f2Macro);
      expectNear(jaccardMacro(counts), expected.jaccardMacro);
      for (const [k, value] of Object.entries(expected.topK))
        expectNear(topKAccuracy(values, n, yTrue, Number(k)), value);
      expectNear(logLoss(values, n, yTrue), expected.logLoss);
      expectNear(brierScore(values, n, yTrue), expected.brierMulti);
      const second = one.probabilities.map((row) => row[1]!);
      if (n === 2) expectNear(brierScoreBinary(second, yTrue), expected.brierBinary);
      const bins = reliabilityBins(
        confidence,
        yTrue.map((label, row) => label === yPred[row]),
      );
      expectNear(bins, expected.eceBins);
      expectNear(expectedCalibrationError(bins), expected.ece15);
      expectNear(maximumCalibrationError(bins), expected.mce15);
      expectNear(areaUnderRocPerClass(values, n, yTrue), expected.aurocPerClass);
      expectNear(areaUnderRocOvr(values, n, yTrue), expected.aurocOvrMacro);
      expectNear(areaUnderRocOvo(values, n, yTrue), expected.aurocOvoMacro);
      expectNear(averagePrecisionPerClass(values, n, yTrue), expected.averagePrecisionPerClass);
      expectNear(meanOfDefined(averagePrecisionPerClass(values, n, yTrue)), expected.averagePrecisionMacro);

      const { metrics } = evaluateRows({
        labels,
        multiLabel: false,
        rowIds: yTrue.map((_, row) => `r.${row}`),
        texts: yTrue.map((_, row) => `text ${row}`),
        actual,
        scores,
      });
      const zero = expected.zeroDivision0;
      expectNear(metrics, {
        rows: yTrue.length,
        loss: expected.logLoss,
        accuracy: expected.accuracy,
        precisionMacro: zero.macro.precision,
        recallMacro: zero.macro.recall,
        f1Macro: zero.macro.f1,
        precisionWeighted: zero.weighted.precision,
        recallWeighted: zero.weighted.recall,
        f1Weighted: zero.weighted.f1,
        f1Micro: zero.micro.f1,
        ece: expected.ece15,
        reliability: expected.eceBins,
        perClass: Object.fromEntries(labels.map((label, index) => [label, zero.perClass[index]])),
      });
      labels.forEach((a, i) =>
        labels.forEach((p, j) => expect(metrics.confusion[a]?.[p] ?? 0).toBe(expected.confusion[i]![j])),
      );
      expect(metrics.misclassified).toHaveLength(yTrue.filter((label, row) => label !== yPred[row]).length);
    });
});
