// A product with workgroup memory, for real GPUs: a workgroup keeps a slice of A and of B, each read once from the
// arrays, and each thread sums a tile from there. The slices lie as in the arrays; four threads' worth of padding keeps
// reads along k free of bank conflicts. Adds in the same order as the register form.
import type { MatmulVariant } from './matmul-variants';
import type { MatmulShape, VectorLoads } from './matmul.wgsl';
import { stores } from './matmul-register.wgsl';

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

interface Slice {
  /** Vectors in a row of the slice as it is read, and from one row's start to the next. */
  length: number;
  stride: number;
  rows: number;
}

/** `bases` declares aBase, bBase (in elements of their arrays) and outBase (in floats). `rows` is a multiple of four. */
export function sharedTile(shape: MatmulShape, variant: MatmulVariant, wide: VectorLoads, bases: string): string {
  const { rows, columns, across, down, shared: depth } = variant;
  const tall = rows * down;
  const broad = columns * across;
  const alongK = (count: number): Slice => ({ length: depth / 4, stride: depth / 4 + 1, rows: count });
  const acrossK = (count: number): Slice => ({ length: count / 4, stride: count / 4, rows: depth });
  const sliceA = shape.transposeA ? acrossK(tall) : alongK(tall);
  const sliceB = shape.transposeB ? alongK(broad) : acrossK(broad);
  const sums = range(rows).flatMap((i) => range(columns / 4).map((j) => `  var c${i}_${j} = vec4f();`));
  const threads = across * down;
  return `var<workgroup> sliceA: array<vec4f, ${sliceA.rows * sliceA.stride}>;
var<workgroup> sliceB: array<vec4f, ${sliceB.rows * sliceB.stride}>;
${fetch('a', wide.a, shape.transposeA ? 'M' : 'K')}
${fetch('b', wide.b, shape.transposeB ? 'K' : 'N')}
@compute @workgroup_size(${across}, ${down})
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u) {${bases}
  let top = group.y * ${tall}u;
  let left = group.x * ${broad}u;
${sums.join('\n')}
  for (var start = 0u; start < K; start += ${depth}u) {
${fill('a', sliceA, threads, shape.transposeA ? ['start', 'K', 'top', 'M'] : ['top', 'M', 'start', 'K'])}
${fill('b', sliceB, threads, shape.transposeB ? ['left', 'N', 'start', 'K'] : ['start', 'K', 'left', 'N'])}
    workgroupBarrier();
    for (var quarter = 0u; quarter < ${depth / 4}u; quarter++) {
${steps(shape, variant, sliceA, sliceB)}
    }
    workgroupBarrier();
  }
  let rowStart = top + local.y * 4u;
  let columnStart = left + local.x * 4u;
${stores(
  rows,
  columns,
  wide.out,
  (i) => `rowStart + ${(i >> 2) * down * 4 + (i & 3)}u`,
  (j) => `columnStart + ${j * across * 4}u`,
)}
}
`;
}

/** Four neighbours of a row of the array, zero past its end. `width` names the length of a row. */
function fetch(name: 'a' | 'b', vector: boolean, width: string): string {
  const read = vector
    ? `return ${name}[base + (row * ${width} + column) / 4u];`
    : `let at = base + row * ${width} + column;
  let left = ${width} - column;
  var four = vec4f(${name}[at], 0.0, 0.0, 0.0);
  if (left > 1u) { four.y = ${name}[at + 1u]; }
  if (left > 2u) { four.z = ${name}[at + 2u]; }
  if (left > 3u) { four.w = ${name}[at + 3u]; }
  return four;`;
  return `fn fetch_${name}(base: u32, row: u32, column: u32, rows: u32) -> vec4f {
  if (row >= rows || column >= ${width}) { return vec4f(); }
  ${read}
}`;
}

/** All threads copy the slice of `name` that starts at [row, column]. */
function fill(name: 'a' | 'b', slice: Slice, threads: number, [row, rows, column]: string[]): string {
  const total = slice.rows * slice.length;
  const target = name === 'a' ? 'sliceA' : 'sliceB';
  return `    for (var v = index; v < ${total}u; v += ${threads}u) {
      let r = v / ${slice.length}u;
      let c = v % ${slice.length}u;
      ${target}[r * ${slice.stride}u + c] = fetch_${name}(${name}Base, ${row} + r, ${column} + c * 4u, ${rows});
    }`;
}

/** Four steps of k from the slices. */
function steps(shape: MatmulShape, variant: MatmulVariant, sliceA: Slice, sliceB: Slice): string {
  const { rows, columns, across, down } = variant;
  const lines: string[] = [];
  if (!shape.transposeA)
    for (const i of range(rows))
      lines.push(
        `      let x${i} = sliceA[(local.y * 4u + ${(i >> 2) * down * 4 + (i & 3)}u) * ${sliceA.stride}u + quarter];`,
      );
  if (shape.transposeB)
    for (const j of range(columns))
      lines.push(
        `      let y${j} = sliceB[(local.x * 4u + ${(j >> 2) * across * 4 + (j & 3)}u) * ${sliceB.stride}u + quarter];`,
      );
  for (const step of range(4)) {
    if (shape.transposeA)
      for (const r of range(rows / 4))
        lines.push(
          `      let p${step}_${r} = sliceA[(quarter * 4u + ${step}u) * ${sliceA.stride}u + local.y + ${r * down}u];`,
        );
    for (const j of range(columns / 4)) {
      const columnsOf = range(4).map((e) => `y${j * 4 + e}[${step}]`);
      lines.push(
        shape.transposeB
          ? `      let q${step}_${j} = vec4f(${columnsOf.join(', ')});`
          : `      let q${step}_${j} = sliceB[(quarter * 4u + ${step}u) * ${sliceB.stride}u + local.x + ${j * across}u];`,
      );
    }
    for (const i of range(rows))
      for (const j of range(columns / 4)) {
        const left = shape.transposeA ? `p${step}_${i >> 2}[${i & 3}]` : `x${i}[${step}]`;
        lines.push(`      c${i}_${j} = fma(vec4f(${left}), q${step}_${j}, c${i}_${j});`);
      }
  }
  return lines.join('\n');
}
