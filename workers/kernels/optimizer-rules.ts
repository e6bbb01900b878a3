// What each optimizer does to one number, twice: in TypeScript for the reference, in WGSL for the GPU (the third time,
// in vectors, is optimizers.as.ts). Dense slabs and single rows of tables share them (optimizers.ts).

/** One element's view: everything a rule may read. */
export interface Moment {
  learningRate: number;
  /** 0 in parameters that do not decay. */
  weightDecay: number;
  epsilon: number;
  first: number;
  oneMinusFirst: number;
  second: number;
  oneMinusSecond: number;
  firstCorrection: number;
  secondCorrectionRoot: number;
  step: number;
  rateDecay: number;
}

export interface Rule {
  /** Name of the dense kernel; the one for rows is called `Sparse…`. */
  name: string;
  /** Number of the rule in optimizers.as.ts. */
  id: number;
  states: readonly string[];
  /** Names of the on/off settings, in the order of their bits. */
  flags: readonly string[];
  /** Returns the new parameter and updates `s` in place. */
  update(p: number, g: number, s: number[], h: Moment, flags: readonly boolean[]): number;
  /** The same on `p`, `g`, `s0` … with names of `Moment` shortened as in optimizers.ts. */
  wgsl(flags: readonly boolean[]): string;
}

/** torch.optim.SGD without momentum; decay is added to the gradient. */
const sgd: Rule = {
  name: 'Sgd',
  id: 0,
  states: [],
  flags: [],
  update: (p, g, _s, h) => p - h.learningRate * (g + h.weightDecay * p),
  wgsl: () => `p = p - rate * (g + decay * p);`,
};

/** torch.optim.SGD: the first step's buffer is the gradient itself, without dampening. */
const momentum: Rule = {
  name: 'SgdMomentum',
  id: 1,
  states: ['buffer'],
  flags: ['nesterov'],
  update(p, g, s, h, [nesterov]) {
    const slope = g + h.weightDecay * p;
    s[0] = h.step === 1 ? slope : h.first * s[0]! + h.oneMinusSecond * slope;
    return p - h.learningRate * (nesterov ? slope + h.first * s[0] : s[0]);
  },
  wgsl: ([nesterov]) => `
    let slope = g + decay * p;
    s0 = select(first * s0 + notSecond * slope, slope, step == 1.0);
    p = p - rate * ${nesterov ? '(slope + first * s0)' : 's0'};`,
};

function adamStep(p: number, g: number, s: number[], h: Moment, decoupled: boolean, largest: boolean): number {
  const kept = decoupled ? p * (1 - h.learningRate * h.weightDecay) : p;
  const slope = decoupled ? g : g + h.weightDecay * p;
  s[0] = h.first * s[0]! + h.oneMinusFirst * slope;
  s[1] = h.second * s[1]! + h.oneMinusSecond * slope * slope;
  if (largest) s[2] = Math.max(s[2]!, s[1]);
  const root = Math.sqrt(largest ? s[2]! : s[1]) / h.secondCorrectionRoot + h.epsilon;
  return kept - ((h.learningRate / h.firstCorrection) * s[0]) / root;
}
const adamWgsl = (decoupled: boolean, largest: boolean): string => `
    ${decoupled ? 'let slope = g; p = p * (1.0 - rate * decay);' : 'let slope = g + decay * p;'}
    s0 = first * s0 + notFirst * slope;
    s1 = second * s1 + notSecond * slope * slope;
    ${largest ? 's2 = max(s2, s1);' : ''}
    p = p - ((rate / correction) * s0) / (sqrt(${largest ? 's2' : 's1'}) / correctionRoot + epsilon);`;

/** torch.optim.Adam, and AdamW where `decoupled`. Epsilon is outside the root and after the bias correction. */
const adam: Rule = {
  name: 'Adam',
  id: 2,
  states: ['firstMoment', 'secondMoment'],
  flags: ['decoupled'],
  update: (p, g, s, h, [decoupled]) => adamStep(p, g, s, h, decoupled!, false),
  wgsl: ([decoupled]) => adamWgsl(decoupled!, false),
};

