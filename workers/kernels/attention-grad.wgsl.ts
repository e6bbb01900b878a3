// Attention backward in WGSL. First log-sum-exp and delta = upstream . out of each row side by side; then one invocation
// a query for dq, and one a key for dk and dv, each adding in a fixed order: no atomics.
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
import { perBatch } from './attention.wgsl';
import type { GpuFacts, GpuPass, Place } from './kernel';
import { gridOver, gridShader, workgroupSize } from './wgsl-grid';

/** Inputs after the forward inputs, in this order. */
const after = { out: 0, logSums: 1, upstream: 2, logUpstream: 3 } as const;
const stats: Place = { scratch: 0 };
/** What every adapter can bind in one shader. */
const mostBindings = 8;

/** Words of `stats`: two a row. */
export const statsWords = (s: AttentionShape): number => 2 * s.batch * s.heads * s.queries;

function statsPass(s: AttentionShape, gpu: GpuFacts): GpuPass {
  const pieces = piecesOf(s);
  const count = s.batch * s.heads * s.queries;
  const { workgroups, index } = gridOver(count, gpu);
  const row = (name: string) => (i: number) => `${name}[at + ${i}u]`;
  return {
    wgsl: gridShader(
      [
        `var<storage, read> result: array<${pieces.type}>`,
        `var<storage, read> upstream: array<${pieces.type}>`,
        'var<storage, read> logs: array<f32>',
        'var<storage, read> logUpstream: array<f32>',
        'var<storage, read_write> stats: array<vec2f>',
      ],
      `  let query = i % ${s.queries}u;
  let head = i / ${s.queries}u % ${s.heads}u;
  let b = i / ${s.queries * s.heads}u;
  let at = ${rowStart(pieces, s.heads * s.headDim, 0, s.headDim, `b * ${s.queries}u + query`, 'head')};
  stats[i] = vec2f(logs[i], ${dotText(pieces, row('result'), row('upstream'))} - logUpstream[i]);`,
      index,
      count,
    ),
    bindings: [
      ...[after.out, after.upstream, after.logSums, after.logUpstream].map((i) => ({ input: s.count + i })),
      stats,
    ],
    workgroups,
  };
}

function bound(s: AttentionShape, pieces: Pieces, use: readonly ('k' | 'v')[]): Bindings {
  const names = new Bindings();
  names.add('q', { input: s.q }, pieces.type);
  for (const name of use) names.add(name, { input: s[name] }, pieces.type);
  names.add('upstream', { input: s.count + after.upstream }, pieces.type);
  names.add('stats', stats, 'vec2f');
  if (s.rangesAt >= 0) names.add('ranges', { input: s.rangesAt }, 'i32');
  if (s.biasAt >= 0) names.add('bias', { input: s.biasAt }, 'f32');
  return names;
}

const at = (s: AttentionShape, pieces: Pieces, of: 'q' | 'k' | 'v', row: string, head: string): string =>
  rowStart(pieces, s[`${of}Stride`], s[`${of}Offset`], s.headDim, row, head);

/** Where the gradient of an input of the forward pass goes: a packed input has one for all three. */
const outputOf = (s: AttentionShape, of: 'q' | 'k' | 'v'): Place => ({ output: s[of] });

