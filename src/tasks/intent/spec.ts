// The intent task: what can be set, what it needs, what it shows. Trained in train.ts.
import type { ConfigOf, Fields } from '../../lib/fields';
import type { TaskSpec } from '../task';

export const fields = {
  classifier: {
    kind: 'choice',
    title: 'Classifier',
    help: 'The support vector machine is faster and usually a few points better; logistic regression is the classic.',
    fold: 'most',
    default: 'linear-svc',
    choices: [
      { value: 'linear-svc', title: 'Linear SVM', help: 'One label against the rest, squared hinge loss.' },
      { value: 'logistic', title: 'Logistic regression', help: 'All labels at once, by softmax.' },
    ],
  },
  analyzer: {
    kind: 'choice',
    title: 'Reads',
    help: 'What a text is cut into. Characters forgive typos and inflections; both together are best and slowest.',
    fold: 'most',
    default: 'word',
    choices: [
      { value: 'word', title: 'Words', help: 'Runs of words, as long as the n-gram range says.' },
      { value: 'char_wb', title: 'Characters', help: 'Runs of characters inside words. A range of 2 to 5 is usual.' },
      {
        value: 'word+char',
        title: 'Words and characters',
        help: 'Words by the n-gram range, beside runs of 2 to 5 characters inside words.',
      },
    ],
  },
  ngramRange: {
    kind: 'numbers',
    title: 'N-gram range',
    help: 'Shortest and longest run. 1 to 3 words or 2 to 5 characters are usual.',
    fold: 'most',
    default: [1, 3],
    min: 1,
    max: 8,
    length: { min: 2, max: 2 },
    integer: true,
    ascending: true,
  },
  maxFeatures: {
    kind: 'number',
    title: 'Most features',
    help: 'The most frequent n-grams are kept, of words and of characters each. 0 keeps all. 5,000 to 50,000 is usual.',
    fold: 'most',
    default: 10000,
    min: 0,
    max: 1000000,
    integer: true,
  },
  C: {
    kind: 'number',
    title: 'Fit strength C',
    help: 'Higher follows the training rows more closely, lower smooths. 0.1 to 10 is usual.',
    fold: 'most',
    default: 1,
    min: 0.0001,
    max: 10000,
    scale: 'log',
  },
  split: {
    kind: 'split',
    title: 'Split',
    help: 'Shares of the rows that came without a split, each label spread evenly.',
    fold: 'most',
    default: { train: 0.7, validation: 0.15, test: 0.15 },
  },
  classWeight: {
    kind: 'choice',
    title: 'Weight of labels',
    help: 'Balanced makes rows of rare labels count more, so that they are not forgotten.',
    fold: 'training',
    default: 'balanced',
    choices: [
      { value: 'balanced', title: 'Balanced' },
      { value: 'none', title: 'Every row the same' },
    ],
  },
  correctedWeight: {
    kind: 'number',
    title: 'Weight of corrected rows',
    help: 'How much a row corrected by a person counts beside the others. 2 is usual; 1 treats all alike.',
    fold: 'training',
    default: 2,
    min: 0.1,
    max: 100,
  },
  sublinearTf: {
    kind: 'switch',
    title: 'Dampen repeated words',
    help: 'Counts a repeated n-gram as 1 + log of its count. Helps with long texts and characters.',
    fold: 'training',
    default: false,
  },
  calibration: {
    kind: 'choice',
    title: 'Calibration',
    help: 'How scores become probabilities, fitted on rows held out. None gives softmax of the raw scores.',
    fold: 'training',
    default: 'sigmoid',
    choices: [
      { value: 'sigmoid', title: 'Sigmoid (Platt)' },
      { value: 'isotonic', title: 'Isotonic', help: 'Needs many rows a label: some hundreds.' },
      { value: 'none', title: 'None' },
    ],
  },
  calibrationFolds: {
    kind: 'number',
    title: 'Calibration folds',
    help: 'Parts the training rows are cut into; each is held out once. Fewer where a label has fewer rows. 3 to 5 is usual.',
    fold: 'training',
    default: 3,
    min: 2,
    max: 20,
    integer: true,
  },
  temperature: {
    kind: 'switch',
    title: 'Temperature',
    help: "Makes confidence honest on rows held out; no answer changes. Off gives scikit-learn's probabilities exactly.",
    fold: 'training',
    default: true,
  },
  minSamples: {
    kind: 'number',
    title: 'Fewest samples',
    help: 'A run with fewer labelled rows is refused. 20 is the least that says anything.',
    fold: 'everything',
    default: 20,
    min: 2,
    max: 1000000,
    integer: true,
  },
} as const satisfies Fields;

export type IntentConfig = ConfigOf<typeof fields>;

/** Character runs of `word+char`; the field `ngramRange` is about the words there. */
export const charRange = [2, 5] as const;

export const spec: TaskSpec<typeof fields> = {
  id: 'intent',
  title: 'Intent',
  summary: 'One label a text, from its words. Trains in seconds and says which words drove the answer.',
  fields,
  presets: {
    quick: { ngramRange: [1, 1], maxFeatures: 5000, calibrationFolds: 2 },
    balanced: {},
    best: { analyzer: 'word+char', ngramRange: [1, 2], sublinearTf: true, maxFeatures: 0 },
  },
  columns: { required: [['text'], ['label']], optional: ['split', 'group'] },
  minSamples: 20,
  curves: [
    { metric: 'heldOutAccuracy', title: 'Accuracy on rows held out in training' },
    { metric: 'loss', title: 'Loss, mean over labels', zeroBased: true },
    { metric: 'solved', title: 'Labels solved to full precision', zeroBased: true },
  ],
  primaryMetric: 'f1Macro',
  exports: [
    {
      format: 'json',
      title: 'JSON with scripts',
      opens: 'Node 18 or later without packages, Python with numpy, or anything that reads JSON',
      snippet: "echo 'where is my card' | node predict.mjs\necho 'where is my card' | python predict.py",
    },
  ],
  check(config) {
    const range = config['ngramRange'];
    if (config['analyzer'] !== 'char_wb' || !Array.isArray(range)) return [];
    return range[1] === 1
      ? [{ field: 'ngramRange', message: 'ngramRange must reach at least 2 where single characters are read' }]
      : [];
  },
  sample: 'support-intents',
};
