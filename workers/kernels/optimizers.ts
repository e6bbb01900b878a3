// Optimizer updates in place, each rule twice: over a whole slab in one launch however many parameters lie in it, and
// over the rows of a table that a batch touched (untouched rows keep value and moments: "lazy", as torch's SparseAdam).
// Numbers that change each step come in `hyper` and `control` (optimizer-layout.ts), so the calls never change.
import { defineKernel, sizeOf, type CallShape, type GpuPass, type Kernel, type Numbers, type Spec } from './kernel';
import { controlAt, controlWords, hyperAt, hyperWords, wordsPerRate } from './optimizer-layout';
import { rules, type Moment, type Rule } from './optimizer-rules';
import { gridOver, gridShader, workgroupSize } from './wgsl-grid';

/** Fixed inputs of a dense update; the states follow, and, where parameters have rates of their own, `rates`. */
const denseInputs = ['parameters', 'gradients', 'hyper', 'control'] as const;
/** `gradients` [n, dim] belong to rows `rows` [n or more, such as segments] of `parameters` [·, dim], up to the first -1. */
const sparseInputs = [...denseInputs, 'rows'] as const;

/** Elements an invocation updates one after another: it reads the step's settings once for all of them. */
const perInvocation = 8;

/** What a rule reads, for a parameter that decays or not, whose rate is `factor` times the step's. */
function momentOf(hyper: Numbers, control: Numbers, decays: boolean, factor = 1): Moment {
  return {
    learningRate: hyper[hyperAt.learningRate]! * factor,
    weightDecay: decays ? hyper[hyperAt.weightDecay]! : 0,
    epsilon: hyper[hyperAt.epsilon]!,
    first: hyper[hyperAt.first]!,
    oneMinusFirst: hyper[hyperAt.oneMinusFirst]!,
    second: hyper[hyperAt.second]!,
    oneMinusSecond: hyper[hyperAt.oneMinusSecond]!,
    firstCorrection: control[controlAt.firstCorrection]!,
    secondCorrectionRoot: control[controlAt.secondCorrectionRoot]!,
    step: control[controlAt.step]!,
    rateDecay: hyper[hyperAt.rateDecay]!,
  };
}

function updateSpan(
  rule: Rule,
  flags: readonly boolean[],
  inputs: readonly Numbers[],
  states: readonly Numbers[],
  moment: Moment,
  from: number,
  gradientFrom: number,
  count: number,
): void {
  const [parameters, gradients, hyper, control] = inputs as [Numbers, Numbers, Numbers, Numbers];
  const scale = control[controlAt.gradientScale]!;
  const most = hyper[hyperAt.maxValue]! || Infinity;
  const s = states.map(() => 0);
  for (let i = from, j = gradientFrom; i < from + count; i++, j++) {
    states.forEach((state, k) => (s[k] = state[i]!));
    const g = Math.max(-most, Math.min(most, gradients[j]! * scale));
    parameters[i] = rule.update(parameters[i]!, g, s, moment, flags);
    states.forEach((state, k) => (state[i] = s[k]!));
  }
}

/** What all elements of an invocation share. */
function settingsWgsl(rate: string): string {
  const at = (name: keyof typeof hyperAt): string => `hyper[${hyperAt[name]}]`;
  const of = (name: keyof typeof controlAt): string => `control[${controlAt[name]}]`;
  return `
    if (${of('apply')} == 0.0) { return; }
    let ${rate} = ${at('learningRate')};
    let fullDecay = ${at('weightDecay')};
    let epsilon = ${at('epsilon')};
    let first = ${at('first')};
    let notFirst = ${at('oneMinusFirst')};
    let second = ${at('second')};
    let notSecond = ${at('oneMinusSecond')};
    let rateDecay = ${at('rateDecay')};
    let correction = ${of('firstCorrection')};
    let correctionRoot = ${of('secondCorrectionRoot')};
    let step = ${of('step')};
    let most = select(3.4e38, ${at('maxValue')}, ${at('maxValue')} > 0.0);
    let scale = ${of('gradientScale')};`;
}

