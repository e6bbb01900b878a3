// Limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.5) with a weak-Wolfe line search by bisection. For smooth
// convex functions; keeps no state between calls, so that a run cut into calls repeats exactly.

export interface Minimised {
  value: number;
  iterations: number;
  /** True once the largest gradient entry is at most `tolerance`. */
  done: boolean;
}

/** How a minimum is looked for. */
export interface MinimiseOptions {
  iterations: number;
  tolerance: number;
  memory: number;
  /** Steps of an earlier search for nearly the same minimum, which this one goes on from and adds to. */
  remembered?: RememberedStep[];
}

/** A step and how the gradient changed over it. */
export interface RememberedStep {
  s: Float64Array;
  y: Float64Array;
  rho: number;
}

/** `evaluate` writes the gradient at `x` and returns the value. `x` is moved in place. */
export function minimise(
  x: Float64Array,
  evaluate: (x: Float64Array, gradient: Float64Array) => number,
  options: MinimiseOptions,
): Minimised {
  const search = minimising(x, options);
  let next = search.next();
  while (!next.done) next = search.next(evaluate(next.value.at, next.value.gradient));
  return next.value;
}

/** The same where the value comes from a device: asks wait for it. */
export async function minimiseAsked(
  x: Float64Array,
  evaluate: (x: Float64Array, gradient: Float64Array) => Promise<number>,
  options: MinimiseOptions,
): Promise<Minimised> {
  const search = minimising(x, options);
  let next = search.next();
  while (!next.done) next = search.next(await evaluate(next.value.at, next.value.gradient));
  return next.value;
}

/** A place whose value is asked for; the gradient there is written into `gradient`. */
interface Asked {
  at: Float64Array;
  gradient: Float64Array;
}

function* minimising(x: Float64Array, options: MinimiseOptions): Generator<Asked, Minimised, number> {
  const size = x.length;
  let gradient = new Float64Array(size);
  let nextGradient = new Float64Array(size);
  const next = new Float64Array(size);
  const direction = new Float64Array(size);
  const pairs = options.remembered ?? [];
  let value = yield { at: x, gradient };
  let iterations = 0;
  while (largest(gradient) > options.tolerance) {
    if (iterations >= options.iterations) return { value, iterations, done: false };
    descentDirection(direction, gradient, pairs);
    const slope = dot(direction, gradient);
    if (!(slope < 0)) break;
    let step = pairs.length === 0 ? Math.min(1, 1 / norm(gradient)) : 1;
    let low = 0;
    let high = Infinity;
    let found = value;
    for (let tries = 0; tries < 50; tries++) {
      for (let i = 0; i < size; i++) next[i] = x[i]! + step * direction[i]!;
      found = yield { at: next, gradient: nextGradient };
      if (!(found <= value + 1e-4 * step * slope)) high = step;
      else if (dot(nextGradient, direction) < 0.9 * slope) low = step;
      else break;
      step = high < Infinity ? (low + high) / 2 : step * 2;
    }
    // No lower value within rounding: this is the minimum as far as these numbers can tell.
    if (!(found < value)) break;
    const recycled = pairs.length >= options.memory ? pairs.shift()! : undefined;
    const s = recycled?.s ?? new Float64Array(size);
    const y = recycled?.y ?? new Float64Array(size);
    for (let i = 0; i < size; i++) {
      s[i] = next[i]! - x[i]!;
      y[i] = nextGradient[i]! - gradient[i]!;
    }
    const curvature = dot(s, y);
    if (curvature > 1e-300) pairs.push({ s, y, rho: 1 / curvature });
    x.set(next);
    [gradient, nextGradient] = [nextGradient, gradient];
    value = found;
    iterations++;
  }
  return { value, iterations, done: true };
}

function descentDirection(direction: Float64Array, gradient: Float64Array, pairs: readonly RememberedStep[]): void {
  for (let i = 0; i < direction.length; i++) direction[i] = -gradient[i]!;
  const factors = new Float64Array(pairs.length);
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { s, y, rho } = pairs[k]!;
    factors[k] = rho * dot(s, direction);
    addScaled(direction, y, -factors[k]!);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  pairs.forEach(({ s, y, rho }, k) => addScaled(direction, s, factors[k]! - rho * dot(y, direction)));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
const norm = (a: Float64Array): number => Math.sqrt(dot(a, a));
function largest(a: Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]!));
  return most;
}
function addScaled(a: Float64Array, b: Float64Array, scale: number): void {
  for (let i = 0; i < a.length; i++) a[i]! += scale * b[i]!;
}
