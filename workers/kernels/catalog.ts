// Every kernel there is. Devices find kernels here by the names in a plan; the suite and the truth test go through all.
import { attention } from './attention';
import { attentionBiasGrad, attentionGrad } from './attention-grad';
import { copy } from './copy';
import { fill } from './fill';
import type { Kernel } from './kernel';
import { matMulKernel } from './matmul';

/** One entry a kernel, in alphabetical order of the files. */
export const catalog: readonly Kernel[] = [attention, attentionBiasGrad, attentionGrad, copy, fill, matMulKernel];

const byName = new Map(catalog.map((kernel) => [kernel.name, kernel]));
if (byName.size !== catalog.length) throw new Error('Two kernels have the same name.');

/** The kernel of this name. Throws where there is none: the plan is of another build. */
export function kernelNamed(name: string): Kernel {
  const kernel = byName.get(name);
  if (!kernel) throw new Error(`There is no kernel "${name}" in this build.`);
  return kernel;
}
