// Philox4x32-10 in WGSL, the numbers of src/lib/rng.ts. WGSL has no wide product, so the high word comes from halves.

/**
 * Declares `words` (array of four u32) for a counter of four and a key of two u32 expressions. Statements only, because
 * a shader's body cannot hold functions.
 */
export function philoxWgsl(counter: readonly [string, string, string, string], key: readonly [string, string]): string {
  return `  var words = array<u32, 4>(${counter.join(', ')});
  var key0 = ${key[0]};
  var key1 = ${key[1]};
  for (var round = 0u; round < 10u; round++) {
${product('0', 'words[0]', 0xd2511f53)}
${product('1', 'words[2]', 0xcd9e8d57)}
    words = array<u32, 4>(high1 ^ words[1] ^ key0, low1, high0 ^ words[3] ^ key1, low0);
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }`;
}

/** Declares low and high word of word × factor. */
function product(name: string, word: string, factor: number): string {
  const low = `${factor & 0xffff}u`;
  const high = `${factor >>> 16}u`;
  return `    let low${name} = ${word} * ${factor}u;
    let mid${name} = (${word} >> 16u) * ${low} + (((${word} & 0xffffu) * ${low}) >> 16u);
    let part${name} = (${word} & 0xffffu) * ${high} + (mid${name} & 0xffffu);
    let high${name} = (${word} >> 16u) * ${high} + (mid${name} >> 16u) + (part${name} >> 16u);`;
}
