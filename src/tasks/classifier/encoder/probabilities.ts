// Logits of a fitted head as probabilities, in place, without a device.

/** Each row sums to 1. */
export function softmaxRows(values: Float32Array, columns: number): void {
  for (let from = 0; from < values.length; from += columns) {
    const row = values.subarray(from, from + columns);
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += row[i] = Math.exp(row[i]! - most);
    for (let i = 0; i < columns; i++) row[i]! /= sum;
  }
}

export function sigmoidValues(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + Math.exp(-values[i]!));
}
