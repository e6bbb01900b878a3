// model.safetensors of a static table: 32-bit scales, then rows of 8 bits.

/**
 * @param {{ rows: Int8Array, scales: Float32Array }} table
 * @param {number} dimensions
 */
export function tableFile({ rows, scales }, dimensions) {
  const header = JSON.stringify({
    __metadata__: { format: 'pt' },
    'embedding.scale': { dtype: 'F32', shape: [scales.length], data_offsets: [0, scales.byteLength] },
    'embedding.weight': {
      dtype: 'I8',
      shape: [scales.length, dimensions],
      data_offsets: [scales.byteLength, scales.byteLength + rows.byteLength],
    },
  });
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const numbers = Buffer.alloc(scales.byteLength);
  scales.forEach((scale, i) => numbers.writeFloatLE(scale, 4 * i));
  return Buffer.concat([length, Buffer.from(padded), numbers, Buffer.from(rows.buffer, rows.byteOffset, rows.length)]);
}
