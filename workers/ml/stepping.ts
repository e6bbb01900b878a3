// A stepper as a trainer of a run uses it: figures of each step when the device has told them, what overflowed in mixed
// precision, and what a session holds. Batches, schedules and evaluation are the trainer's.
import type { MemoryNeed } from '../../src/contract/engine';
import { DeviceError } from '../../src/contract/errors';
import type { StepMetrics, StepOptions } from '../../src/tasks/task';
import type { Device, Session } from '../backends/device';
import { lossScaleRange, scalerAt } from '../kernels/optimizer-layout';
import { profileOf } from '../tape/profile';
import type { Parameters } from './parameters';
import type { Stepper, StepOptions as OneStep, StepRecord } from './step';
import type { StepInputs } from './step-context';
import type { StepperState } from './step-state';

/** The device's log holds 64 steps; it is read before that even where nobody asks. */
const mostUntold = 60;

export interface SteppingOptions {
  device: Device;
  session: Session;
  parameters: Parameters;
  stepper: Stepper;
  /** Mixed precision: steps whose gradients overflow are skipped and counted, and the loss scale halves. */
  half?: boolean;
}

export class Stepping {
  private untold: StepRecord[] = [];
  private unread = 0;
  private skipped = 0;

  constructor(private readonly options: SteppingOptions) {}

  /** One step. What it gives is empty where the device has not answered yet: see `told`. */
  async run(
    microBatches: readonly StepInputs[],
    step: OneStep,
    onProfile?: StepOptions['onProfile'],
  ): Promise<StepMetrics> {
    const { device, stepper } = this.options;
    await stepper.run(microBatches, {
      ...step,
      ...(onProfile
        ? {
            onTimes: (runs) =>
              onProfile({ ...profileOf(runs), threads: device.threads, memory: this.memoryOfSession() }),
          }
        : {}),
    });
    this.unread++;
    // WebAssembly has done the step by now; waiting for a GPU each time would leave it idle in between.
    if (device.backend === 'webgpu' && this.unread < mostUntold) return {};
    await this.read();
    return device.backend === 'webgpu' ? {} : this.valuesOf(this.untold.splice(0).at(-1));
  }

  async told(): Promise<{ step: number; values: StepMetrics }[]> {
    await this.read();
    return this.untold.splice(0).map((record) => ({ step: record.step, values: this.valuesOf(record) }));
  }

  restore(state: StepperState): void {
    this.options.stepper.restore(state);
    this.untold = [];
    this.unread = 0;
    this.skipped = state.tensors['scaler']?.data[scalerAt.skipped] ?? 0;
  }

  /** `data`: bytes of rows that the trainer keeps. */
  memory(data: number): MemoryNeed {
    const { parameters, optimizer, total } = this.memoryOfSession();
    return { parameters, optimizer, activations: total - parameters - optimizer, data };
  }

  private memoryOfSession(): { parameters: number; optimizer: number; temporaries: number; total: number } {
    const { parameters: declared, stepper, session } = this.options;
    const { all, trained } = declared.count();
    const [parameters, optimizer, total] = [4 * all, 4 * trained * stepper.statesPerParameter, session.bytes()];
    return { parameters, optimizer, temporaries: total - parameters - optimizer, total };
  }

  private async read(): Promise<void> {
    if (this.unread === 0) return;
    this.untold.push(...(await this.options.stepper.metrics()));
    this.unread = 0;
  }

  private valuesOf(record: StepRecord | undefined): StepMetrics {
    if (!record) return {};
    const { loss, learningRate, gradientNorm, lossScale } = record;
    // A loss scale is never 0, so nothing was written: the device read back an empty log.
    if (lossScale === 0)
      throw new DeviceError(
        'The device answered nothing but zeros. The run is kept up to its last checkpoint: resume it, or choose another backend in Settings.',
      );
    if (!this.options.half) return { loss, learningRate, gradientNorm };
    if (record.skipped) this.skipped++;
    const values = { learningRate, lossScale, skippedSteps: this.skipped };
    // An overflow is what the loss scale is there for, as long as there is a smaller one to try.
    return record.skipped && lossScale > lossScaleRange.least ? values : { ...values, loss, gradientNorm };
  }
}
