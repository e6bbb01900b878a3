// Where the numbers lie that change from step to step: `hyper` is written by the host before a step, `control` is
// computed on the device from the gradients (gradient-control.ts) and read by every optimizer kernel, `scaler` stays on
// the device from step to step. Plans hold none of them, so a schedule or a skipped step never makes a new plan.

/** Words of `hyper`. `1 - β` is given apart: computed from a rounded β it would be wrong in its fourth digit. */
export const hyperAt = {
  learningRate: 0,
  /** Decoupled (AdamW, Lion) or added to the gradient (the others), in decayed parameters only. */
  weightDecay: 1,
  epsilon: 2,
  /** β1 (Adam, Lion), momentum (SGD), smoothing α (RMSprop). */
  first: 3,
  oneMinusFirst: 4,
  /** β2 (Adam, Lion), dampening (SGD), momentum (RMSprop). */
  second: 5,
  oneMinusSecond: 6,
  /** -log β1 and -log β2, for bias corrections: 1 - βᵗ = -expm1(-t · this). */
  firstLog: 7,
  secondLog: 8,
  /** Factor of the summed gradients, such as 1 / number of micro-batches. */
  gradientFactor: 9,
  /** Largest global norm; 0 = no clipping. */
  maxNorm: 10,
  /** Largest absolute value of a gradient; 0 = no clipping. */
  maxValue: 11,
  /** Clean steps after which the loss scale doubles; 0 = the scale stays. */
  growthInterval: 12,
  /** Adagrad: rate / (1 + (t - 1) · this). */
  rateDecay: 13,
  /** Row of the log this step is written to. */
  logRow: 14,
  /** Share by which the averaged weights move to the weights. */
  oneMinusEmaDecay: 15,
} as const;
export const hyperWords = 16;

/**
 * Parameters may have factors of the rate, one number for this many words of their slab: each begins at a multiple of
 * them, so that none shares a number.
 */
export const wordsPerRate = 64;

/** Words of `control`. */
export const controlAt = {
  /** Factor of the gradients as they lie in the slab: undoes the loss scale, averages, clips by the global norm. */
  gradientScale: 0,
  /** 1, or 0 where a gradient is not finite: then nothing may be changed. */
  apply: 1,
  /** 1 - β1ᵗ and √(1 - β2ᵗ). */
  firstCorrection: 2,
  secondCorrectionRoot: 3,
  /** Global norm of the averaged gradients before clipping. */
  norm: 4,
  /** Number of this update, from 1; skipped ones are not counted. */
  step: 5,
  /** Loss scale this step was computed with. */
  lossScale: 6,
  /** min(1, most / (norm + 1e-6)) */
  clip: 7,
} as const;
export const controlWords = 8;

/** Words of `scaler`. A new one holds [0, initial loss scale or 1, 0, 0]. */
export const scalerAt = { applied: 0, lossScale: 1, clean: 2, skipped: 3 } as const;
export const scalerWords = 4;

/** Loss scales stay within these: below one nothing is gained, above 2^24 the loss itself overflows. */
export const lossScaleRange = { least: 1, most: 2 ** 24 };

/** Words of a row of the log: one row a step, read by the host every so many steps. */
export const logAt = { loss: 0, norm: 1, applied: 2, lossScale: 3 } as const;
export const logWords = 4;
/** Rows of the log: as many steps may pass until it is read. */
export const logRows = 64;
