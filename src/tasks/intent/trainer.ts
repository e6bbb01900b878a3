// One training of an intent model in steps: every label of every fold is brought a few sweeps further in each, on all
// threads; then the folds' held rows give calibrators and temperature. The loop (workers/loop.ts) owns the order.
import type { TensorMap } from '../../contract/records';
import { groupArrays, groupState, makeGroup, type LinearGroup } from '../../../workers/kernels/linear/linear-work';
import type { LinearPool } from '../../../workers/pool';
import type { Scores, StepMetrics, LabelTrainer } from '../task';
import { calibrate } from './calibrate';
import { ColumnStore } from './column-store';
import type { FitPlan } from './fits';
import type { TrainingJob } from './job';
import { heldOutAccuracy } from './held-out';
import { IntentModel } from './model';
import { packModel } from './weights';
import { restoreArrays, storeArrays } from './checkpoint';
import type { TextFeatures } from './text-features';

/** Sweeps in all after each step of a group: close together while the curve moves, then to the end. */
const sweepsAfter = [1, 2, 3, 4, 6, 8, 11, 16, 24, 36, 54, 80, 160, 1000];
/** Iterations of the softmax in each step. */
const iterationsOf = [5, 5, 10, 15, 20, 30, 40, 60, 80, 100, 140, 180, 220, 220];
/** From this much work in all, checkpoints are written on the way. */
const longWork = 2e10;

export interface IntentSetup extends TrainingJob {
  plan: FitPlan;
  features: TextFeatures;
  pool: LinearPool;
  labels: readonly string[];
  /** The label each class stands for. */
  classes: number[];
  temperature: boolean;
  note: (message: string) => void;
  report: (phase: string, fraction: number | null) => void;
}

export class IntentTrainer implements LabelTrainer {
  readonly totalSteps: number;
  readonly examplesPerStep: number;
  readonly threads: number;
  readonly cadence: LabelTrainer['cadence'];
  readonly best = null;
  private readonly columns: ColumnStore;
  private group: { index: number; arrays: LinearGroup } | null = null;
  private model: IntentModel | null = null;

  constructor(private readonly setup: IntentSetup) {
    const { job, plan } = setup;
    this.totalSteps = setup.ranges.length * sweepsAfter.length;
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
    const { job, ranges, space, pool } = this.setup;
    const [first, last] = ranges[index]!;
    this.setup.release();
    const arrays = makeGroup(job.rows, job.fits, first, last, space, pool.shared);
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
    const { job, plan, ranges, features, labels, classes, pool } = this.setup;
    if (this.group) await this.close(this.group.arrays);
    for (const [index, [first]] of ranges.entries()) {
      if (this.columns.has(job.rows, first)) continue;
      const group = this.open(index);
      await pool.work({ kind: 'advance', untilSweep: 4, iterations: 10 });
      await this.close(group);
    }
    this.setup.report('calibrating', null);
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
