// Principal components of rows: their covariance by plain sums, its eigenvectors by Jacobi's rotations. For a few hundred
// dimensions; slow and exact.

/**
 * @param {Float32Array[]} rows rows of `size` numbers, `mean` taken off
 * @param {Float32Array} mean
 * @returns {Float64Array} [size, size], symmetric
 */
export function covariance(rows, mean) {
  const size = mean.length;
  const sums = new Float64Array(size * size);
  const centred = new Float64Array(size);
  for (const row of rows) {
    for (let i = 0; i < size; i++) centred[i] = row[i] - mean[i];
    for (let i = 0; i < size; i++) {
      const value = centred[i];
      for (let j = i; j < size; j++) sums[i * size + j] += value * centred[j];
    }
  }
  for (let i = 0; i < size; i++) for (let j = i; j < size; j++) sums[j * size + i] = sums[i * size + j] /= rows.length;
  return sums;
}

/**
 * Cyclic Jacobi (Golub and Van Loan, 8.5). Destroys `matrix`.
 * @returns {{ values: number[], vectors: Float64Array[] }} largest first; each vector's largest number is positive, so that signs are settled
 */
export function eigenvectors(matrix, size) {
  const vectors = Array.from({ length: size }, (_, i) => new Float64Array(size).fill(0).fill(1, i, i + 1));
  const rows = Array.from({ length: size }, (_, i) => matrix.subarray(i * size, (i + 1) * size));
  const off = () => rows.reduce((sum, row, i) => sum + row.reduce((s, x, j) => (j === i ? s : s + x * x), 0), 0);
  const total = matrix.reduce((sum, x) => sum + x * x, 0);
  for (let sweep = 0; sweep < 30 && off() > 1e-18 * total; sweep++)
    for (let p = 0; p < size - 1; p++) for (let q = p + 1; q < size; q++) rotate(rows, vectors, p, q, size);
  return [...vectors.keys()]
    .map((i) => ({ value: rows[i][i], vector: settled(vectors[i]) }))
    .sort((a, b) => b.value - a.value)
    .reduce((all, { value, vector }) => (all.values.push(value), all.vectors.push(vector), all), {
      values: /** @type {number[]} */ ([]),
      vectors: /** @type {Float64Array[]} */ ([]),
    });
}

function rotate(rows, vectors, p, q, size) {
  const apq = rows[p][q];
  if (Math.abs(apq) < 1e-300) return;
  const theta = (rows[q][q] - rows[p][p]) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < size; k++) {
    const row = rows[k];
    const [akp, akq] = [row[p], row[q]];
    row[p] = c * akp - s * akq;
    row[q] = s * akp + c * akq;
  }
  turn(rows[p], rows[q], c, s, size);
  turn(vectors[p], vectors[q], c, s, size);
}

function turn(a, b, c, s, size) {
  for (let k = 0; k < size; k++) {
    const [x, y] = [a[k], b[k]];
    a[k] = c * x - s * y;
    b[k] = s * x + c * y;
  }
}

function settled(vector) {
  const largest = vector.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
  return largest < 0 ? vector.map((x) => -x) : vector;
}

/** Rows [count, size], less `mean`, along the first `kept` vectors → [count, kept]. */
export function project(rows, mean, vectors, kept) {
  const size = mean.length;
  const count = rows.length / size;
  const out = new Float32Array(count * kept);
  const centred = new Float64Array(size);
  for (let r = 0; r < count; r++) {
    for (let i = 0; i < size; i++) centred[i] = rows[r * size + i] - mean[i];
    for (let k = 0; k < kept; k++) {
      const vector = vectors[k];
      let sum = 0;
      for (let i = 0; i < size; i++) sum += centred[i] * vector[i];
      out[r * kept + k] = sum;
    }
  }
  return out;
}
