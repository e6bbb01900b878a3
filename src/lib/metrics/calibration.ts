// Does confidence mean what it says: reliability bins, expected and maximum calibration error, Brier score.
import type { ReliabilityBin } from '../../contract/metrics';

export const calibrationBins = 15;

/**
 * Equal-width bins over the top probability; bin i holds (i/bins, (i+1)/bins] and 0 falls in bin 0. Empty bins
 * are left out.
 */
export function reliabilityBins(
  confidence: ArrayLike<number>,
  right: ArrayLike<number | boolean>,
  bins = calibrationBins,
): ReliabilityBin[] {
  const count = new Float64Array(bins);
  const hits = new Float64Array(bins);
  const sum = new Float64Array(bins);
  for (let row = 0; row < confidence.length; row++) {
    const value = confidence[row]!;
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(value * bins) - 1));
    count[bin]!++;
    sum[bin]! += value;
    if (right[row]) hits[bin]!++;
  }
  const result: ReliabilityBin[] = [];
  for (let bin = 0; bin < bins; bin++) {
    const n = count[bin]!;
    if (n > 0) result.push({ bin, count: n, accuracy: hits[bin]! / n, confidence: sum[bin]! / n });
  }
  return result;
}

/** Gap between accuracy and confidence, averaged by rows (Naeini et al. 2015); null without rows. */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number | null {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  if (total === 0) return null;
  return bins.reduce((sum, bin) => sum + (bin.count / total) * Math.abs(bin.accuracy - bin.confidence), 0);
}

/** The largest gap of any bin; null without rows. */
export function maximumCalibrationError(bins: readonly ReliabilityBin[]): number | null {
  return bins.length === 0 ? null : Math.max(...bins.map((bin) => Math.abs(bin.accuracy - bin.confidence)));
}

/** Mean over rows of the squared distance to the one-hot truth, 0…2. `values`: [rows, labels]. Null without rows. */
export function brierScore(values: ArrayLike<number>, labels: number, actual: ArrayLike<number>): number | null {
  const rows = actual.length;
  if (rows === 0) return null;
  let sum = 0;
  for (let row = 0; row < rows; row++)
    for (let label = 0; label < labels; label++)
      sum += (values[row * labels + label]! - (actual[row] === label ? 1 : 0)) ** 2;
  return sum / rows;
}

/** Two classes: mean squared distance of the second class's probability to 0 or 1. Null without rows. */
export function brierScoreBinary(positive: ArrayLike<number>, actual: ArrayLike<number>): number | null {
  if (actual.length === 0) return null;
  let sum = 0;
  for (let row = 0; row < actual.length; row++) sum += (positive[row]! - (actual[row] === 1 ? 1 : 0)) ** 2;
  return sum / actual.length;
}
