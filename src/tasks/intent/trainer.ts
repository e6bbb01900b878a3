// One training of an intent model in steps: every label of every fold is brought a few sweeps further in each, on all
// threads; then the folds' held rows give calibrators and temperature. The loop (workers/loop.ts) owns the order.
import type { TensorMap } from '../../contract/records';
import {
  groupArrays,
  groupState,
  makeGroup,
  problemBytes,
  problemsPerFit,
  type LinearGroup,
  type LinearJob,
  type LinearRows,
} from '../../../workers/kernels/linear/linear-work';
import type { LinearPool } from '../../../workers/pool';
import type { Scores, StepMetrics, Trainer } from '../task';
import { calibrate } from './calibrate';
import { ColumnStore } from './column-store';
import type { FitPlan } from './fits';
import { heldOutAccuracy } from './held-out';
import { IntentModel } from './model';
import { packModel } from './weights';
import { restoreArrays, storeArrays } from './checkpoint';
import type { TextFeatures } from './text-features';

/** Sweeps in all after each step of a group: close together while the curve moves, then to the end. */
const sweepsAfter = [1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 96, 128, 192, 256, 384, 512, 1000];
/** Iterations of the softmax in each step. */
const iterationsOf = [5, 5, 10, 10, 20, 20, 30, 30, 40, 40, 50, 50, 60, 60, 80, 80, 100, 100, 100, 100];
/** What the problems brought on together may take; more are worked on in turns. */
export interface GroupLimits {
  bytes: number;
  /** Multiply-adds of one sweep over all of them: about a second on one thread, so that a step can be stopped. */
  work: number;
}
export const groupLimits: GroupLimits = { bytes: 384e6, work: 4e8 };
/** From this much work in all, checkpoints are written on the way. */
const longWork = 2e10;

export interface IntentSetup {
  job: Omit<LinearJob, 'group'>;
  plan: FitPlan;
  features: TextFeatures;
  pool: LinearPool;
  labels: readonly string[];
  /** The label each class stands for. */
  classes: number[];
  temperature: boolean;
  limits: GroupLimits;
  note: (message: string) => void;
}

export class IntentTrainer implements Trainer {
  readonly totalSteps: number;
  readonly examplesPerStep: number;
  readonly threads: number;
  readonly cadence: Trainer['cadence'];
  readonly best = null;
  private readonly ranges: [first: number, last: number][];
  private readonly columns: ColumnStore;
  private group: { index: number; arrays: LinearGroup } | null = null;
  private model: IntentModel | null = null;

  constructor(private readonly setup: IntentSetup) {
    const { job, plan } = setup;
    this.ranges = groupRanges(job.rows, plan, setup.limits);
    this.totalSteps = this.ranges.length * sweepsAfter.length;
    this.examplesPerStep = job.rows.matrix.rows;
    this.threads = setup.pool.threads;
    const work = job.rows.matrix.indices.length * plan.fits.length * job.rows.outputs * 20;
    this.cadence = { log: 1, evaluate: 0, save: work > longWork ? 4 : 0 };
    this.columns = new ColumnStore(plan.fits.length * job.rows.outputs);
  }

  async step(step: number): Promise<StepMetrics> {
    if (step === 0) this.setup.plan.notes.forEach((message) => this.setup.note(message));
    const at = step % sweepsAfter.length;
    const group = this.open(Math.floor(step / sweepsAfter.length));
    await this.setup.pool.work({ kind: 'advance', untilSweep: sweepsAfter[at]!, iterations: iterationsOf[at]! });
    const { loss, solved } = groupState(group);
    const accuracy = heldOutAccuracy({ ...this.setup.job, group });
    if (at === sweepsAfter.length - 1) {
      await this.close(group);
      if (solved < 1)
        this.setup.note(
          `${Math.round((1 - solved) * group.problems.length)} of ${group.problems.length} classifiers were not solved to full precision within 1,000 sweeps. Lower C.`,
        );
    }
    return { loss, solved, ...(accuracy === null ? {} : { heldOutAccuracy: accuracy }) };
  }

  async score(texts: string[]): Promise<Scores> {
    return (await this.finished()).scoreAll(texts);
  }

  async state(): Promise<TensorMap> {
    const { job } = this.setup;
    return {
      ...storeArrays('current', this.group ? groupArrays(this.group.arrays) : []),
      ...storeArrays('held', [job.heldScores, job.sigmoids]),
      ...this.columns.state(),
    };
  }

  async restore(state: TensorMap, step: number): Promise<void> {
    const { job } = this.setup;
    this.model = null;
    this.group = null;
    restoreArrays('held', [job.heldScores, job.sigmoids], state);
    this.columns.restore(state);
    const index = Math.floor(step / sweepsAfter.length);
    if (step % sweepsAfter.length > 0) restoreArrays('current', groupArrays(this.open(index)), state);
  }

  async weights(): Promise<ReturnType<typeof packModel>> {
    return packModel((await this.finished()).parts, this.setup.plan.notes);
  }

  dispose(): void {
    this.setup.pool.dispose();
  }

  private open(index: number): LinearGroup {
    if (this.group?.index === index) return this.group.arrays;
    const { job, plan, pool } = this.setup;
    const [first, last] = this.ranges[index]!;
    const arrays = makeGroup(job.rows, plan.fits, first, last, pool.shared);
    this.group = { index, arrays };
    pool.load({ ...job, group: arrays });
    return arrays;
  }

  private async close(group: LinearGroup): Promise<void> {
    const { job, pool } = this.setup;
    await pool.work({ kind: 'finish' });
    this.columns.take(group, job.rows);
    this.group = null;
  }

  /** The model of all that was trained. Stopped early, what is left is brought a few sweeps on. */
  private async finished(): Promise<IntentModel> {
    if (this.model) return this.model;
    const { job, plan, features, labels, classes, pool } = this.setup;
    if (this.group) await this.close(this.group.arrays);
    for (const [index, [first]] of this.ranges.entries()) {
      if (this.columns.has(job.rows, first)) continue;
      const group = this.open(index);
      await pool.work({ kind: 'advance', untilSweep: 4, iterations: 10 });
      await this.close(group);
    }
    const { calibrators, temperature } = calibrate(job, plan, this.setup.temperature);
    this.model = new IntentModel(
      {
        features,
        coefficients: this.columns.coefficients(plan.members, job.rows),
        members: plan.members.length,
        outputs: job.rows.outputs,
        classes,
        calibration: plan.calibration,
        calibrators,
        temperature,
      },
      labels,
    );
    return this.model;
  }
}

/** Runs of consecutive problems that fit memory and can be swept in about a second. At least one each. */
function groupRanges(rows: LinearRows, plan: FitPlan, limits: GroupLimits): [number, number][] {
  const perFit = problemsPerFit(rows);
  const count = perFit * plan.fits.length;
  const meanEntries = rows.matrix.indices.length / Math.max(1, rows.matrix.rows);
  const ranges: [number, number][] = [];
  let first = 0;
  let bytes = 0;
  let work = 0;
  for (let p = 0; p < count; p++) {
    const fitRows = plan.fits[Math.floor(p / perFit)]!.rows.length;
    const nextBytes = problemBytes(rows, fitRows);
    const nextWork = meanEntries * fitRows * (rows.classifier === 'logistic' ? rows.outputs * 10 : 1);
    if (p > first && (bytes + nextBytes > limits.bytes || work + nextWork > limits.work)) {
      ranges.push([first, p]);
      first = p;
      bytes = work = 0;
    }
    bytes += nextBytes;
    work += nextWork;
  }
  ranges.push([first, count]);
  return ranges;
}
