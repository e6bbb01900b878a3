// A product without workgroup memory: each thread keeps a tile of sums in registers and reads its rows and columns
// straight from the arrays, four steps of k at a time. Fastest where barriers are dear (software adapters, small sizes).
import type { MatmulVariant } from './matmul-variants';
import type { MatmulShape, VectorLoads } from './matmul.wgsl';

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** `bases` declares aBase, bBase (in elements of their arrays) and outBase (in floats). */
export function registerTile(shape: MatmulShape, variant: MatmulVariant, wide: VectorLoads, bases: string): string {
  const { k } = shape;
  const { rows, columns } = variant;
  const whole = k - (k % 4);
  const sums = range(rows).flatMap((i) => range(columns / 4).map((j) => `  var c${i}_${j} = vec4f();`));
  const loop =
    whole > 0 ? `  for (var k = 0u; k < ${whole}u; k += 4u) {\n${steps(shape, variant, wide, 4, 'k')}\n  }` : '';
  const rest = k % 4 > 0 ? `  {\n${steps(shape, variant, wide, k % 4, `${whole}u`)}\n  }` : '';
  return `@compute @workgroup_size(${variant.across}, ${variant.down})
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(workgroup_id) group: vec3u) {
  let column = thread.x * ${columns}u;
  let row = thread.y * ${rows}u;
  if (column >= N || row >= M) { return; }${bases}
${starts(shape, variant, wide)}
${sums.join('\n')}
${loop}
${rest}
${stores(rows, columns, wide.out)}
}
`;
}

/** Where each row of A and each column of B starts; past the edge the last one is read again and not stored. */
function starts(shape: MatmulShape, { rows, columns }: MatmulVariant, wide: VectorLoads): string {
  const stride = (vector: boolean): string => (vector ? `${shape.k / 4}u` : 'K');
  const lines: string[] = [];
  if (!shape.transposeA)
    for (const i of range(rows)) lines.push(`  let a${i} = aBase + min(row + ${i}u, M - 1u) * ${stride(wide.a)};`);
  else if (wide.a)
    for (const i of range(Math.ceil(rows / 4)))
      lines.push(`  let a${i} = aBase + min(row / 4u + ${i}u, ${shape.m / 4 - 1}u);`);
  else for (const i of range(rows)) lines.push(`  let a${i} = aBase + min(row + ${i}u, M - 1u);`);
  if (shape.transposeB)
    for (const j of range(columns))
      lines.push(`  let b${j} = bBase + min(column + ${j}u, N - 1u) * ${stride(wide.b)};`);
  else if (wide.b)
    for (const j of range(columns / 4))
      lines.push(`  let b${j} = bBase + min(column / 4u + ${j}u, ${shape.n / 4 - 1}u);`);
  else for (const j of range(columns)) lines.push(`  let b${j} = bBase + min(column + ${j}u, N - 1u);`);
  return lines.join('\n');
}

/** `count` (at most four) steps of k from `from`. Vectors along k exist only where K is a multiple of four. */
function steps(shape: MatmulShape, variant: MatmulVariant, wide: VectorLoads, count: number, from: string): string {
  const { rows, columns } = variant;
  const lines: string[] = [];
  const rowsAlongK = !shape.transposeA && wide.a;
  const columnsAlongK = shape.transposeB && wide.b;
  if (rowsAlongK) for (const i of range(rows)) lines.push(`    let x${i} = a[a${i} + ${from} / 4u];`);
  if (columnsAlongK) for (const j of range(columns)) lines.push(`    let y${j} = b[b${j} + ${from} / 4u];`);
  for (const step of range(count)) {
    const at = `(${from} + ${step}u)`;
    const left = (i: number): string => {
      if (rowsAlongK) return `x${i}[${step}]`;
      // A tile of less than four rows starts within a vector.
      if (shape.transposeA && wide.a)
        return rows < 4 ? `p${step}_0[(row & 3u) + ${i}u]` : `p${step}_${i >> 2}[${i & 3}]`;
      return `p${step}_${i}`;
    };
    if (!rowsAlongK) {
      if (!shape.transposeA) for (const i of range(rows)) lines.push(`    let p${step}_${i} = a[a${i} + ${at}];`);
      else if (wide.a)
        for (const i of range(Math.ceil(rows / 4)))
          lines.push(`    let p${step}_${i} = a[a${i} + ${at} * ${shape.m / 4}u];`);
      else for (const i of range(rows)) lines.push(`    let p${step}_${i} = a[a${i} + ${at} * M];`);
    }
    for (const j of range(columns / 4)) {
      const four = (text: (column: number) => string): string =>
        `vec4f(${range(4)
          .map((e) => text(j * 4 + e))
          .join(', ')})`;
      const right = columnsAlongK
        ? four((column) => `y${column}[${step}]`)
        : shape.transposeB
          ? four((column) => `b[b${column} + ${at}]`)
          : wide.b
            ? `b[b${j} + ${at} * ${shape.n / 4}u]`
            : four((column) => `b[b${column} + ${at} * N]`);
      lines.push(`    let q${step}_${j} = ${right};`);
    }
    for (const i of range(rows))
      for (const j of range(columns / 4))
        lines.push(`    c${i}_${j} = fma(vec4f(${left(i)}), q${step}_${j}, c${i}_${j});`);
  }
  return lines.join('\n');
}

/** Stores the sums c<row>_<four columns>; both kinds of tile name them so. */
export function stores(
  rows: number,
  columns: number,
  vector: boolean,
  rowAt: (i: number) => string = (i) => `row + ${i}u`,
  columnAt: (j: number) => string = (j) => `column + ${j * 4}u`,
): string {
  const lines: string[] = [];
  for (const i of range(rows)) {
    lines.push(`  if (${rowAt(i)} < M) {`, `    let at = outBase + (${rowAt(i)}) * N;`);
    for (const j of range(columns / 4)) {
      if (vector) {
        const to = columnAt(j);
        lines.push(`    if (${to} < N) { store(at + ${to}, ${to}, c${i}_${j}); }`);
        continue;
      }
      for (const e of range(4)) {
        const to = `${columnAt(j)} + ${e}u`;
        lines.push(`    if (${to} < N) { store(at + ${to}, ${to}, c${i}_${j}[${e}]); }`);
      }
    }
    lines.push('  }');
  }
  return lines.join('\n');
}
