// What the shaders of attention's two directions share: bindings named once however often they are used, rows read as
// vectors of four where they can be, and which keys a query sees.
import type { AttentionShape } from './attention-shape';
import type { Place } from './kernel';
import { floatLiteral } from './matmul.wgsl';

/** Arrays of a shader. A place bound under two names would be an alias, so both names stand for one binding. */
export class Bindings {
  readonly places: Place[] = [];
  private readonly lines: string[] = [];
  private readonly names = new Map<string, string>();

  add(name: string, place: Place, type: string, write = false): void {
    const key = JSON.stringify(place);
    const known = this.names.get(key);
    if (known !== undefined) {
      if (known !== name) this.lines.push(`// ${name} is ${known}`);
      this.alias.set(name, known);
      return;
    }
    this.names.set(key, name);
    this.alias.set(name, name);
    const access = write ? 'read_write' : 'read';
    this.lines.push(`@group(0) @binding(${this.places.length}) var<storage, ${access}> ${name}: array<${type}>;`);
    this.places.push(place);
  }
  private readonly alias = new Map<string, string>();

  /** The variable that `name` is bound to. */
  of(name: string): string {
    return this.alias.get(name) ?? name;
  }
  get text(): string {
    return this.lines.join('\n');
  }
}

/** Rows of a head in pieces of four floats or one. */
export interface Pieces {
  count: number;
  /** Floats a piece. */
  width: number;
  type: string;
}

export function piecesOf(s: AttentionShape): Pieces {
  const whole = s.headDim % 4 === 0;
  return whole ? { count: s.headDim / 4, width: 4, type: 'vec4f' } : { count: s.headDim, width: 1, type: 'f32' };
}

/** `each(i)` for every piece of a row, one line each: private arrays with a running index would go to slow memory. */
export const unrolled = (pieces: Pieces, each: (i: number) => string, indent = '  '): string =>
  Array.from({ length: pieces.count }, (_, i) => indent + each(i)).join('\n');

/** The sum of the products of two rows. */
export function dotText(pieces: Pieces, a: (i: number) => string, b: (i: number) => string): string {
  return Array.from({ length: pieces.count }, (_, i) =>
    pieces.width === 4 ? `dot(${a(i)}, ${b(i)})` : `${a(i)} * ${b(i)}`,
  ).join(' + ');
}

/** WGSL of the piece index where the row of a head starts. `row` and `head` are u32 expressions. */
export const rowStart = (
  pieces: Pieces,
  stride: number,
  offset: number,
  headDim: number,
  row: string,
  head: string,
): string =>
  `(${row}) * ${stride / pieces.width}u + ${offset / pieces.width}u + (${head}) * ${headDim / pieces.width}u`;

/** `fn seen(b: u32, query: u32) -> vec2i`: the keys [first, end) of a query. */
export function seenFunction(s: AttentionShape, ranges: string): string {
  const shift = s.keys - s.queries;
  const range =
    s.rangesAt < 0
      ? ''
      : `
  let at = 2u * (${s.rangeBatch > 1 ? 'b' : '0u'} * ${s.rangeRows}u + ${s.rangeRows > 1 ? 'query' : '0u'});
  first = max(first, ${ranges}[at]);
  end = min(end, ${ranges}[at + 1u]);`;
  return `fn seen(b: u32, query: u32) -> vec2i {
  let own = i32(query) + (${shift});
  var first = ${s.window > 0 ? `max(0, own - ${s.window - 1})` : '0'};
  var end = ${s.causal ? `min(${s.keys}, own + 1)` : s.window > 0 ? `min(${s.keys}, own + ${s.window})` : String(s.keys)};${range}
  return vec2i(first, end);
}`;
}

/** Lines that turn the raw product \`score\` into the final one; with \`bent\`, how much the cap bends it, too. */
export function scoreLines(s: AttentionShape, bias: string, bent = false): string {
  const cap = floatLiteral(s.cap);
  return [
    `score = score * ${floatLiteral(s.scale)};`,
    ...(bent ? ['var bent = 1.0;'] : []),
    ...(s.cap > 0
      ? [
          `let bending = tanh(clamp(score / ${cap}, -15.0, 15.0));`,
          `score = ${cap} * bending;`,
          ...(bent ? ['bent = 1.0 - bending * bending;'] : []),
        ]
      : []),
    ...(s.biasAt < 0
      ? []
      : [
          `score = score + ${bias}[((${s.biasBatch > 1 ? 'b' : '0u'} * ${s.heads}u + head) * ${s.queries}u + query) * ${s.keys}u + key];`,
        ]),
  ].join('\n    ');
}
