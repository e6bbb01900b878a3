// A step's examples as arrays: which texts are encoded, and what the loss is told beside their vectors. What is known only
// from the vectors (hard examples) is in mining.ts.
import type { StepInputs } from '../../../workers/ml/step-context';
import type { Chosen, Examples } from './examples';
import { kindOf } from './examples';
import type { LossSettings } from './losses';
import type { Teacher } from './teacher';

export interface StepBatch {
  /** Numbers of the texts to encode, side after side: all first texts, all second, all third. */
  texts: Int32Array;
  inputs: Record<string, Float32Array | Int32Array>;
  sizes: { examples: number; sides: number };
  chosen: Chosen;
}

/** A logit this low has no share in a softmax of 32 bits. */
const out = -1e4;

export function batchOf(
  chosen: Chosen,
  examples: Examples,
  settings: LossSettings,
  teacher: Teacher | null,
): StepBatch {
  const { loss, hasThird } = examples;
  const { count, first, second } = chosen;
  if (loss === 'distillation') {
    const inputs = teacher ? { teacher: teacher.cosines(first) } : {};
    return { texts: first, inputs, sizes: { examples: count, sides: 1 }, chosen };
  }
  const third = thirdTexts(chosen, examples, settings);
  const sides = third ? 3 : 2;
  const texts = new Int32Array(sides * count);
  texts.set(first);
  texts.set(second, count);
  if (third) texts.set(third, 2 * count);
  return { texts, inputs: lossInputs(), sizes: { examples: count, sides }, chosen };

  function lossInputs(): StepInputs & Record<string, Float32Array> {
    switch (loss) {
      case 'contrastive':
        return { alike: chosen.scores.map((score) => (score >= settings.alikeFrom ? 1 : 0)) };
      case 'cosent':
      case 'cosine-similarity':
        return { scores: chosen.scores };
      case 'multiple-negatives':
      case 'simcse':
        return { mask: falseNegatives(chosen, examples, hasThird && kindOf[loss] === 'anchors') };
      default:
        return {};
    }
  }
}

/** Negatives side by side with the anchors, or null where the loss encodes none of its own. */
function thirdTexts(
  { count, second, third, group }: Chosen,
  examples: Examples,
  settings: LossSettings,
): Int32Array | null {
  const { loss, hasThird } = examples;
  if (loss === 'multiple-negatives') return hasThird ? third.map((text, i) => (text >= 0 ? text : second[i]!)) : null;
  if (loss !== 'triplet' || settings.mining === 'hard') return null;
  // Without one of its own the next row's partner serves, unless it is of the same class.
  return third.map((text, i) => {
    if (text >= 0) return text;
    for (let step = 1; step < count; step++) {
      const j = (i + step) % count;
      if (second[j] !== second[i] && (group[i]! < 0 || group[j] !== group[i])) return second[j]!;
    }
    return second[(i + 1) % count]!;
  });
}

/**
 * [examples, candidates]: very negative where a candidate is no negative of the anchor: the same text, a text known to belong
 * to it, or one of the same class; 0 elsewhere. A third text that stands in for a missing one counts for nobody.
 */
function falseNegatives(
  { count, first, second, third, group }: Chosen,
  { partners }: Examples,
  thirds: boolean,
): Float32Array {
  const columns = thirds ? 2 * count : count;
  const mask = new Float32Array(count * columns);
  for (let i = 0; i < count; i++) {
    const own = partners(first[i]!);
    for (let j = 0; j < count; j++) {
      const same = second[j] === second[i] || own.has(second[j]!) || (group[i]! >= 0 && group[i] === group[j]);
      if (j !== i && same) mask[i * columns + j] = out;
      if (thirds && (third[j]! < 0 || (j !== i && own.has(third[j]!)))) mask[i * columns + count + j] = out;
    }
  }
  return mask;
}