function queryPass(s: AttentionShape, gpu: GpuFacts): GpuPass[] {
  const pieces = piecesOf(s);
  const names = bound(s, pieces, ['k', 'v']);
  names.add('dq', outputOf(s, 'q'), pieces.type, true);
  const zero = pieces.width === 4 ? 'vec4f()' : '0.0';
  const kvRow = `b * ${s.keys}u + key`;
  const kvHead = `head / ${s.group}u`;
  return perBatch(s.batch, gpu, (first, count) => ({
    bindings: names.places,
    workgroups: [Math.ceil(s.queries / workgroupSize), s.heads, count],
    wgsl: `${names.text}
${seenFunction(s, names.of('ranges'))}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(global_invocation_id) place: vec3u) {
  let query = place.x;
  let head = place.y;
  let b = place.z + ${first}u;
  if (query >= ${s.queries}u) { return; }
  let qAt = ${at(s, pieces, 'q', `b * ${s.queries}u + query`, 'head')};
  let upAt = ${rowStart(pieces, s.heads * s.headDim, 0, s.headDim, `b * ${s.queries}u + query`, 'head')};
${unrolled(pieces, (i) => `let q${i} = ${names.of('q')}[qAt + ${i}u]; let u${i} = upstream[upAt + ${i}u]; var d${i} = ${zero};`)}
  let known = stats[(b * ${s.heads}u + head) * ${s.queries}u + query];
  let range = seen(b, query);
  for (var each = range.x; each < range.y; each++) {
    let key = u32(each);
    let kAt = ${at(s, pieces, 'k', kvRow, kvHead)};
    let vAt = ${at(s, pieces, 'v', kvRow, kvHead)};
    var score = ${dotText(
      pieces,
      (i) => `q${i}`,
      (i) => `${names.of('k')}[kAt + ${i}u]`,
    )};
    ${scoreLines(s, names.of('bias'), true)}
    let product = ${dotText(
      pieces,
      (i) => `u${i}`,
      (i) => `${names.of('v')}[vAt + ${i}u]`,
    )};
    let slope = exp(score - known.x) * (product - known.y) * bent * ${s.scale};
${unrolled(pieces, (i) => `d${i} = d${i} + slope * ${names.of('k')}[kAt + ${i}u];`, '    ')}
  }
${unrolled(pieces, (i) => `${names.of('dq')}[qAt + ${i}u] = d${i};`)}
}`,
  }));
}

/** dk, dv or both, one invocation a key. */
function keyPass(s: AttentionShape, gpu: GpuFacts, wanted: readonly ('k' | 'v')[]): GpuPass[] {
  const pieces = piecesOf(s);
  const [k, v] = [wanted.includes('k'), wanted.includes('v')];
  const names = bound(s, pieces, k ? ['k', 'v'] : ['k']);
  for (const each of wanted) names.add(`d${each}`, outputOf(s, each), pieces.type, true);
  const zero = pieces.width === 4 ? 'vec4f()' : '0.0';
  const shift = s.keys - s.queries;
  const from = s.causal
    ? `max(0, i32(key) - (${shift}))`
    : s.window > 0
      ? `max(0, i32(key) - (${shift + s.window - 1}))`
      : '0';
  const own = s.sideBySide
    ? `let spanAt = 2u * (${s.rangeBatch > 1 ? 'b' : '0u'} * ${s.rangeRows}u + key);
  let span = vec2i(${names.of('ranges')}[spanAt], ${names.of('ranges')}[spanAt + 1u]);`
    : `let span = vec2i(0, ${s.queries});`;
  const to = s.window > 0 ? `min(${s.queries}, i32(key) - (${shift}) + ${s.window})` : String(s.queries);
  const declared = [
    (i: number): string => `let k${i} = ${names.of('k')}[kAt + ${i}u];`,
    ...(k ? [(i: number): string => `let v${i} = ${names.of('v')}[vAt + ${i}u]; var dk${i} = ${zero};`] : []),
    ...(v ? [(i: number): string => `var dv${i} = ${zero};`] : []),
  ];
  return perBatch(s.batch, gpu, (first, count) => ({
    bindings: names.places,
    workgroups: [Math.ceil(s.keys / workgroupSize), s.kvHeads, count],
    wgsl: `${names.text}
${seenFunction(s, names.of('ranges'))}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(global_invocation_id) place: vec3u) {
  let key = place.x;
  let kvHead = place.y;
  let b = place.z + ${first}u;
  if (key >= ${s.keys}u) { return; }
  let kAt = ${at(s, pieces, 'k', `b * ${s.keys}u + key`, 'kvHead')};
  let vAt = ${at(s, pieces, 'v', `b * ${s.keys}u + key`, 'kvHead')};
${unrolled(pieces, (i) => declared.map((line) => line(i)).join(' '))}
  ${own}
  for (var head = kvHead * ${s.group}u; head < (kvHead + 1u) * ${s.group}u; head++) {
    for (var each = max(span.x, ${from}); each < min(span.y, ${to}); each++) {
      let query = u32(each);
      let range = seen(b, query);
      if (i32(key) < range.x || i32(key) >= range.y) { continue; }
      let qAt = ${at(s, pieces, 'q', `b * ${s.queries}u + query`, 'head')};
      let upAt = ${rowStart(pieces, s.heads * s.headDim, 0, s.headDim, `b * ${s.queries}u + query`, 'head')};
      let known = stats[(b * ${s.heads}u + head) * ${s.queries}u + query];
      var score = ${dotText(
        pieces,
        (i) => `${names.of('q')}[qAt + ${i}u]`,
        (i) => `k${i}`,
      )};
      ${scoreLines(s, names.of('bias'), true)}
      let weight = exp(score - known.x);
${
  k
    ? `      let product = ${dotText(
        pieces,
        (i) => `upstream[upAt + ${i}u]`,
        (i) => `v${i}`,
      )};
      let slope = weight * (product - known.y) * bent * ${s.scale};
${unrolled(pieces, (i) => `dk${i} = dk${i} + slope * ${names.of('q')}[qAt + ${i}u];`, '      ')}`
    : ''
}
${v ? unrolled(pieces, (i) => `dv${i} = dv${i} + weight * upstream[upAt + ${i}u];`, '      ') : ''}
    }
  }
${k ? unrolled(pieces, (i) => `${names.of('dk')}[kAt + ${i}u] = dk${i};`) : ''}
${v ? unrolled(pieces, (i) => `${names.of('dv')}[vAt + ${i}u] = dv${i};`) : ''}
}`,
  }));
}

