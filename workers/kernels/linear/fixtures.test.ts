// Holds the linear kernels to scikit-learn's numbers (fixtures tfidf-svc.json and tfidf-svc-coef.json).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stratifiedKFold } from '../../../src/lib/splits';
import { describeWithShared, sharedPath } from '../../../src/lib/testing/shared';
import { balancedWeights } from './class-weights';
import { calibrated, fitIsotonic, fitSigmoid, normaliseRow, type Calibrator } from './calibration';
import type { Csr } from './csr';
import {
  decide,
  descend,
  objectives,
  scalarCount,
  settle,
  startProblem,
  type DualData,
  type DualProblem,
} from './dual-descent';
import { improveLogistic } from './softmax-regression';
import { defaultTfidf, TfidfCounter, type TfidfOptions } from './tfidf';

interface SparseFixture {
  indices: number[];
  values: number[];
}
interface CalibratedFixture {
  method: 'sigmoid' | 'isotonic';
  ensemble: boolean;
  sampleWeights: boolean;
  probabilities: number[][];
  ab?: [number, number][][];
  isotonicFold0?: { x: number[]; y: number[] }[];
}
interface Fixture {
  labels: string[];
  train: { text: string; label: string }[];
  test: string[];
  sampleWeights: number[];
  stopWords: string[];
  vectorizers: {
    name: string;
    options: Record<string, unknown> & { ngram_range: [number, number] };
    features: number;
    vocabularySha256: string;
    first20: string[];
    last20: string[];
    idfFirst20: number[];
    idfSum: number;
    trainRow0: SparseFixture;
    testRows: Record<string, SparseFixture>;
    trainNonZeros: number;
    trainSum: number;
  }[];
  maxFeaturesTies: { maxFeatures: number; surelyKept: number; frequencyAtTheCut: number; surelyKeptSha256: string };
  classifierFeatures: { ngram_range: [number, number]; max_features: number };
  classWeightsBalanced: Record<string, number>;
  classWeightsBalancedWithSampleWeights: Record<string, number>;
  models: {
    name: string;
    classifier: 'linear-svc' | 'logistic';
    C: number;
    classWeight: string;
    sampleWeights: boolean;
    objectivePerClass?: number[];
    objective?: number;
    intercept: number[];
    decision?: number[][];
    probabilities?: number[][];
    predicted: string[];
  }[];
  binary: {
    labels: [string, string];
    cases: {
      classWeight: string;
      sampleWeights: boolean;
      objective: number;
      intercept: number;
      coefNorm: number;
      decision: number[];
    }[];
  };
  folds: number[][];
  calibrated: CalibratedFixture[];
  calibratorsAlone: {
    decision: number[];
    label: number[];
    weights: number[] | null;
    a: number;
    b: number;
    probe: number[];
    sigmoid: number[];
    isotonic: number[];
  }[];
}
interface CoefFixture {
  models: Record<string, { coef: number[][]; intercept: number[] }>;
}

/** What the task trains with: liblinear's own default. */
const tolerance = 1e-4;

const sha = (terms: readonly string[]): string => createHash('sha256').update(terms.join('\n')).digest('hex');

function optionsOf(options: Fixture['vectorizers'][number]['options'], stopWords: string[]): TfidfOptions {
  return {
    ...defaultTfidf,
    ngramRange: options.ngram_range,
    analyzer: options['analyzer'] === 'char_wb' ? 'char_wb' : 'word',
    maxFeatures: typeof options['max_features'] === 'number' ? options['max_features'] : null,
    sublinearTf: options['sublinear_tf'] === true,
    stopWords: options['stop_words'] === 'english' ? stopWords : [],
    minDf: typeof options['min_df'] === 'number' ? options['min_df'] : 1,
    maxDf: typeof options['max_df'] === 'number' ? options['max_df'] : 1,
    smoothIdf: options['smooth_idf'] !== false,
    norm: options['norm'] === undefined ? 'l2' : options['norm'] === 'l1' ? 'l1' : null,
    lowercase: options['lowercase'] !== false,
    stripAccents: options['strip_accents'] === 'unicode',
  };
}

function fit(texts: readonly string[], options: TfidfOptions) {
  const counter = new TfidfCounter(options);
  for (const text of texts) counter.add(text);
  return counter.finish();
}

