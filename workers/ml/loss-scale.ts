// Loss scaling for half precision (Micikevicius et al. 2018): small gradients survive because the loss is multiplied
// before they are taken. The scale lives on the device (kernels/gradient-control.ts): it halves, and the update is
// skipped, where a gradient is not finite, and doubles after a clean stretch.
import { lossScaleRange, scalerAt, scalerWords } from '../kernels/optimizer-layout';

export type LossScale =
  | 'none'
  /** Starts at 2^16 and doubles after 2,000 clean steps, as torch's GradScaler. */
  | 'dynamic'
  | { initial: number; growthInterval: number };

export function lossScaleSettings(scale: LossScale): { initial: number; growthInterval: number } {
  if (scale === 'none') return { initial: 1, growthInterval: 0 };
  if (scale === 'dynamic') return { initial: 2 ** 16, growthInterval: 2000 };
  const { initial, growthInterval } = scale;
  if (!(initial >= lossScaleRange.least && initial <= lossScaleRange.most) || !(growthInterval >= 0))
    throw new RangeError(`A loss scale lies within ${lossScaleRange.least} and ${lossScaleRange.most}.`);
  return scale;
}

/** The device's state before the first step. */
export function newScaler(initial: number): Float32Array {
  const scaler = new Float32Array(scalerWords);
  scaler[scalerAt.lossScale] = initial;
  return scaler;
}