/** The body shared by both shaders: element `i` of the parameters, gradient `j`. */
function updateWgsl(rule: Rule, flags: readonly boolean[], decays: string): string {
  return `
    let decay = select(0.0, fullDecay, ${decays});
    let g = clamp(gradients[j] * scale, -most, most);
    var p = parameters[i];
    ${rule.states.map((_, k) => `var s${k} = state${k}[i];`).join('\n    ')}
    ${rule.wgsl(flags)}
    parameters[i] = p;
    ${rule.states.map((_, k) => `state${k}[i] = s${k};`).join('\n    ')}`;
}

const bindingsOf = (rule: Rule, sparse: boolean, rates = false): string[] => [
  'var<storage, read_write> parameters: array<f32>',
  'var<storage, read> gradients: array<f32>',
  'var<storage, read> hyper: array<f32>',
  'var<storage, read> control: array<f32>',
  ...(sparse ? ['var<storage, read> rows: array<i32>'] : []),
  ...rule.states.map((_, k) => `var<storage, read_write> state${k}: array<f32>`),
  ...(rates ? ['var<storage, read> rates: array<f32>'] : []),
];

function expectSizes(name: string, inputs: readonly Spec[], expected: readonly number[]): void {
  expected.forEach((size, i) => {
    const found = inputs[i] ? sizeOf(inputs[i]) : -1;
    if (found !== size) throw new Error(`${name}: input ${i} has ${found} numbers, but ${size} are needed.`);
  });
}

const flagsOf = (rule: Rule, call: CallShape): boolean[] => rule.flags.map((flag) => call.attrs[flag] === true);
/** A table's rate, as a multiple of the step's. */
const factorOf = ({ attrs }: CallShape): number => Number(attrs['rateFactor'] ?? 1);
const bitsOf = (rule: Rule, call: CallShape): number => (flagsOf(rule, call)[0] ? 1 : 0);
const places = (from: number, count: number): ({ input: number } | 0)[] =>
  Array.from({ length: 3 }, (_, k) => (k < count ? { input: from + k } : 0));
const inputPlaces = (count: number): { input: number }[] => Array.from({ length: count }, (_, input) => ({ input }));

// √ and bias corrections as after three steps of β = 0.9 and 0.999; half the gradient; nothing skipped.
const hyperCase = [0.01, 0.1, 1e-8, 0.9, 0.1, 0.99, 0.01, 0.10536, 0.01005, 1, 0, 0.9, 0, 0.1, 0.99, 0.01];
const controlCase = [0.5, 1, 0.271, 0.1723, 2, 3, 1, 1];
const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });
const numbersCase = (values: readonly number[]) => ({ ...float(values.length), fill: { values } });
const skipped = controlCase.map((value, i) => (i === controlAt.apply ? 0 : value));
const firstStep = controlCase.map((value, i) => (i === controlAt.step ? 1 : value));

