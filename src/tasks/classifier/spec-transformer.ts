// What can be set of a classifier that starts from a transformer, and the defaults that follow from it. Part of spec.ts.
import type { Base } from '../../contract/bases';
import type { Fields } from '../../lib/fields';
import type { Shortcut, TakeAway } from '../task';

type Chosen = Readonly<Record<string, unknown>>;

/** From a base of one's own; the starter and scratch train the small network. */
export const fromTransformer = ({ base }: Chosen): boolean => base !== 'scratch' && base !== 'starter';
export const fromScratchOrStarter = (chosen: Chosen): boolean => !fromTransformer(chosen);

/** The layers that LoRA can widen, in the names of every family. */
const loraTargets = [
  ...['query', 'key', 'value', 'dense'],
  ...['q_lin', 'k_lin', 'v_lin', 'out_lin', 'lin1', 'lin2'],
  ...['q', 'k', 'v', 'o'],
] as const;

export const transformerFields = {
  freeze: {
    kind: 'choice',
    title: 'Frozen',
    help: 'What of the base stays as it is. Less trained is faster and forgets less; more trained fits closer.',
    fold: 'most',
    default: 'none',
    when: fromTransformer,
    choices: [
      { value: 'none', title: 'Nothing', help: 'The whole transformer learns: best with a thousand rows or more.' },
      { value: 'embeddings', title: 'The word table', help: 'Less memory, nearly as good.' },
      {
        value: 'encoder',
        title: 'All but the head',
        help: 'Every text is read once, then a head is fitted on the vectors: minutes become seconds.',
      },
    ],
  },
  freezeLayers: {
    kind: 'number',
    title: 'Frozen layers',
    help: 'How many layers from the bottom stay as they are, with the word table. 0 to all of them.',
    fold: 'training',
    default: 0,
    min: 0,
    max: 96,
    integer: true,
    when: (chosen) => fromTransformer(chosen) && chosen['freeze'] !== 'encoder',
  },
  lora: {
    kind: 'lora',
    title: 'LoRA',
    help: 'Thin matrices learn beside frozen layers: a small model to keep. Rank 4 to 32; a rate about ten times higher.',
    fold: 'training',
    default: null,
    targets: loraTargets,
    start: { rank: 8, alpha: 16, dropout: 0, targets: ['query', 'value'] },
    when: (chosen) => fromTransformer(chosen) && chosen['freeze'] !== 'encoder',
  },
  head: {
    kind: 'choice',
    title: 'Head',
    help: 'What turns a text into labels.',
    fold: 'training',
    default: 'auto',
    when: fromTransformer,
    choices: [
      {
        value: 'auto',
        title: 'Chosen by itself',
        help: 'Fitted where the encoder is frozen, else that of its family.',
      },
      {
        value: 'family',
        title: 'That of its family',
        help: 'Two layers over the first token, as transformers has it.',
      },
      { value: 'fitted', title: 'Fitted', help: 'Logistic regression on the vectors of texts, to its optimum.' },
    ],
  },
  headC: {
    kind: 'number',
    title: 'Freedom of the head',
    help: 'Of a fitted head: the inverse of how strongly its weights are held small (scikit-learn’s C). 1 to 30.',
    fold: 'training',
    default: 10,
    min: 1e-4,
    max: 1e4,
    scale: 'log',
    when: (chosen) => fromTransformer(chosen) && chosen['head'] !== 'family',
  },
  fewShot: {
    kind: 'number',
    title: 'Few examples',
    help: 'Examples of each class that pairs are made of, before a head is fitted (SetFit). 8 to 16; 0 makes none.',
    fold: 'training',
    default: 0,
    min: 0,
    max: 64,
    integer: true,
    when: (chosen) => fromTransformer(chosen) && chosen['freeze'] !== 'encoder',
  },
  pairsPerExample: {
    kind: 'number',
    title: 'Pairs of each example',
    help: 'Half with its own class, half with another. 4 to 20.',
    fold: 'training',
    default: 8,
    min: 2,
    max: 64,
    integer: true,
    when: (chosen) => fromTransformer(chosen) && Number(chosen['fewShot']) > 0,
  },
  layerDecay: {
    kind: 'number',
    title: 'Rate of lower layers',
    help: 'Each layer learns at this share of the rate above it. 0.8 to 1; 1 is the same for all.',
    fold: 'everything',
    default: 1,
    min: 0.1,
    max: 1,
    when: (chosen) => fromTransformer(chosen) && chosen['freeze'] !== 'encoder',
  },
  recompute: {
    kind: 'switch',
    title: 'Compute again instead of keeping',
    help: 'Inner values of a layer are computed once more on the way back: less memory, a third more time, the same numbers.',
    fold: 'everything',
    default: false,
    when: (chosen) => fromTransformer(chosen) && chosen['freeze'] !== 'encoder',
  },
} as const satisfies Fields;

