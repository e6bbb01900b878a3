// Losses that are more than one kernel: of embeddings, of rankings, of a teacher, of preferences. Those of a single kernel are
// called directly: crossEntropy (with focal loss), softCrossEntropy, binaryCrossEntropy and pairLoss (squares, Huber,
// hinges, margins, logistic) of workers/kernels. Definitions are those of torch and sentence-transformers.
import type { Tensor } from '@tensorflow/tfjs-core';
import { relu } from '../kernels/activations';
import { add, divide, multiply, subtract } from '../kernels/arithmetic';
import { concat } from '../kernels/concat';
import { sqrt } from '../kernels/convert';
import { crossEntropy } from '../kernels/cross-entropy';
import { embedding } from '../kernels/embedding';
import { matMul } from '../kernels/matmul';
import { pairLoss } from '../kernels/pair-loss';
import { scale } from '../kernels/scale';
import { logSoftmax, softmax } from '../kernels/softmax';
import { softCrossEntropy } from '../kernels/soft-cross-entropy';
import { mean, sum } from '../kernels/sum';
import { call } from '../tape/call';
import type { Recorder } from '../tape/record';
import { reshape } from '../tape/reshape';

/** Keeps roots away from 0, where their slope is infinite; far below the last digit of any length that matters. */
const tiny = 1e-16;

/** Rows of length one. x [rows, dim] */
export const normalised = (x: Tensor): Tensor => divide(x, sqrt(scale(sum(multiply(x, x), [1], true), 1, tiny)));

/** Cosine of each pair of rows. a, b [rows, dim] → [rows] */
export const rowCosine = (a: Tensor, b: Tensor): Tensor => sum(multiply(normalised(a), normalised(b)), [1]);

/** Euclidean distance of each pair of rows. a, b [rows, dim] → [rows] */
export function rowDistance(a: Tensor, b: Tensor): Tensor {
  const difference = subtract(a, b);
  return sqrt(scale(sum(multiply(difference, difference), [1]), 1, tiny));
}

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

/** Half the mean of y d² + (1 - y) max(0, margin - d)²; `alike` [rows] holds 1 and 0. */
export function contrastiveLoss(
  a: Tensor,
  b: Tensor,
  alike: Tensor,
  { margin, distance }: { margin: number; distance: Distance },
): Tensor {
  return pairLoss('contrastive', distances[distance](a, b), alike, { p: margin }).loss;
}

/** Mean squared difference between the cosine of each pair and its score [rows]. */
export const cosineSimilarityLoss = (a: Tensor, b: Tensor, scores: Tensor): Tensor =>
  pairLoss('squared', rowCosine(a, b), scores).loss;

const counting = (recorder: Recorder, count: number): Tensor =>
  recorder.constant(Int32Array.from({ length: count }, (_, i) => i));

/**
 * Multiple negatives (InfoNCE): each anchor must be nearest to its own candidate; candidates after those are hard negatives.
 * anchors [n, dim], candidates [n or more, dim]. `temperature` 0.05 is sentence-transformers' scale 20. SimCSE is this with
 * two dropout passes of one text.
 */
export function multipleNegatives(
  recorder: Recorder,
  anchors: Tensor,
  candidates: Tensor,
  { temperature = 0.05, symmetric = false } = {},
): Tensor {
  const [a, c] = [normalised(anchors), normalised(candidates)];
  const own = counting(recorder, anchors.shape[0]!);
  const one = (rows: Tensor, columns: Tensor): Tensor =>
    crossEntropy(matMul(rows, columns, { transposeB: true, alpha: 1 / temperature }), own).loss;
  return symmetric ? scale(add(one(a, c), one(c, a)), 0.5) : one(a, c);
}

/** What `cosent` needs of the scores: 0 where pair i is scored below pair j, else so low that it counts nowhere. */
export function cosentMask(scores: ArrayLike<number>): Float32Array {
  const count = scores.length;
  return Float32Array.from({ length: count * count }, (_, at) =>
    scores[Math.floor(at / count)]! < scores[at % count]! ? 0 : -1e12,
  );
}

/**
 * CoSENT: log(1 + Σ exp(scale · (cos i - cos j))) over all pairs of which i is scored below j. a, b [n, dim]; `mask` [n, n] is
 * what cosentMask gives.
 */
export function cosent(recorder: Recorder, a: Tensor, b: Tensor, mask: Tensor, factor = 20): Tensor {
  const cosines = scale(rowCosine(a, b), factor);
  const count = cosines.size;
  const differences = subtract(reshape(cosines, [count, 1]), reshape(cosines, [1, count]));
  const nothing = recorder.constant(new Float32Array(1), [1, 1]);
  const logits = concat([nothing, reshape(add(differences, mask), [1, count * count])], 1);
  return crossEntropy(logits, recorder.constant(new Int32Array(1))).loss;
}

/** T² · KL(teacher ‖ student), mean over rows (Hinton et al. 2015). Both [rows, classes] logits; the teacher learns nothing. */
export function distillation(student: Tensor, teacher: Tensor, temperature: number): Tensor {
  const [soft, towards] = [scale(student, 1 / temperature), scale(teacher, 1 / temperature)];
  const shares = softmax(towards);
  const certainty = mean(sum(multiply(shares, logSoftmax(towards)), [1]));
  return scale(add(softCrossEntropy(soft, shares).loss, certainty), temperature ** 2);
}

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

/** torch's multi_margin_loss: Σ over wrong classes of max(0, 1 - z[target] + z[j]) / classes, mean over rows. */
export function multiMargin(recorder: Recorder, logits: Tensor, targets: Tensor): Tensor {
  const [rows, classes] = logits.shape as [number, number];
  const one = Float32Array.from({ length: classes ** 2 }, (_, i) => (i % (classes + 1) === 0 ? 1 : 0));
  const own = call(embedding, [recorder.constant(one, [classes, classes]), targets], { padding: -1 })[0]!;
  const chosen = sum(multiply(logits, own), [1], true);
  const margins = sum(relu(scale(subtract(logits, chosen), 1, 1)));
  // The target's own term is always 1.
  return scale(margins, 1 / (classes * rows), -1 / classes);
}
