// The functions of math.as.ts over the whole range of a float, through the kernels that are made of nothing else.
import { beforeAll, describe, expect, it } from 'vitest';
import { loadKernels } from '../../scripts/wasm-node.mjs';
import { createMemory, functionNames, instantiate, loadModule, type Instance } from '../backends/wasm-module';
import { erf } from './erf';

/** Every exponent with several fractions, both signs, and what is special. */
function sweep(): Float32Array {
  const values: number[] = [0, -0, Infinity, -Infinity, NaN, 1, -1, 2 ** -149, -(2 ** -149), 3.4028234663852886e38];
  for (let exponent = -149; exponent <= 127; exponent++)
    for (let i = 0; i < 40; i++) for (const sign of [1, -1]) values.push(sign * 2 ** exponent * (1 + i / 40));
  for (let i = -120000; i <= 120000; i++) values.push(i / 1000);
  return Float32Array.from(values);
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const geluErf = (x: number): number => (x < -40 ? 0 : 0.5 * x * (1 + erf(x * Math.SQRT1_2)));
/** Below this a result may be flushed to 0 (only exp promises denormals). */
const smallest = 1.2e-38;

interface Row {
  fn: string;
  right: (x: number) => number;
  relative: number;
  absolute: number;
  within: number;
}

describe.each(['relaxed', 'simd'] as const)('%s build', (build) => {
  let instance: Instance;
  let names: string[];
  let memory: WebAssembly.Memory;
  beforeAll(async () => {
    const module = await loadModule(build, loadKernels);
    memory = createMemory(false);
    instance = await instantiate(module, memory, () => undefined);
    names = functionNames(module);
  });

  function apply(fn: string, x: Float32Array): Float32Array {
    const from = (instance.memoryStart + 63) & ~63;
    const to = (from + x.byteLength + 63) & ~63;
    const missing = to + x.byteLength - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    new Float32Array(memory.buffer, from, x.length).set(x);
    instance.functions[names.indexOf(fn)]!(from, to, x.length, 0, 1);
    return new Float32Array(memory.buffer, to, x.length).slice();
  }

  const all = Infinity;
  it.each<Row>([
    { fn: 'exp', right: Math.exp, relative: 5e-7, absolute: 2 ** -148, within: all },
    { fn: 'log', right: Math.log, relative: 5e-7, absolute: 0, within: all },
    { fn: 'tanh', right: Math.tanh, relative: 1e-6, absolute: 0, within: all },
    { fn: 'sigmoid', right: sigmoid, relative: 1e-6, absolute: smallest, within: all },
    { fn: 'softplus', right: softplus, relative: 1e-6, absolute: smallest, within: all },
    // 1 + erf loses what it loses in PyTorch, too: the tail is right as a part of x.
    { fn: 'gelu_erf', right: geluErf, relative: 1e-6, absolute: 1e-6, within: 3e38 },
  ])('$fn is right within $relative', ({ fn, right, relative, absolute, within }) => {
    const x = sweep().filter((value) => !(Math.abs(value) > within) || Number.isNaN(value));
    const y = apply(fn, x);
    let worst = { off: 0, x: 0, found: 0, expected: 0 };
    x.forEach((value, i) => {
      const expected = Math.fround(right(value));
      const found = y[i]!;
      if (Object.is(found, expected) || found === expected) return;
      const off = (Math.abs(found - expected) - absolute) / Math.abs(expected);
      if (!(off <= worst.off)) worst = { off: Number.isNaN(off) ? Infinity : off, x: value, found, expected };
    });
    expect(worst.off, JSON.stringify(worst)).toBeLessThanOrEqual(relative);
  });

  it('erf comes to its limits, so that GELU is 0 or its argument', () => {
    const y = apply('gelu_erf', Float32Array.of(-1000, -1e30, 1000, 6, 0));
    expect([...y].map((value) => value + 0)).toEqual([0, 0, 1000, 6, 0]);
  });
});
