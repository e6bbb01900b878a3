// Every operation a trainer computes on a backend, with cases that are checked against plain loops.
import type { BackendName } from '../../src/contract/records';
import type { Tf } from '../backends/tensorflow';

export interface KernelCase {
  kernel: string;
  /** Largest difference from the reference, relative to its largest value, that counts as right. */
  tolerance: number;
  difference(tf: Tf, backend: BackendName): Promise<number>;
}

export const kernelCases: readonly KernelCase[] = [];