/** torch.optim.Adam with amsgrad: the largest second moment seen so far. */
const amsgrad: Rule = {
  name: 'AdamAmsgrad',
  id: 3,
  states: ['firstMoment', 'secondMoment', 'largestSecondMoment'],
  flags: ['decoupled'],
  update: (p, g, s, h, [decoupled]) => adamStep(p, g, s, h, decoupled!, true),
  wgsl: ([decoupled]) => adamWgsl(decoupled!, true),
};

/** torch.optim.Adagrad. */
const adagrad: Rule = {
  name: 'Adagrad',
  id: 4,
  states: ['squares'],
  flags: [],
  update(p, g, s, h) {
    const slope = g + h.weightDecay * p;
    s[0] = s[0]! + slope * slope;
    return p - ((h.learningRate / (1 + (h.step - 1) * h.rateDecay)) * slope) / (Math.sqrt(s[0]) + h.epsilon);
  },
  wgsl: () => `
    let slope = g + decay * p;
    s0 = s0 + slope * slope;
    p = p - ((rate / (1.0 + (step - 1.0) * rateDecay)) * slope) / (sqrt(s0) + epsilon);`,
};

/** torch.optim.RMSprop. */
const rmsprop: Rule = {
  name: 'RmsProp',
  id: 5,
  states: ['squares'],
  flags: [],
  update(p, g, s, h) {
    const slope = g + h.weightDecay * p;
    s[0] = h.first * s[0]! + h.oneMinusFirst * slope * slope;
    return p - (h.learningRate * slope) / (Math.sqrt(s[0]) + h.epsilon);
  },
  wgsl: () => `
    let slope = g + decay * p;
    s0 = first * s0 + notFirst * slope * slope;
    p = p - (rate * slope) / (sqrt(s0) + epsilon);`,
};

/** torch.optim.RMSprop with momentum, centred or not. */
const rmspropMomentum: Rule = {
  name: 'RmsPropMomentum',
  id: 6,
  states: ['squares', 'average', 'buffer'],
  flags: ['centered'],
  update(p, g, s, h, [centered]) {
    const slope = g + h.weightDecay * p;
    s[0] = h.first * s[0]! + h.oneMinusFirst * slope * slope;
    if (centered) s[1] = s[1]! + h.oneMinusFirst * (slope - s[1]!);
    // Rounding may bring the variance of a constant gradient below zero.
    const variance = centered ? Math.max(0, s[0] - s[1]! * s[1]!) : s[0];
    s[2] = h.second * s[2]! + slope / (Math.sqrt(variance) + h.epsilon);
    return p - h.learningRate * s[2];
  },
  wgsl: ([centered]) => `
    let slope = g + decay * p;
    s0 = first * s0 + notFirst * slope * slope;
    ${centered ? 's1 = s1 + notFirst * (slope - s1);' : ''}
    s2 = second * s2 + slope / (sqrt(${centered ? 'max(0.0, s0 - s1 * s1)' : 's0'}) + epsilon);
    p = p - rate * s2;`,
};

/** Lion (Chen et al. 2023); sign(0) = 0; decay is decoupled. */
const lion: Rule = {
  name: 'Lion',
  id: 7,
  states: ['momentum'],
  flags: [],
  update(p, g, s, h) {
    const direction = Math.sign(h.first * s[0]! + h.oneMinusFirst * g);
    s[0] = h.second * s[0]! + h.oneMinusSecond * g;
    return p * (1 - h.learningRate * h.weightDecay) - h.learningRate * direction;
  },
  wgsl: () => `
    let direction = sign(first * s0 + notFirst * g);
    s0 = second * s0 + notSecond * g;
    p = p * (1.0 - rate * decay) - rate * direction;`,
};

export const rules: readonly Rule[] = [sgd, momentum, adam, amsgrad, adagrad, rmsprop, rmspropMomentum, lion];