/** What is usual for transformers. What is set by hand beats it. */
export function transformerDefaults({ fewShot }: Chosen, preset: 'quick' | 'balanced' | 'best' | undefined) {
  const epochs = Number(fewShot) > 0 ? 1 : preset === 'quick' ? 1 : preset === 'best' ? 5 : 3;
  return { epochs, batchSize: 16, learningRate: 2e-5, weightDecay: 0.01, dropout: 0.1 };
}

/** One click to the best there is for the time: every text is read once, and a head fitted in seconds. */
export const transformerShortcuts = (bases: readonly Base[]): Shortcut[] =>
  bases
    .filter(({ kind }) => kind === 'transformer')
    .slice(-2)
    .map(({ id, name }) => ({
      title: `Frozen ${name} + head`,
      help: 'Reads every text once and fits a head on the vectors. As good as tuning on many data sets, in a fraction of the time.',
      config: { base: id, freeze: 'encoder' },
    }));

/** Settings that do not go together. */
export function transformerProblems(chosen: Chosen): { field: string; message: string }[] {
  if (!fromTransformer(chosen)) return [];
  const { freeze, lora, head, fewShot } = chosen;
  const frozen = freeze === 'encoder';
  const few = Number(fewShot) > 0;
  const problems: { field: string; message: string }[] = [];
  if (frozen && lora !== null)
    problems.push({ field: 'lora', message: 'lora trains layers of the encoder, which freeze keeps as it is' });
  if (frozen && few)
    problems.push({ field: 'fewShot', message: 'fewShot tunes the encoder, which freeze keeps as it is' });
  if (head === 'fitted' && !frozen && !few)
    problems.push({ field: 'head', message: 'head fitted needs freeze encoder, or fewShot above 0' });
  if (head === 'family' && few)
    problems.push({ field: 'head', message: 'head family is trained step by step; fewShot fits one on vectors' });
  return problems;
}

/** Whether a head is fitted on text vectors, rather than the family's trained step by step. */
export const fitsHead = ({ head, freeze, fewShot }: Chosen): boolean =>
  head === 'fitted' || (head === 'auto' && (freeze === 'encoder' || Number(fewShot) > 0));

/** False where a frozen encoder's vectors get a fitted head: then there are no epochs, batches or rates. */
export const takesSteps = (chosen: Chosen): boolean =>
  !(fromTransformer(chosen) && chosen['freeze'] === 'encoder' && fitsHead(chosen));

export const transformerTakeAways: readonly TakeAway[] = [
  {
    format: 'hf',
    title: 'Hugging Face folder',
    opens: 'Python (transformers), and what reads its folders; and this studio, as a base',
    snippet:
      "from transformers import pipeline\nclassify = pipeline('text-classification', 'folder', top_k=None)\nclassify('where is my card')",
    when: (chosen) => fromTransformer(chosen) && !fitsHead(chosen),
  },
  {
    format: 'sentence-transformers',
    title: 'sentence-transformers folder with its head',
    opens: 'Python (sentence-transformers): encode gives the logits of labels.json',
    snippet:
      "from sentence_transformers import SentenceTransformer\nlogits = SentenceTransformer('folder').encode(['where is my card'])",
    when: (chosen) => fromTransformer(chosen) && fitsHead(chosen),
  },
  {
    format: 'peft',
    title: 'LoRA adapter (PEFT)',
    opens: 'Python (peft), beside the folder of the base',
    snippet:
      "from transformers import AutoModelForSequenceClassification\nfrom peft import PeftModel\nbase = AutoModelForSequenceClassification.from_pretrained('base', num_labels=77)\nmodel = PeftModel.from_pretrained(base, 'folder')",
    when: (chosen) => fromTransformer(chosen) && chosen['lora'] !== null && !fitsHead(chosen),
  },
];