function denseKernel(rule: Rule): Kernel {
  const name = `${rule.name}Update`;
  const off = Object.fromEntries(rule.flags.map((flag) => [flag, false]));
  const on = Object.fromEntries(rule.flags.map((flag) => [flag, true]));
  const ratesAt = denseInputs.length + rule.states.length;
  const words = (
    n: number,
    control: readonly number[],
    attrs: Record<string, boolean>,
    decayed: number,
    rates: number[] = [],
  ) => ({
    inputs: [
      ...[float(n), float(n), numbersCase(hyperCase), numbersCase(control)],
      ...rule.states.map(() => ({ ...float(n), fill: 'positive' as const })),
      ...(rates.length > 0 ? [{ ...float(Math.ceil(n / wordsPerRate)), fill: { values: rates } }] : []),
    ],
    attrs: { ...attrs, decayed },
  });
  return defineKernel({
    name,
    inputs: [...denseInputs, ...rule.states, 'rates'],
    mutates: [0, ...rule.states.map((_, k) => denseInputs.length + k)],
    infer(inputs) {
      const size = sizeOf(inputs[0]!);
      const rates = inputs.length > ratesAt ? [Math.ceil(size / wordsPerRate)] : [];
      expectSizes(name, inputs, [size, size, hyperWords, controlWords, ...rule.states.map(() => size), ...rates]);
      return [];
    },
    reference(inputs, _outputs, call) {
      const control = inputs[3]!;
      if (control[controlAt.apply] === 0) return;
      const size = inputs[0]!.length;
      const decayed = Math.min(size, Number(call.attrs.decayed ?? size));
      const states = inputs.slice(denseInputs.length, ratesAt);
      const flags = flagsOf(rule, call);
      const rates = inputs[ratesAt];
      const span = rates ? wordsPerRate : size;
      for (let from = 0; from < size; from += span) {
        const end = Math.min(size, from + span);
        const middle = Math.max(from, Math.min(end, decayed));
        const factor = rates?.[from / wordsPerRate] ?? 1;
        const decaying = momentOf(inputs[2]!, control, true, factor);
        updateSpan(rule, flags, inputs, states, decaying, from, from, middle - from);
        const rest = momentOf(inputs[2]!, control, false, factor);
        updateSpan(rule, flags, inputs, states, rest, middle, middle, end - middle);
      }
    },
    wasm(call) {
      const size = sizeOf(call.inputs[0]!);
      const states = places(denseInputs.length, rule.states.length);
      const args = [
        rule.id,
        bitsOf(rule, call),
        ...inputPlaces(4),
        ...states,
        call.inputs.length > ratesAt ? { input: ratesAt } : 0,
        size,
        Number(call.attrs.decayed ?? size),
      ];
      return [{ fn: 'optimizer_update', args }];
    },
    webgpu(call, gpu): GpuPass[] {
      const size = sizeOf(call.inputs[0]!);
      const invocations = Math.ceil(size / (perInvocation * workgroupSize)) * workgroupSize;
      const { workgroups, index } = gridOver(invocations, gpu);
      const decays = `i < ${Number(call.attrs.decayed ?? size)}u`;
      const rates = call.inputs.length > ratesAt;
      // A workgroup's elements are neighbours, and so are those that its lanes work on at one time.
      const body = `${settingsWgsl(rates ? 'sharedRate' : 'rate')}
    let start = (at / ${workgroupSize}u) * ${perInvocation * workgroupSize}u + at % ${workgroupSize}u;
    let end = min(start + ${perInvocation * workgroupSize}u, ${size}u);
    for (var i = start; i < end; i += ${workgroupSize}u) {
    let j = i;${rates ? `\n    let rate = sharedRate * rates[i / ${wordsPerRate}u];` : ''}${updateWgsl(rule, flagsOf(rule, call), decays)}
    }`;
      return [
        {
          wgsl: gridShader(bindingsOf(rule, false, rates), body, index, invocations, 'at'),
          bindings: inputPlaces(call.inputs.length),
          workgroups,
        },
      ];
    },
    cases: [
      words(1, controlCase, off, 1),
      words(63, controlCase, on, 32),
      words(64, firstStep, off, 64),
      words(65, controlCase, off, 0),
      words(257, skipped, off, 100),
      words(1000, controlCase, on, 512),
      words(300, controlCase, off, 128, [1, 0.5, 0.5, 0, 2]),
    ],
  });
}

