// Attention forward in WGSL: one invocation a query and head, its sums in registers, keys read one after another. Two
// forms: `direct` reads keys and values from storage (no barriers, best in software), `shared` reads them through
// workgroup memory, sixteen keys at a time. Both add in the order of the keys.
import type { AttentionShape } from './attention-shape';
import {
  Bindings,
  dotText,
  piecesOf,
  rowStart,
  scoreLines,
  seenFunction,
  unrolled,
  type Pieces,
} from './attention-wgsl';
import type { GpuFacts, GpuPass } from './kernel';
import { workgroupSize } from './wgsl-grid';

export const attentionVariants = ['direct', 'shared'] as const;

/** Sizes that are tuned together. */
export const attentionClass = (s: Pick<AttentionShape, 'keys'>): 'short' | 'long' => (s.keys <= 256 ? 'short' : 'long');

/** Keys in workgroup memory at a time: 16 x 2 rows of at most 128 floats stay within 16 KiB. */
const sharedKeys = 16;

export function attentionPasses(s: AttentionShape, gpu: GpuFacts): GpuPass[] {
  const pieces = piecesOf(s);
  const shared = gpu.variant('Attention', attentionClass(s)) === 'shared' && s.headDim <= 128;
  const bindings = new Bindings();
  bindings.add('q', { input: s.q }, pieces.type);
  bindings.add('k', { input: s.k }, pieces.type);
  bindings.add('v', { input: s.v }, pieces.type);
  if (s.rangesAt >= 0) bindings.add('ranges', { input: s.rangesAt }, 'i32');
  if (s.biasAt >= 0) bindings.add('bias', { input: s.biasAt }, 'f32');
  bindings.add('result', { output: 0 }, pieces.type, true);
  bindings.add('logs', { output: 1 }, 'f32', true);
  return perBatch(s.batch, gpu, (first, count) => ({
    wgsl: forwardShader(s, pieces, bindings, first, shared),
    bindings: bindings.places,
    workgroups: [Math.ceil(s.queries / workgroupSize), s.heads, count],
  }));
}

/** Passes of at most as many batch rows as the third dimension of a dispatch may have. */
export function perBatch(batch: number, gpu: GpuFacts, pass: (first: number, count: number) => GpuPass): GpuPass[] {
  const most = gpu.maxWorkgroupsPerDimension;
  return Array.from({ length: Math.ceil(batch / most) }, (_, i) => pass(i * most, Math.min(most, batch - i * most)));
}

function forwardShader(
  s: AttentionShape,
  pieces: Pieces,
  names: Bindings,
  firstBatch: number,
  shared: boolean,
): string {
  const { headDim, queries, keys, heads, group } = s;
  const zero = pieces.width === 4 ? 'vec4f()' : '0.0';
  const kRow = (row: string): string => rowStart(pieces, s.kStride, s.kOffset, headDim, row, `head / ${group}u`);
  const vRow = (row: string): string => rowStart(pieces, s.vStride, s.vOffset, headDim, row, `head / ${group}u`);
  const keyPiece = (i: number): string => (shared ? `kTile[slot + ${i}u]` : `${names.of('k')}[kAt + ${i}u]`);
  const valuePiece = (i: number): string => (shared ? `vTile[slot + ${i}u]` : `${names.of('v')}[vAt + ${i}u]`);
  const step = `
    var score = ${dotText(pieces, (i) => `q${i}`, keyPiece)};
    ${scoreLines(s, names.of('bias'))}
    if (score > most) {
      let shrink = exp(most - score);
      total = total * shrink;
${unrolled(pieces, (i) => `o${i} = o${i} * shrink;`, '      ')}
      most = score;
    }
    let weight = exp(score - most);
    total = total + weight;
${unrolled(pieces, (i) => `o${i} = o${i} + weight * ${valuePiece(i)};`, '    ')}`;
  const direct = `
  for (var at = range.x; at < range.y; at++) {
    let key = u32(at);
    let kAt = ${kRow(`b * ${keys}u + key`)};
    let vAt = ${vRow(`b * ${keys}u + key`)};
${step}
  }`;
  // All of the workgroup walks the same keys, those that any of its queries may see by order and window.
  const first = s.window > 0 ? `max(0, i32(start) + (${keys - queries - s.window + 1}))` : '0';
  const last = s.causal ? `min(${keys}, i32(start) + ${workgroupSize} + (${keys - queries}))` : String(keys);
  // With a range for each query, those that its own queries see.
  const narrowed = shared && s.rangeRows > 1;
  const bounds = narrowed
    ? `spans[local] = select(range, vec2i(${keys}, 0), range.x >= range.y);
  workgroupBarrier();
  if (local == 0u) {
    whole = vec2i(${keys}, 0);
    for (var i = 0u; i < ${workgroupSize}u; i++) { whole = vec2i(min(whole.x, spans[i].x), max(whole.y, spans[i].y)); }
  }
  let bounds = workgroupUniformLoad(&whole);`
    : `let bounds = vec2i(${first}, ${last});`;
  const tiled = `
  ${bounds}
  let firstTile = bounds.x / ${sharedKeys} * ${sharedKeys};
  for (var tile = firstTile; tile < bounds.y; tile += ${sharedKeys}) {
    workgroupBarrier();
    for (var e = local; e < ${sharedKeys * pieces.count}u; e += ${workgroupSize}u) {
      let key = u32(tile) + e / ${pieces.count}u;
      if (key < ${keys}u) {
        kTile[e] = ${names.of('k')}[${kRow(`b * ${keys}u + key`)} + e % ${pieces.count}u];
        vTile[e] = ${names.of('v')}[${vRow(`b * ${keys}u + key`)} + e % ${pieces.count}u];
      }
    }
    workgroupBarrier();
    for (var at = max(range.x, tile); at < min(range.y, tile + ${sharedKeys}); at++) {
      let key = u32(at);
      let slot = u32(at - tile) * ${pieces.count}u;
${step}
    }
  }`;
  return `${names.text}
${shared ? `var<workgroup> kTile: array<${pieces.type}, ${sharedKeys * pieces.count}>;\nvar<workgroup> vTile: array<${pieces.type}, ${sharedKeys * pieces.count}>;` : ''}
${narrowed ? `var<workgroup> spans: array<vec2i, ${workgroupSize}>;\nvar<workgroup> whole: vec2i;` : ''}
${seenFunction(s, names.of('ranges'))}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(workgroup_id) place: vec3u, @builtin(local_invocation_index) local: u32) {
  let start = place.x * ${workgroupSize}u;
  let head = place.y;
  let b = place.z + ${firstBatch}u;
  let query = min(start + local, ${queries - 1}u);
  var range = seen(b, query);
  if (start + local >= ${queries}u) { range = vec2i(0, 0); }
  let qAt = ${rowStart(pieces, s.qStride, s.qOffset, headDim, `b * ${queries}u + query`, 'head')};
${unrolled(pieces, (i) => `let q${i} = ${names.of('q')}[qAt + ${i}u]; var o${i} = ${zero};`)}
  var most = -1e30;
  var total = 0.0;
${shared ? tiled : direct}
  if (start + local >= ${queries}u) { return; }
  let factor = select(0.0, 1.0 / total, total > 0.0);
  let outAt = ${rowStart(pieces, heads * headDim, 0, headDim, `b * ${queries}u + query`, 'head')};
${unrolled(pieces, (i) => `${names.of('result')}[outAt + ${i}u] = o${i} * factor;`)}
  logs[(b * ${heads}u + head) * ${queries}u + query] = select(0.0, most + log(total), total > 0.0);
}`;
}
