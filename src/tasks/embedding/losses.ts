// The loss of a step from the vectors of its texts. The losses themselves are workers/ml/loss.ts; here they get their sides,
// and with Matryoshka dimensions (Kusupati et al. 2022) the mean over the first numbers of each size.
import type { Tensor } from '@tensorflow/tfjs-core';
import { add } from '../../../workers/kernels/arithmetic';
import { concat } from '../../../workers/kernels/concat';
import { matMul } from '../../../workers/kernels/matmul';
import { pairLoss } from '../../../workers/kernels/pair-loss';
import { normalizeRows } from '../../../workers/kernels/row-geometry';
import { scale } from '../../../workers/kernels/scale';
import { slice } from '../../../workers/kernels/slice';
import {
  contrastiveLoss,
  coSentLoss,
  cosineSimilarityLoss,
  multipleNegatives,
  tripletLoss,
} from '../../../workers/ml/loss';
import type { StepContext } from '../../../workers/ml/step-context';
import { reshape } from '../../../workers/tape/reshape';
import type { LossName } from './examples';

export interface LossSettings {
  loss: LossName;
  margin: number;
  temperature: number;
  alikeFrom: number;
  /** hard: which pairs count, or which negatives are taken, is an input of each step. */
  mining: 'hard' | 'none';
  /** Sizes besides the whole vector. */
  shorter: readonly number[];
}

/** vectors [sides · examples, dimensions], not of unit length; sizes `examples` and `sides` → one number. */
export function lossOf(c: StepContext, vectors: Tensor, settings: LossSettings): Tensor {
  return c.scope('loss', () => {
    const [rows, dimensions] = vectors.shape as [number, number];
    const sizes = [dimensions, ...settings.shorter.filter((size) => size < dimensions)];
    const losses = sizes.map((size) =>
      oneLoss(c, size === dimensions ? vectors : slice(vectors, [0, 0], [rows, size]), settings),
    );
    return scale(losses.reduce(add), 1 / losses.length);
  });
}

function oneLoss(c: StepContext, vectors: Tensor, settings: LossSettings): Tensor {
  const { loss, margin, temperature, mining } = settings;
  const n = c.size('examples');
  const dimensions = vectors.shape[1]!;
  const side = (place: number): Tensor => slice(vectors, [place * n, 0], [n, dimensions]);
  const distance = 'cosine';
  switch (loss) {
    case 'contrastive': {
      const weights = mining === 'hard' ? c.input('weights', [n]) : undefined;
      return contrastiveLoss(side(0), side(1), c.input('alike', [n]), { margin, distance, weights });
    }
    case 'cosent':
      return coSentLoss(side(0), side(1), c.input('scores', [n]), 1 / temperature);
    case 'cosine-similarity':
      return cosineSimilarityLoss(side(0), side(1), c.input('scores', [n]));
    case 'multiple-negatives':
    case 'simcse': {
      const candidates = c.size('sides') === 3 ? concat([side(1), side(2)], 0) : side(1);
      const mask = c.input('mask', [n, candidates.shape[0]!]);
      return multipleNegatives(c.recorder, side(0), candidates, { temperature, mask });
    }
    case 'triplet': {
      // One row of `negatives` is 1 at the text that serves the anchor, so the product takes exactly its vector.
      const negative = mining === 'hard' ? matMul(c.input('negatives', [n, vectors.shape[0]!]), vectors) : side(2);
      return tripletLoss(side(0), side(1), negative, { margin, distance });
    }
    case 'distillation': {
      const unit = normalizeRows(vectors);
      const cosines = reshape(matMul(unit, unit, { transposeB: true }), [n * n]);
      return pairLoss('squared', cosines, c.input('teacher', [n * n])).loss;
    }
    default:
      return loss satisfies never;
  }
}
