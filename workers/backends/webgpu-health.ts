// Whether a GPU device still lives, and who must hear of it when not: a lost device, an error that nobody caught and an
// answer that never comes all end what is pending with a DeviceError, and everything that is asked for later too.
import { DeviceError, isStudioError } from '../../src/contract/errors';

const firstWords = (message: string): string => message.trim().split('\n')[0]?.slice(0, 200) ?? '';

export class GpuHealth {
  private error: DeviceError | null = null;
  private closed = false;
  private readonly pending = new Set<(error: DeviceError) => void>();

  constructor(
    device: Pick<GPUDevice, 'lost' | 'addEventListener'>,
    private readonly onFailure: (error: DeviceError) => void = () => undefined,
  ) {
    void device.lost.then((info) => {
      if (this.closed) return;
      this.fail(
        `The graphics device was lost (${firstWords(info.message) || info.reason}). The run is kept up to its last checkpoint: resume it, or choose wasm in Settings.`,
      );
    });
    device.addEventListener('uncapturederror', (event) => {
      this.fail(
        isOutOfMemory(event.error)
          ? outOfMemory()
          : `The graphics device refused a step (${firstWords(event.error.message)}). Choose wasm in Settings and resume.`,
      );
    });
  }

  failure(): DeviceError | null {
    return this.error;
  }

  /** Throws what went wrong, where something did. */
  check(): void {
    if (this.error) throw this.error;
  }

  fail(message: string): void {
    if (this.error || this.closed) return;
    this.end(new DeviceError(message));
    if (this.error) this.onFailure(this.error);
  }

  close(): void {
    if (!this.error) this.end(new DeviceError('The graphics device was closed.'));
    this.closed = true;
  }

  /**
   * `promise`, or the device's failure where that comes first. Held in a set of our own: racing against one promise
   * that lives as long as the device would keep every step's answer alive. After `limitMs` the device counts as hung.
   */
  guard<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    if (this.error) return Promise.reject(this.error);
    return new Promise<T>((resolve, reject) => {
      const timer =
        limitMs === undefined
          ? undefined
          : setTimeout(
              () =>
                this.fail(
                  `The graphics device did not answer for ${Math.round(limitMs / 1000)} seconds. The run is kept up to its last checkpoint: resume it, or choose wasm in Settings.`,
                ),
              limitMs,
            );
      const leave = (): void => {
        clearTimeout(timer);
        this.pending.delete(reject);
      };
      this.pending.add(reject);
      promise.then(
        (value) => {
          leave();
          resolve(value);
        },
        (error: unknown) => {
          leave();
          if (!this.error && isStudioError(error)) return reject(error);
          reject(
            this.error ??
              new DeviceError(
                `The graphics device did not do what was asked (${error instanceof Error ? firstWords(error.message) : String(error)}). Choose wasm in Settings and resume.`,
                { cause: error },
              ),
          );
        },
      );
    });
  }

  private end(error: DeviceError): void {
    this.error = error;
    for (const reject of [...this.pending]) reject(error);
    this.pending.clear();
  }
}

/** `what`: for which array there was no room, and beside how much. */
export const outOfMemory = (what = ''): string =>
  `The graphics device has no memory left${what && `: ${what}`}. Lower the batch size, the maximum length or the vector length, or choose wasm in Settings, and resume.`;

export const isOutOfMemory = (error: GPUError): boolean =>
  typeof GPUOutOfMemoryError !== 'undefined' && error instanceof GPUOutOfMemoryError;
