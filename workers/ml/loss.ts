// Losses that are more than one kernel: of embeddings, of rankings, of a teacher, of preferences. Those of a single kernel are
// called directly: crossEntropy (with focal loss), softCrossEntropy, binaryCrossEntropy and pairLoss (squares, Huber,
// hinges, margins, logistic) of workers/kernels. Definitions are those of torch and sentence-transformers.
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, multiply, subtract } from '../kernels/arithmetic';
import { coSent } from '../kernels/co-sent';
import { crossEntropy } from '../kernels/cross-entropy';
import { matMul } from '../kernels/matmul';
import { pairLoss } from '../kernels/pair-loss';
import { normalizeRows, rowDistance } from '../kernels/row-geometry';
import * as rowLosses from '../kernels/row-losses';
import { scale } from '../kernels/scale';
import { mean, sum } from '../kernels/sum';
import type { Recorder } from '../tape/record';

/** Cosine of each pair of rows. a, b [rows, dim] → [rows] */
export const rowCosine = (a: Tensor, b: Tensor): Tensor => sum(multiply(normalizeRows(a), normalizeRows(b)), [1]);

export type Distance = 'cosine' | 'euclid';

const distances: Record<Distance, (a: Tensor, b: Tensor) => Tensor> = {
  cosine: (a, b) => scale(rowCosine(a, b), -1, 1),
  euclid: rowDistance,
};

/** Mean of max(0, d(anchor, positive) - d(anchor, negative) + margin). All [rows, dim]. */
export function tripletLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  { margin, distance }: { margin: number; distance: Distance },
): Tensor {
  const of = distances[distance];
  return pairLoss('margin', of(anchor, negative), of(anchor, positive), { p: margin }).loss;
}

/** Half the mean of y d² + (1 - y) max(0, margin - d)²; `alike` [rows] holds 1 and 0, `weights` [rows] what a pair counts. */
export function contrastiveLoss(
  a: Tensor,
  b: Tensor,
  alike: Tensor,
  { margin, distance, weights }: { margin: number; distance: Distance; weights?: Tensor | undefined },
): Tensor {
  return pairLoss('contrastive', distances[distance](a, b), alike, { p: margin, weights }).loss;
}

/** Mean squared difference between the cosine of each pair and its score [rows]. */
export const cosineSimilarityLoss = (a: Tensor, b: Tensor, scores: Tensor): Tensor =>
  pairLoss('squared', rowCosine(a, b), scores).loss;

const counting = (recorder: Recorder, count: number): Tensor =>
  recorder.constant(Int32Array.from({ length: count }, (_, i) => i));

/**
 * Multiple negatives (InfoNCE): each anchor must be nearest to its own candidate; candidates after those are hard negatives.
 * anchors [n, dim], candidates [n or more, dim]. `temperature` 0.05 is sentence-transformers' scale 20. SimCSE is this with
 * two dropout passes of one text. `mask` [n, candidates] is added to the logits: very negative where a candidate is no
 * negative after all, such as a second text of the anchor's own class.
 */
export function multipleNegatives(
  recorder: Recorder,
  anchors: Tensor,
  candidates: Tensor,
  {
    temperature = 0.05,
    symmetric = false,
    mask,
  }: { temperature?: number; symmetric?: boolean; mask?: Tensor | undefined } = {},
): Tensor {
  const [a, c] = [normalizeRows(anchors), normalizeRows(candidates)];
  const own = counting(recorder, anchors.shape[0]!);
  const logits = (rows: Tensor, columns: Tensor): Tensor =>
    matMul(rows, columns, { transposeB: true, alpha: 1 / temperature });
  const forward = logits(a, c);
  const loss = crossEntropy(mask ? add(forward, mask) : forward, own).loss;
  return symmetric ? scale(add(loss, crossEntropy(logits(c, a), own).loss), 0.5) : loss;
}

/** CoSENT of the pairs' cosines: log(1 + Σ exp(scale · (cos i - cos j))) where i is scored below j. a, b [n, dim]; scores [n] */
export const coSentLoss = (a: Tensor, b: Tensor, scores: Tensor, factor = 20): Tensor =>
  coSent(rowCosine(a, b), scores, factor);

/** T² · KL(teacher ‖ student), mean over rows (Hinton et al. 2015). Both [rows, classes] logits; the teacher learns nothing. */
export const distillation = (student: Tensor, teacher: Tensor, temperature: number): Tensor =>
  mean(rowLosses.distillation(student, teacher, temperature));

/** torch's multi_margin_loss: Σ over wrong classes of max(0, 1 - z[target] + z[j]) / classes, mean over rows. */
export const multiMargin = (logits: Tensor, targets: Tensor): Tensor => mean(rowLosses.multiMargin(logits, targets));

/** Sums of the answers' token log-probabilities, of the policy and of the reference model, each [rows]. */
export interface Preferences {
  policyChosen: Tensor;
  policyRejected: Tensor;
  referenceChosen: Tensor;
  referenceRejected: Tensor;
}

/** DPO (Rafailov et al. 2023), with label smoothing as conservative DPO. */
export const dpo = (p: Preferences, { beta, labelSmoothing = 0 }: { beta: number; labelSmoothing?: number }): Tensor =>
  pairLoss('logistic', subtract(p.policyChosen, p.referenceChosen), subtract(p.policyRejected, p.referenceRejected), {
    p: beta,
    q: labelSmoothing,
  }).loss;

/** IPO (Azar et al. 2023): from MEANS of the token log-probabilities. */
export const ipo = (p: Preferences, beta: number): Tensor =>
  pairLoss('squared', subtract(p.policyChosen, p.referenceChosen), subtract(p.policyRejected, p.referenceRejected), {
    p: 1 / (2 * beta),
  }).loss;