function sparseKernel(rule: Rule): Kernel {
  const name = `Sparse${rule.name}Update`;
  const off = Object.fromEntries(rule.flags.map((flag) => [flag, false]));
  const on = Object.fromEntries(rule.flags.map((flag) => [flag, true]));
  const table = (vocabulary: number, dim: number, rows: number[], attrs: Record<string, boolean | number>) => ({
    inputs: [
      ...[float(vocabulary, dim), float(rows.length, dim), numbersCase(hyperCase), numbersCase(controlCase)],
      { shape: [rows.length], dtype: 'int32' as const, fill: { values: rows } },
      ...rule.states.map(() => ({ ...float(vocabulary, dim), fill: 'positive' as const })),
    ],
    attrs,
  });
  return defineKernel({
    name,
    inputs: [...sparseInputs, ...rule.states],
    mutates: [0, ...rule.states.map((_, k) => sparseInputs.length + k)],
    infer(inputs) {
      const size = sizeOf(inputs[0]!);
      const count = inputs[1]!.shape[0] ?? 0;
      const dim = inputs[0]!.shape.at(-1) ?? 1;
      const states = rule.states.map(() => size);
      const rows = sizeOf(inputs[4]!);
      if (rows < count) throw new Error(`${name}: ${count} rows of gradients, but ${rows} row numbers.`);
      expectSizes(name, inputs, [size, count * dim, hyperWords, controlWords, rows, ...states]);
      return [];
    },
    reference(inputs, _outputs, call) {
      const control = inputs[3]!;
      if (control[controlAt.apply] === 0) return;
      const dim = call.inputs[0]!.shape.at(-1) ?? 1;
      const moment = momentOf(inputs[2]!, control, call.attrs.decays === true, factorOf(call));
      const states = inputs.slice(sparseInputs.length);
      inputs[4]!.subarray(0, call.inputs[1]!.shape[0]).forEach((row, u) => {
        if (row >= 0) updateSpan(rule, flagsOf(rule, call), inputs, states, moment, row * dim, u * dim, dim);
      });
    },
    wasm(call) {
      const states = places(sparseInputs.length, rule.states.length);
      const [count, dim] = call.inputs[1]!.shape as [number, number];
      const sizes = [count, dim, call.attrs.decays === true ? 1 : 0, factorOf(call)];
      const args = [rule.id, bitsOf(rule, call), ...inputPlaces(5), ...states, ...sizes];
      return [{ fn: 'sparse_optimizer_update', args }];
    },
    webgpu(call, gpu): GpuPass[] {
      const dim = call.inputs[0]!.shape.at(-1) ?? 1;
      const size = sizeOf(call.inputs[1]!);
      const { workgroups, index } = gridOver(size, gpu);
      const body = `    let row = rows[j / ${dim}u];
    if (row < 0) { return; }
    let i = u32(row) * ${dim}u + j % ${dim}u;${settingsWgsl(factorOf(call) === 1 ? 'rate' : 'sharedRate')}${factorOf(call) === 1 ? '' : `\n    let rate = sharedRate * ${factorOf(call)}f;`}${updateWgsl(rule, flagsOf(rule, call), String(call.attrs.decays === true))}`;
      return [
        {
          wgsl: gridShader(bindingsOf(rule, true), body, index, size, 'j'),
          bindings: inputPlaces(sparseInputs.length + rule.states.length),
          workgroups,
        },
      ];
    },
    cases: [
      table(5, 3, [4, 0, -1], { ...off, decays: true }),
      table(4, 64, [2], { ...off, decays: false }),
      table(6, 9, [1, 4, -1], { ...off, decays: true, rateFactor: 0.25 }),
      table(
        70,
        16,
        Array.from({ length: 40 }, (_, i) => (i < 33 ? 69 - 2 * i : -1)),
        { ...on, decays: true },
      ),
    ],
  });
}

/** `SgdUpdate`, `AdamUpdate` … */
export const denseUpdates: Readonly<Record<string, Kernel>> = Object.fromEntries(
  rules.map((rule) => [rule.name, denseKernel(rule)]),
);
/** `SparseSgdUpdate`, `SparseAdamUpdate` … */
export const sparseUpdates: Readonly<Record<string, Kernel>> = Object.fromEntries(
  rules.map((rule) => [rule.name, sparseKernel(rule)]),
);
/** What each rule remembers of a number, by the rule's name. */
export const statesOf: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  rules.map((rule) => [rule.name, rule.states]),
);
export const optimizerKernels: readonly Kernel[] = [...Object.values(denseUpdates), ...Object.values(sparseUpdates)];
