// Every kernel there is. Devices find kernels here by the names in a plan; the suite and the truth test go through all.
import { activationKernels } from './activations';
import { adafactor } from './adafactor';
import { arithmeticKernels } from './arithmetic';
import { attention } from './attention';
import { attentionBiasGrad, attentionGrad } from './attention-grad';
import { binaryCrossEntropyKernels } from './binary-cross-entropy';
import { broadcast } from './broadcast';
import { chunkedCrossEntropyKernels } from './chunked-cross-entropy';
import { coSentKernels } from './co-sent';
import { concatenation } from './concat';
import { floats, squareRoot } from './convert';
import { copy } from './copy';
import { crossEntropyKernels } from './cross-entropy';
import { dropoutKernels } from './dropout';
import { embedding, embeddingGradient, rowScatter, segmentSums } from './embedding';
import { embeddingBag, embeddingBagGradient } from './embedding-bag';
import { fill } from './fill';
import { gradientControl, squaredNorm } from './gradient-control';
import { halfKernels } from './half';
import { halfMatmul } from './half-matmul';
import { int8Matmul } from './int8-matmul';
import type { Kernel } from './kernel';
import { layerNormKernels } from './layer-norm';
import { linearKernel, linearWeightGradient } from './linear';
import { matMulKernel } from './matmul';
import { nf4Matmul } from './nf4-matmul';
import { optimizerKernels } from './optimizers';
import { pairLossKernels } from './pair-loss';
import { reductionKernels } from './reductions';
import { relativeBiasKernels } from './relative-bias';
import { rmsNormKernels } from './rms-norm';
import { rope } from './rope';
import { rowGeometryKernels } from './row-geometry';
import { rowLossKernels } from './row-losses';
import { scaling } from './scale';
import { accumulate, accumulateRows, averageWeights } from './slab-update';
import { padding, slicing } from './slice';
import { softCrossEntropyKernels } from './soft-cross-entropy';
import { softmaxKernels } from './softmax';
import { spanMaxKernels } from './span-max';
import { lossScaling, stepLog } from './step-log';
import { summation } from './sum';
import { swiGluKernels } from './swiglu';
import { topK } from './top-k';
import { transposition } from './transpose';

/** One entry a kernel, in alphabetical order of the files. */
export const catalog: readonly Kernel[] = [
  ...activationKernels,
  adafactor,
  ...arithmeticKernels,
  attention,
  attentionBiasGrad,
  attentionGrad,
  ...binaryCrossEntropyKernels,
  broadcast,
  ...chunkedCrossEntropyKernels,
  ...coSentKernels,
  concatenation,
  floats,
  squareRoot,
  copy,
  ...crossEntropyKernels,
  ...dropoutKernels,
  embedding,
  embeddingGradient,
  rowScatter,
  segmentSums,
  embeddingBag,
  embeddingBagGradient,
  fill,
  gradientControl,
  squaredNorm,
  ...halfKernels,
  halfMatmul,
  int8Matmul,
  ...layerNormKernels,
  linearKernel,
  linearWeightGradient,
  matMulKernel,
  nf4Matmul,
  ...optimizerKernels,
  ...pairLossKernels,
  ...reductionKernels,
  ...relativeBiasKernels,
  ...rmsNormKernels,
  rope,
  ...rowGeometryKernels,
  ...rowLossKernels,
  scaling,
  accumulate,
  accumulateRows,
  averageWeights,
  padding,
  slicing,
  ...softCrossEntropyKernels,
  ...softmaxKernels,
  ...spanMaxKernels,
  lossScaling,
  stepLog,
  summation,
  ...swiGluKernels,
  topK,
  transposition,
];

const byName = new Map(catalog.map((kernel) => [kernel.name, kernel]));
if (byName.size !== catalog.length) throw new Error('Two kernels have the same name.');

/** The kernel of this name. Throws where there is none: the plan is of another build. */
export function kernelNamed(name: string): Kernel {
  const kernel = byName.get(name);
  if (!kernel) throw new Error(`There is no kernel "${name}" in this build.`);
  return kernel;
}
