// What products with packed weights share (int8-matmul, nf4-matmul, half-matmul): shapes, plain loops, the call of the
// AssemblyScript kernel and the shader. A format only says how an element of W [n, k] is read. Sums are float32.
import {
  sizeOf,
  type CallShape,
  type GpuFacts,
  type GpuPass,
  type Numbers,
  type Place,
  type Spec,
  type WasmCall,
} from './kernel';

export type PackedAttrs = {
  /** W is [n, k], row by row, as checkpoints hold linear layers: [outputs, inputs]. */
  n: number;
  k: number;
  /** false: y = x Wt, x [..., k]. true: y = x W, x [..., n]: the gradient of the former. */
  back: boolean;
};

/** How packed weights are read. Input 0 is x, input 1 the words; what follows is the format's. */
export interface PackedFormat<A extends PackedAttrs> {
  /** As packed-decode.as.ts numbers it. */
  code(attrs: A): number;
  /** Elements that share a scale. */
  perScale(attrs: A): number;
  /** Number of arrays after the words that are read: scales, codes, map, offset. */
  tables(attrs: A): number;
  /** Element `index` in plain numbers; `tables` are the inputs after x. */
  reader(tables: readonly Numbers[], attrs: A): (index: number) => number;
  /** WGSL with `fn weight(index: u32) -> f32`; words are `words: array<u32>`, tables t0, t1 … of the given types. */
  wgsl(attrs: A): { types: readonly string[]; text: string };
}

export interface PackedShape {
  m: number;
  columns: number;
  depth: number;
}

export function packedShape(x: Spec | undefined, { n, k, back }: PackedAttrs): PackedShape {
  const depth = back ? n : k;
  if (!x || x.shape.length < 1 || x.shape.at(-1) !== depth)
    throw new RangeError(`x must be [..., ${depth}], not [${x?.shape.join() ?? ''}].`);
  return { m: sizeOf(x) / depth, columns: back ? k : n, depth };
}

/** Output of the product. Throws RangeError where x or the number of words does not fit. */
export function inferPacked([x, words]: readonly Spec[], attrs: PackedAttrs, perWord: number): Spec[] {
  const { columns } = packedShape(x, attrs);
  const needed = Math.ceil((attrs.n * attrs.k) / perWord);
  if (words?.dtype !== 'int32' || sizeOf(words) !== needed)
    throw new RangeError(`Weights [${attrs.n}, ${attrs.k}] are ${needed} int32 words here.`);
  return [{ shape: [...x!.shape.slice(0, -1), columns], dtype: 'float32' }];
}

export function multiplyPacked<A extends PackedAttrs>(
  format: PackedFormat<A>,
  [x, ...tables]: readonly Numbers[],
  y: Numbers,
  { inputs, attrs }: CallShape<A>,
): void {
  const { m, columns, depth } = packedShape(inputs[0], attrs);
  const read = format.reader(tables, attrs);
  const w = Float64Array.from({ length: attrs.n * attrs.k }, (_, i) => read(i));
  const [acrossStride, alongStride] = attrs.back ? [1, attrs.k] : [attrs.k, 1];
  for (let row = 0; row < m; row++)
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let i = 0; i < depth; i++) sum += x![row * depth + i]! * w[column * acrossStride + i * alongStride]!;
      y[row * columns + column] = sum;
    }
}

/** Words of private memory a thread needs, as packed-matmul.as.ts divides them. */
const threadWords = 2 * 256 * 64 + 256 * 8 + 64;

export const packedScratch = (_: unknown, threads: number): number[] => [threadWords * threads];

export function packedWasm<A extends PackedAttrs>(
  format: PackedFormat<A>,
  { inputs, attrs }: CallShape<A>,
): WasmCall[] {
  const { m } = packedShape(inputs[0], attrs);
  const count = format.tables(attrs);
  const table = (i: number): number | Place => (i < count ? { input: 2 + i } : 0);
  return [
    {
      fn: 'packed_matmul',
      args: [
        ...[{ input: 0 }, { output: 0 }, format.code(attrs), { input: 1 }],
        ...[table(0), table(1), table(2), table(3), format.perScale(attrs)],
        ...[m, attrs.n, attrs.k, Number(attrs.back), { scratch: 0 }, threadWords * 4],
      ],
    },
  ];
}

/** Rows and columns of y that one invocation computes: each weight is read once for four rows. */
const tile = 4;
const side = 8;

export function packedPasses<A extends PackedAttrs>(
  format: PackedFormat<A>,
  { inputs, attrs }: CallShape<A>,
  gpu: GpuFacts,
): GpuPass[] {
  const { m, columns, depth } = packedShape(inputs[0], attrs);
  const { types, text } = format.wgsl(attrs);
  const groups = Math.ceil(m / (tile * side));
  const most = gpu.maxWorkgroupsPerDimension;
  const each = Array.from({ length: tile }, (_, i) => i);
  const cells = each.flatMap((r) => each.map((c) => [r, c] as const));
  const lines = (items: readonly string[], indent: string): string => items.map((line) => indent + line).join('\n');
  const wgsl = `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> words: array<u32>;
${types.map((type, i) => `@group(0) @binding(${i + 2}) var<storage, read> t${i}: array<${type}>;`).join('\n')}
@group(0) @binding(${types.length + 2}) var<storage, read_write> y: array<f32>;
${text}
@compute @workgroup_size(${side}, ${side})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let column = (group.x * ${side}u + local.x) * ${tile}u;
  let row = ((group.z * ${most}u + group.y) * ${side}u + local.y) * ${tile}u;
  if (column >= ${columns}u || row >= ${m}u) { return; }
${lines(
  each.flatMap((i) => [
    `let xAt${i} = min(row + ${i}u, ${m - 1}u) * ${depth}u;`,
    `let wAt${i} = min(column + ${i}u, ${columns - 1}u)${attrs.back ? '' : ` * ${attrs.k}u`};`,
  ]),
  '  ',
)}
${lines(
  cells.map(([r, c]) => `var s${r}${c} = 0.0;`),
  '  ',
)}
  for (var i = 0u; i < ${depth}u; i++) {
${lines(
  each.flatMap((i) => [
    `let x${i} = x[xAt${i} + i];`,
    `let w${i} = weight(wAt${i} + i${attrs.back ? ` * ${attrs.k}u` : ''});`,
  ]),
  '    ',
)}
${lines(
  cells.map(([r, c]) => `s${r}${c} = s${r}${c} + x${r} * w${c};`),
  '    ',
)}
  }
${lines(
  cells.map(
    ([r, c]) =>
      `if (row + ${r}u < ${m}u && column + ${c}u < ${columns}u) { y[(row + ${r}u) * ${columns}u + column + ${c}u] = s${r}${c}; }`,
  ),
  '  ',
)}
}`;
  return [
    {
      wgsl,
      bindings: [{ input: 0 }, { input: 1 }, ...types.map((_, i) => ({ input: i + 2 })), { output: 0 }],
      workgroups: [Math.ceil(columns / (tile * side)), Math.min(groups, most), Math.ceil(groups / most)],
    },
  ];
}
