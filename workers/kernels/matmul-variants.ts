// The forms in which a product can run on a GPU, the classes of sizes among which a form is chosen, and the safe choice
// where nothing was measured. Data only; the shaders are made in matmul-{register,shared}.wgsl.ts.
import type { GpuFacts } from './kernel';
import type { MatmulShape } from './matmul.wgsl';

export interface MatmulVariant {
  name: string;
  /** Elements a thread computes. `columns` is a multiple of four. */
  rows: number;
  columns: number;
  /** Threads of a workgroup, along the columns and along the rows. */
  across: number;
  down: number;
  /** Depth of the tiles kept in workgroup memory; 0: read straight from the arrays. */
  shared: number;
}

export const matmulVariants: readonly MatmulVariant[] = [
  { name: 'register-8x8', rows: 8, columns: 8, across: 4, down: 4, shared: 0 },
  { name: 'register-8x8-wide', rows: 8, columns: 8, across: 8, down: 8, shared: 0 },
  { name: 'register-4x4', rows: 4, columns: 4, across: 8, down: 8, shared: 0 },
  { name: 'register-2x4', rows: 2, columns: 4, across: 4, down: 16, shared: 0 },
  { name: 'register-1x4', rows: 1, columns: 4, across: 16, down: 4, shared: 0 },
  { name: 'shared-32', rows: 4, columns: 4, across: 8, down: 8, shared: 16 },
  { name: 'shared-64', rows: 4, columns: 4, across: 16, down: 16, shared: 16 },
  { name: 'shared-64-few', rows: 8, columns: 8, across: 8, down: 8, shared: 16 },
  { name: 'shared-128', rows: 8, columns: 8, across: 16, down: 16, shared: 8 },
];

const byName = new Map(matmulVariants.map((variant) => [variant.name, variant]));

/**
 * Sizes that are tuned together: `large` (at least 2^17 results), `medium` (at least 64 x 64), `narrow` (few columns),
 * `flat` (few rows), `small`. A batch counts as rows.
 */
export const matmulClasses = ['large', 'medium', 'narrow', 'flat', 'small'] as const;
export type MatmulClass = (typeof matmulClasses)[number];

export function matmulClass({ m, n, batch }: Pick<MatmulShape, 'm' | 'n' | 'batch'>): MatmulClass {
  if (m < 64 && n < 64) return 'small';
  if (n < 32) return 'narrow';
  if (m < 32) return 'flat';
  return m * n * batch >= 2 ** 17 ? 'large' : 'medium';
}

/** What is worth timing for a class, the safe one first. */
export const matmulCandidates: Readonly<Record<MatmulClass, readonly string[]>> = {
  large: ['register-8x8-wide', 'register-8x8', 'shared-64', 'shared-64-few', 'shared-128'],
  medium: ['register-8x8', 'register-4x4', 'shared-32', 'shared-64'],
  narrow: ['register-2x4', 'register-4x4'],
  flat: ['register-1x4', 'register-2x4', 'register-4x4'],
  small: ['register-4x4', 'register-2x4', 'register-8x8', 'shared-32'],
};

/** A shape of each class to time: all are even, so that the vector loads are what is compared. */
export const matmulProbes: Readonly<Record<MatmulClass, { m: number; n: number; k: number; batch: number }>> = {
  large: { m: 512, n: 512, k: 256, batch: 1 },
  medium: { m: 256, n: 256, k: 256, batch: 1 },
  narrow: { m: 1024, n: 16, k: 256, batch: 1 },
  flat: { m: 16, n: 1024, k: 256, batch: 1 },
  small: { m: 32, n: 32, k: 64, batch: 32 },
};

/** The form for a product: what was measured, where this adapter can run it, else the safe one. */
export function matmulVariant(shape: MatmulShape, gpu: GpuFacts): MatmulVariant {
  const sizeClass = matmulClass(shape);
  const safe = byName.get(matmulCandidates[sizeClass][0] ?? '');
  const chosen = byName.get(gpu.variant('matmul', sizeClass) ?? '');
  if (chosen && chosen.across * chosen.down <= gpu.maxWorkgroupSize) return chosen;
  if (!safe) throw new RangeError(`No form of a product for ${sizeClass}`);
  return safe;
}
