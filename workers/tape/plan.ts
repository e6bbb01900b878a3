// A recorded step: which kernels run in which order on which arrays. Plain data, so it can be hashed, pinned in a run
// and handed to threads. Backends compile it (workers/backends/*) and replay it any number of times.
import type { Attrs, Dtype, Spec } from '../kernels/kernel';

/** Persistent arrays live on the device between runs and are shared by all plans of a session, by name. */
export interface PlanArray extends Spec {
  id: number;
  /**
   * input: written by the host before a run · persistent: part of a named slab · temporary: written before it is
   * read in each run, its memory shared with others by life span.
   */
  kind: 'input' | 'persistent' | 'temporary';
  /** Name of an input, or of the slab a persistent array lies in. */
  name?: string;
  /** Start within the slab, in 4-byte words. */
  offset?: number;
  /** Contents where it is a constant (kind persistent without a name, filled once, never written). */
  constant?: Float32Array | Int32Array;
  /**
   * The array whose memory this one is, in another shape (a reshape moves nothing). Never an alias itself. Kind, name,
   * offset and constant are the same as that array's, so only temporaries need it (tape/liveness.ts resolves it).
   */
  alias?: number;
}

export interface PlanCall {
  kernel: string;
  attrs: Attrs;
  inputs: readonly number[];
  outputs: readonly number[];
  /** Who asked for it (layer or parameter), for the profiler. */
  scope: string;
}

export interface Plan {
  arrays: PlanArray[];
  calls: PlanCall[];
  /** Arrays that can be read after a run, by name. */
  outputs: Record<string, number>;
  /** Slabs that must exist: name, words, type. */
  slabs: { name: string; words: number; dtype: Dtype }[];
}