function expectRow(csr: Csr, row: number, wanted: SparseFixture): void {
  const entries: [number, number][] = [];
  for (let j = csr.offsets[row]!; j < csr.offsets[row + 1]!; j++) entries.push([csr.indices[j]!, csr.values[j]!]);
  entries.sort((a, b) => a[0] - b[0]);
  expect(entries.map((entry) => entry[0])).toEqual(wanted.indices);
  entries.forEach((entry, i) => expect(Math.abs(entry[1] - wanted.values[i]!)).toBeLessThanOrEqual(1e-8));
}

function within(actual: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++)
    if (!(Math.abs(actual[i]! - wanted[i]!) <= tolerance)) expect.fail(`[${i}] ${actual[i]} is not ${wanted[i]}`);
}

/** One-vs-rest over given rows; two classes make one problem whose positive class is the second. */
function fitSvc(
  matrix: Csr,
  y: Int32Array,
  rows: Int32Array,
  classes: number,
  options: { C: number; balanced: boolean; weights: readonly number[] | null; tolerance?: number },
): { data: DualData; problems: DualProblem[] } {
  const weights = Float64Array.from(y, (_, row) => options.weights?.[row] ?? 1);
  const byClass = options.balanced ? balancedWeights(y, rows, weights, classes) : new Float64Array(classes).fill(1);
  const squaredNorm = new Float64Array(matrix.rows).fill(1);
  for (let row = 0; row < matrix.rows; row++)
    for (let j = matrix.offsets[row]!; j < matrix.offsets[row + 1]!; j++) squaredNorm[row]! += matrix.values[j]! ** 2;
  const data: DualData = {
    matrix,
    classOf: y,
    halfInverseCost: weights.map((weight) => 0.5 / (options.C * weight)),
    squaredNorm,
    rows,
  };
  const positives = classes === 2 ? [1] : Array.from({ length: classes }, (_, c) => c);
  const problems = positives.map((positive): DualProblem => {
    const problem: DualProblem = {
      positive,
      positiveWeight: byClass[positive]!,
      negativeWeight: classes === 2 ? byClass[0]! : 1,
      alpha: new Float64Array(rows.length),
      w: new Float64Array(matrix.columns + 1),
      order: new Int32Array(rows.length),
      scalars: new Float64Array(scalarCount),
    };
    startProblem(problem, positive + 1);
    descend(data, problem, 10000, options.tolerance ?? tolerance);
    settle(data, problem);
    return problem;
  });
  return { data, problems };
}

