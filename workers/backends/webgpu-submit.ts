// Handing work to the GPU in portions of measured length, so that the page's own drawing gets its turn and no
// submission comes near the two seconds after which operating systems reset a device. Counts time, knows no plans.
import type { GpuHealth } from './webgpu-health';

/** Milliseconds of one submission: considerate, and at full speed. */
export const considerateMs = 50;
export const fullSpeedMs = 500;

/** [from, to) of consecutive calls. */
export type Portion = readonly [number, number];

/** Cuts calls into portions that cost at most `budgetMs` each; a call that costs more, or must be, is alone. */
export function cutPortions(
  costs: ArrayLike<number>,
  budgetMs: number,
  alone: (call: number) => boolean = () => false,
): Portion[] {
  const portions: Portion[] = [];
  let from = 0;
  let sum = 0;
  for (let call = 0; call < costs.length; call++) {
    const cost = costs[call] ?? 0;
    if (call > from && (sum + cost > budgetMs || alone(call) || alone(call - 1))) {
      portions.push([from, call]);
      from = call;
      sum = 0;
    }
    sum += cost;
  }
  if (from < costs.length) portions.push([from, costs.length]);
  return portions;
}

/** Moves the estimates of a portion's calls towards what the portion took; never by more than four times at once. */
export function learnCosts(costs: Float64Array, [from, to]: Portion, measuredMs: number): void {
  let estimate = 0;
  for (let call = from; call < to; call++) estimate += costs[call] ?? 0;
  const ratio = Math.min(4, Math.max(0.25, measuredMs / Math.max(estimate, 1e-3)));
  // Too long is learnt at once, too short slowly: a pause of the machine must not make portions grow.
  const factor = ratio > 1 ? ratio : 1 + 0.2 * (ratio - 1);
  for (let call = from; call < to; call++) costs[call] = Math.max(1e-3, (costs[call] ?? 0) * factor);
}

interface Flight {
  estimateMs: number;
  done: Promise<void>;
}

export class GpuSubmitter {
  private flights: Flight[] = [];
  private lastDone = 0;
  budgetMs = considerateMs;

  constructor(
    private readonly device: GPUDevice,
    private readonly health: GpuHealth,
    private readonly answerMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Submits once little enough is under way: two portions' worth of time, at most eight submissions. `done` resolves
   * with the milliseconds it took on the device, and rejects never: failures end what awaits the health.
   */
  async submit(commands: GPUCommandBuffer, estimateMs: number): Promise<{ done: Promise<number> }> {
    this.health.check();
    while (this.flights.length >= 8 || (this.flights.length > 0 && this.underWay() + estimateMs > 2 * this.budgetMs))
      await this.flights[0]?.done;
    this.health.check();
    const submitted = this.now();
    this.device.queue.submit([commands]);
    const answered = this.health.guard(this.device.queue.onSubmittedWorkDone(), this.answerMs);
    const measured = answered.then(
      () => {
        const end = this.now();
        const took = end - Math.max(submitted, this.lastDone);
        this.lastDone = end;
        return took;
      },
      () => 0,
    );
    const flight: Flight = { estimateMs, done: measured.then(() => undefined) };
    this.flights.push(flight);
    void flight.done.then(() => (this.flights = this.flights.filter((each) => each !== flight)));
    return { done: measured };
  }

  /** Resolves when all that was submitted is done. */
  async settled(): Promise<void> {
    await this.health.guard(this.device.queue.onSubmittedWorkDone(), this.answerMs);
  }

  private underWay(): number {
    return this.flights.reduce((sum, flight) => sum + flight.estimateMs, 0);
  }
}
