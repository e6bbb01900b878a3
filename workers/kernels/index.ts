// Every kernel that a trainer computes with. The truth test goes through this list, and so does the suite.
import { denseKernels } from './dense-kernels';
import type { Kernel } from './define';
import { lossKernels } from './loss-kernels';

export const kernels: readonly Kernel[] = [...denseKernels, ...lossKernels];