describeWithShared('scikit-learn on 300 rows of Banking77', 'fixtures/tfidf-svc.json', (file) => {
  const coefFile = sharedPath('fixtures/tfidf-svc-coef.json');
  if (!coefFile) return;
  const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
  const coef = JSON.parse(readFileSync(coefFile, 'utf8')) as CoefFixture;
  const texts = fixture.train.map((row) => row.text);
  const y = Int32Array.from(fixture.train, (row) => fixture.labels.indexOf(row.label));
  const all = Int32Array.from(texts, (_, i) => i);
  const classes = fixture.labels.length;
  const features = fit(texts, {
    ...defaultTfidf,
    ngramRange: fixture.classifierFeatures.ngram_range,
    maxFeatures: fixture.classifierFeatures.max_features,
  });
  const probe = features.vectoriser.transform(fixture.test);

  test.each(fixture.vectorizers)('tf-idf: $name', (wanted) => {
    const { vectoriser, matrix } = fit(texts, optionsOf(wanted.options, fixture.stopWords));
    expect(vectoriser.terms.length).toBe(wanted.features);
    expect(vectoriser.terms.slice(0, 20)).toEqual(wanted.first20);
    expect(vectoriser.terms.slice(-20)).toEqual(wanted.last20);
    expect(sha(vectoriser.terms)).toBe(wanted.vocabularySha256);
    within(vectoriser.idf.slice(0, 20), wanted.idfFirst20, 1e-8);
    expect(vectoriser.idf.reduce((sum, value) => sum + value, 0)).toBeCloseTo(wanted.idfSum, 6);
    expect(matrix.indices.length).toBe(wanted.trainNonZeros);
    expect(matrix.values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(wanted.trainSum, 6);
    expectRow(matrix, 0, wanted.trainRow0);
    expectRow(vectoriser.transform(texts), 0, wanted.trainRow0);
    const rows = vectoriser.transform(fixture.test);
    for (const [row, entries] of Object.entries(wanted.testRows)) expectRow(rows, Number(row), entries);
  });

  test('maxFeatures keeps the most frequent, and the first in order at a tie', () => {
    const { maxFeatures, surelyKept, surelyKeptSha256, frequencyAtTheCut } = fixture.maxFeaturesTies;
    const options: TfidfOptions = { ...defaultTfidf, ngramRange: [1, 3], norm: null };
    const every = fit(texts, options);
    const counts = new Float64Array(every.vectoriser.terms.length);
    every.matrix.indices.forEach((feature, j) => {
      counts[feature]! += every.matrix.values[j]! / every.vectoriser.idf[feature]!;
    });
    const total = new Map(every.vectoriser.terms.map((term, i) => [term, Math.round(counts[i]!)]));
    const kept = fit(texts, { ...options, maxFeatures }).vectoriser.terms;
    const sure = kept.filter((term) => total.get(term)! > frequencyAtTheCut);
    expect(kept.length).toBe(maxFeatures);
    expect(sure.length).toBe(surelyKept);
    expect(sha(sure)).toBe(surelyKeptSha256);
    const tied = every.vectoriser.terms.filter((term) => total.get(term) === frequencyAtTheCut);
    expect(kept.filter((term) => total.get(term) === frequencyAtTheCut)).toEqual(
      tied.slice(0, maxFeatures - surelyKept),
    );
  });

  test('balanced class weights count rows by their weight', () => {
    const ones = new Float64Array(texts.length).fill(1);
    const plain = fixture.labels.map((label) => fixture.classWeightsBalanced[label]!);
    within(balancedWeights(y, all, ones, classes), plain, 1e-12);
    const weighted = fixture.labels.map((label) => fixture.classWeightsBalancedWithSampleWeights[label]!);
    within(balancedWeights(y, all, Float64Array.from(fixture.sampleWeights), classes), weighted, 1e-12);
  });

  test.each(fixture.models.filter((model) => model.classifier === 'linear-svc'))('support vectors: $name', (wanted) => {
    const { data, problems } = fitSvc(features.matrix, y, all, classes, {
      C: wanted.C,
      balanced: wanted.classWeight === 'balanced',
      weights: wanted.sampleWeights ? fixture.sampleWeights : null,
    });
    problems.forEach((problem, c) => {
      within(problem.w.subarray(0, -1), coef.models[wanted.name]!.coef[c]!, 1e-4);
      expect(Math.abs(problem.w.at(-1)! - wanted.intercept[c]!)).toBeLessThanOrEqual(1e-4);
      const { primal, dual } = objectives(data, problem);
      expect(Math.abs(primal / wanted.objectivePerClass![c]! - 1)).toBeLessThanOrEqual(1e-6);
      expect((primal - dual) / primal).toBeLessThanOrEqual(1e-6);
    });
    fixture.test.forEach((_, row) => {
      const scores = problems.map((problem) => decide(probe, row, problem.w));
      within(scores, wanted.decision![row]!, 1e-4);
      expect(fixture.labels[scores.indexOf(Math.max(...scores))]).toBe(wanted.predicted[row]);
    });
  });

  test.each(fixture.binary.cases)('two classes: $classWeight, weights $sampleWeights', (wanted) => {
    const pair = fixture.binary.labels.map((label) => fixture.labels.indexOf(label));
    const rows = all.filter((row) => pair.includes(y[row]!));
    const own = y.map((c) => Math.max(0, pair.indexOf(c)));
    const { problems } = fitSvc(features.matrix, own, rows, 2, {
      C: 1,
      balanced: wanted.classWeight === 'balanced',
      weights: wanted.sampleWeights ? fixture.sampleWeights : null,
    });
    expect(Math.abs(problems[0]!.w.at(-1)! - wanted.intercept)).toBeLessThanOrEqual(1e-4);
    within(
      fixture.test.map((_, row) => decide(probe, row, problems[0]!.w)),
      wanted.decision,
      1e-4,
    );
  });

  test.each(fixture.models.filter((model) => model.classifier === 'logistic'))('logistic: $name', (wanted) => {
    const weights = Float64Array.from(y, (_, row) => (wanted.sampleWeights ? fixture.sampleWeights[row]! : 1));
    const byClass = wanted.classWeight === 'balanced' ? balancedWeights(y, all, weights, classes) : null;
    const w = new Float64Array((features.matrix.columns + 1) * classes);
    const rowWeight = weights.map((weight, row) => weight * (byClass ? byClass[y[row]!]! : 1));
    const data = { matrix: features.matrix, classOf: y, rowWeight, rows: all, outputs: classes, C: wanted.C };
    expect(improveLogistic(data, w, 1000, 1e-7).done).toBe(true);
    const wantedCoef = coef.models[wanted.name]!;
    for (let c = 0; c < classes; c++)
      within(
        Float64Array.from({ length: features.matrix.columns }, (_, f) => w[f * classes + c]!),
        wantedCoef.coef[c]!,
        1e-4,
      );
    fixture.test.forEach((_, row) => {
      const scores = Array.from({ length: classes }, (__, c) => {
        let score = w[features.matrix.columns * classes + c]!;
        for (let j = probe.offsets[row]!; j < probe.offsets[row + 1]!; j++)
          score += probe.values[j]! * w[probe.indices[j]! * classes + c]!;
        return Math.exp(score);
      });
      const sum = scores.reduce((a, b) => a + b, 0);
      within(
        scores.map((score) => score / sum),
        wanted.probabilities![row]!,
        1e-4,
      );
    });
  });

  test('folds are the stratified ones', () => {
    expect(stratifiedKFold([...y], 3)).toEqual(fixture.folds);
  });

  test.each(fixture.calibrated)('$method, ensemble $ensemble, weights $sampleWeights', (wanted) => {
    const weights = wanted.sampleWeights ? fixture.sampleWeights : null;
    // Steps of the isotonic curve lie closer together than the solver's usual error.
    const options = { C: 1, balanced: true, weights, tolerance: wanted.method === 'isotonic' ? 1e-6 : tolerance };
    const fitted = fixture.folds.map((held) => {
      const rows = all.filter((row) => !held.includes(row));
      return { held, problems: fitSvc(features.matrix, y, rows, classes, options).problems };
    });
    const calibrator = (c: number, parts: typeof fitted): Calibrator => {
      const held = parts.flatMap((part) => part.held);
      const decisions = parts.flatMap((part) =>
        part.held.map((row) => decide(features.matrix, row, part.problems[c]!.w)),
      );
      const rows = {
        decisions: Float64Array.from(decisions),
        isPositive: Uint8Array.from(held, (row) => (y[row] === c ? 1 : 0)),
        weights: Float64Array.from(held, (row) => weights?.[row] ?? 1),
      };
      return wanted.method === 'sigmoid' ? fitSigmoid(rows) : fitIsotonic(rows);
    };
    const members = wanted.ensemble
      ? fitted.map((part) => ({
          problems: part.problems,
          calibrators: fixture.labels.map((_, c) => calibrator(c, [part])),
        }))
      : [
          {
            problems: fitSvc(features.matrix, y, all, classes, options).problems,
            calibrators: fixture.labels.map((_, c) => calibrator(c, fitted)),
          },
        ];
    wanted.ab?.forEach((perClass, member) =>
      perClass.forEach(([a, b], c) => {
        const found = members[member]!.calibrators[c]!;
        if (found.kind === 'sigmoid') within([found.a, found.b], [a, b], 1e-3);
      }),
    );
    wanted.isotonicFold0?.forEach(({ x, y: levels }, c) => {
      const found = members[0]!.calibrators[c]!;
      if (found.kind !== 'isotonic') return;
      within(found.x, x, 1e-4);
      within(found.y, levels, 1e-4);
    });
    fixture.test.forEach((_, row) => {
      const mean = new Float64Array(classes);
      for (const member of members) {
        const scores = Float64Array.from(member.calibrators, (one, c) =>
          calibrated(one, decide(probe, row, member.problems[c]!.w)),
        );
        normaliseRow(scores, 0, classes);
        scores.forEach((score, c) => (mean[c]! += score / members.length));
      }
      within(mean, wanted.probabilities[row]!, 1e-4);
    });
  });

  test.each(fixture.calibratorsAlone)('calibrators alone, weights $weights', (wanted) => {
    const rows = {
      decisions: Float64Array.from(wanted.decision),
      isPositive: Uint8Array.from(wanted.label),
      weights: Float64Array.from(wanted.decision, (_, i) => wanted.weights?.[i] ?? 1),
    };
    const platt = fitSigmoid(rows);
    within([platt.a, platt.b], [wanted.a, wanted.b], 1e-4);
    within(
      wanted.probe.map((f) => calibrated(platt, f)),
      wanted.sigmoid,
      1e-6,
    );
    const isotonic = fitIsotonic(rows);
    within(
      wanted.probe.map((f) => calibrated(isotonic, f)),
      wanted.isotonic,
      1e-9,
    );
  });
});