/** All gradients but the bias's. Needs `statsWords` of scratch. */
export function attentionGradPasses(s: AttentionShape, gpu: GpuFacts): GpuPass[] {
  const arrays = (s.packed ? 4 : 7) + Number(s.rangesAt >= 0) + Number(s.biasAt >= 0);
  const keyPasses =
    arrays <= mostBindings ? keyPass(s, gpu, ['k', 'v']) : [...keyPass(s, gpu, ['k']), ...keyPass(s, gpu, ['v'])];
  return [statsPass(s, gpu), ...queryPass(s, gpu), ...keyPasses];
}

/** The bias's gradient, one invocation an element. Needs `statsWords` of scratch. */
export function attentionBiasGradPasses(s: AttentionShape, gpu: GpuFacts): GpuPass[] {
  const pieces = piecesOf(s);
  const names = bound(s, pieces, ['k', 'v']);
  names.add('dBias', { output: 0 }, 'f32', true);
  const count = s.biasBatch * s.heads * s.queries * s.keys;
  const { workgroups, index } = gridOver(count, gpu);
  const kvRow = `b * ${s.keys}u + key`;
  const kvHead = `head / ${s.group}u`;
  const shader = `${names.text}
${seenFunction(s, names.of('ranges'))}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = ${index};
  if (i >= ${count}u) { return; }
  let key = i % ${s.keys}u;
  let query = i / ${s.keys}u % ${s.queries}u;
  let head = i / ${s.keys * s.queries}u % ${s.heads}u;
  let own = i / ${s.keys * s.queries * s.heads}u;
  var sum = 0.0;
  for (var b = ${s.biasBatch > 1 ? 'own' : '0u'}; b < ${s.biasBatch > 1 ? 'own + 1u' : `${s.batch}u`}; b++) {
    let range = seen(b, query);
    if (i32(key) < range.x || i32(key) >= range.y) { continue; }
    let qAt = ${at(s, pieces, 'q', `b * ${s.queries}u + query`, 'head')};
    let upAt = ${rowStart(pieces, s.heads * s.headDim, 0, s.headDim, `b * ${s.queries}u + query`, 'head')};
    let kAt = ${at(s, pieces, 'k', kvRow, kvHead)};
    let vAt = ${at(s, pieces, 'v', kvRow, kvHead)};
    let known = stats[(b * ${s.heads}u + head) * ${s.queries}u + query];
    var score = ${dotText(
      pieces,
      (p) => `${names.of('q')}[qAt + ${p}u]`,
      (p) => `${names.of('k')}[kAt + ${p}u]`,
    )};
    ${scoreLines(s, names.of('bias'))}
    let product = ${dotText(
      pieces,
      (p) => `upstream[upAt + ${p}u]`,
      (p) => `${names.of('v')}[vAt + ${p}u]`,
    )};
    sum = sum + exp(score - known.x) * (product - known.y);
  }
  dBias[i] = sum;
}`;
  return [statsPass(s, gpu), { wgsl: shader, bindings: names.places, workgroups }];
}
