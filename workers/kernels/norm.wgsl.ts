// WGSL of layer norm and RMS norm, forward and backward (norm.ts).
import type { GpuFacts, GpuPass, Place } from './kernel';
import { blockRows, gradientPlaces, normPlaces, type NormForm } from './norm';
import { gridOver, gridShader } from './wgsl-grid';
import { declare, placesOf, rowPass, type Binding } from './wgsl-rows';

interface Size {
  rows: number;
  columns: number;
}

const present = (bindings: readonly { name: string; place: Place | null; writes?: boolean }[]): Binding[] =>
  bindings.flatMap(({ name, place, writes }) => (place ? [{ name, place, writes: writes ?? false }] : []));

export function normPass(gpu: GpuFacts, form: NormForm, { rows, columns }: Size, epsilon: number): GpuPass {
  const { centred, residual } = form;
  const at = normPlaces(form);
  const bindings = present([
    { name: 'x', place: at.x },
    { name: 'added', place: at.residual },
    { name: 'gain', place: at.gain },
    { name: 'bias', place: at.bias },
    { name: 'y', place: at.y, writes: true },
    { name: 'sum', place: at.sum, writes: true },
    { name: 'means', place: at.means, writes: true },
    { name: 'reciprocals', place: at.reciprocals, writes: true },
  ]);
  const value = residual ? '(x[start + i] + added[start + i])' : 'x[start + i]';
  const each = (body: string): string => `for (var i = lane; i < ${columns}u; i += lanes) { ${body} }`;
  return rowPass(
    gpu,
    rows,
    bindings,
    `  let start = row * ${columns}u;
  var mean = 0.0;
  ${centred ? `${each(`mean += ${value};`)} mean = laneSum(mean, lane) / ${columns}.0;` : ''}
  var squares = 0.0;
  ${each(`let d = ${value} - mean; squares += d * d;`)}
  let reciprocal = 1.0 / sqrt(laneSum(squares, lane) / ${columns}.0 + ${epsilon}f);
  ${each(`let v = ${value};
    y[start + i] = (v - mean) * reciprocal * gain[i]${centred ? ' + bias[i]' : ''};
    ${residual ? 'sum[start + i] = v;' : ''}`)}
  if (lane == 0u) { reciprocals[row] = reciprocal; ${centred ? 'means[row] = mean;' : ''} }`,
  );
}

/** dx by rows; then the sums for gain and bias over blocks of rows, then over blocks. */
export function normGradientPasses(gpu: GpuFacts, form: NormForm, size: Size): GpuPass[] {
  return [inputGradient(gpu, form, size), blockSums(gpu, form, size), gainGradient(gpu, form, size)];
}

function inputGradient(gpu: GpuFacts, form: NormForm, { rows, columns }: Size): GpuPass {
  const { centred, residual } = form;
  const at = gradientPlaces(form);
  const bindings = present([
    { name: 'x', place: at.x },
    { name: 'gain', place: at.gain },
    { name: 'means', place: at.means },
    { name: 'reciprocals', place: at.reciprocals },
    { name: 'dy', place: at.dy },
    { name: 'dSum', place: at.dSum },
    { name: 'dx', place: at.dx, writes: true },
  ]);
  const mean = centred ? 'means[row]' : '0.0';
  return rowPass(
    gpu,
    rows,
    bindings,
    `  let start = row * ${columns}u;
  let reciprocal = reciprocals[row];
  let mean = ${mean};
  var first = 0.0;
  var second = 0.0;
  for (var i = lane; i < ${columns}u; i += lanes) {
    let d = dy[start + i] * gain[i];
    first += d;
    second += d * (x[start + i] - mean) * reciprocal;
  }
  first = ${centred ? `laneSum(first, lane) / ${columns}.0` : '0.0'};
  second = laneSum(second, lane) / ${columns}.0;
  for (var i = lane; i < ${columns}u; i += lanes) {
    let scaled = (x[start + i] - mean) * reciprocal;
    dx[start + i] = (dy[start + i] * gain[i] - first - scaled * second) * reciprocal${residual ? ' + dSum[start + i]' : ''};
  }`,
  );
}

function blockSums(gpu: GpuFacts, form: NormForm, { rows, columns }: Size): GpuPass {
  const { centred } = form;
  const at = gradientPlaces(form);
  const bindings = present([
    { name: 'x', place: at.x },
    { name: 'means', place: at.means },
    { name: 'reciprocals', place: at.reciprocals },
    { name: 'dy', place: at.dy },
    { name: 'sums', place: { scratch: 0 }, writes: true },
  ]);
  const count = Math.ceil(rows / blockRows) * columns;
  const { workgroups, index } = gridOver(count, gpu);
  const body = `  let block = i / ${columns}u;
  let column = i % ${columns}u;
  var gainSum = 0.0;
  ${centred ? 'var biasSum = 0.0;' : ''}
  for (var row = block * ${blockRows}u; row < min(${rows}u, (block + 1u) * ${blockRows}u); row++) {
    let d = dy[row * ${columns}u + column];
    gainSum += d * (x[row * ${columns}u + column]${centred ? ' - means[row]' : ''}) * reciprocals[row];
    ${centred ? 'biasSum += d;' : ''}
  }
  sums[block * ${columns * (centred ? 2 : 1)}u + column] = gainSum;
  ${centred ? `sums[block * ${2 * columns}u + ${columns}u + column] = biasSum;` : ''}`;
  return { wgsl: gridShader(declare(bindings), body, index, count), bindings: placesOf(bindings), workgroups };
}

function gainGradient(gpu: GpuFacts, form: NormForm, { rows, columns }: Size): GpuPass {
  const at = gradientPlaces(form);
  const bindings = present([
    { name: 'sums', place: { scratch: 0 } },
    { name: 'dGain', place: at.dGain, writes: true },
    { name: 'dBias', place: at.dBias, writes: true },
  ]);
  const width = columns * (form.centred ? 2 : 1);
  const total = (name: string, from: number): string => `  var ${name}Total = 0.0;
  for (var block = 0u; block < ${Math.ceil(rows / blockRows)}u; block++) {
    ${name}Total += sums[block * ${width}u + ${from}u + i];
  }
  ${name}[i] = ${name}Total;`;
  const { workgroups, index } = gridOver(columns, gpu);
  const body = `${total('dGain', 0)}\n${form.centred ? total('dBias', columns) : ''}`;
  return { wgsl: gridShader(declare(bindings), body, index, columns), bindings: placesOf(bindings), workgroups };
}
