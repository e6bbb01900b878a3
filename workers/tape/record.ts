// Record → plan → replay.
//   const plan = record((r) => {
//     const x = r.input('x', [256, 1000]);                   // written by the host before each run
//     const w = r.persistent('weights', 0, [1000, 10]);       // part of a slab that stays on the device
//     const loss = …;                                         // kernels by call(), or tf.add(a, b) and the like
//     r.gradients(loss, [w], [r.persistent('gradients', 0, [1000, 10])]);
//     r.mutate(adam, [weights, gradients, …], {});            // in place, outside the tape
//     r.output('loss', loss);
//   });
// Nothing is computed while a plan is recorded: tensors are names of arrays, gradients come from tfjs's tape, and each
// kernel call is written down. A device (workers/backends) makes the plan ready once and replays it every step. What
// changes from step to step (learning rate, seed) is an input; another shape is another plan over the same slabs.
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { full } from '../kernels/fill';
import type { Attrs, Dtype, Kernel } from '../kernels/kernel';
import { finish } from './finish';
import { settle } from './place';
import type { Plan } from './plan';
import { arrayOf, tensorOf, withRecording } from './plan-backend';
import { Recording } from './recording';
import { registerTfjsKernels } from './tfjs-kernels';

export interface GradientOptions {
  /** Zeros for tensors that the loss does not depend on; otherwise they are a mistake and throw. */
  zeros?: boolean;
  /** What each tensor is called in messages. */
  names?: readonly string[];
}

export class Recorder {
  constructor(private readonly recording: Recording) {}

  /** An array the host writes before each run. The same name gives the same array. */
  input(name: string, shape: readonly number[], dtype: Dtype = 'float32'): Tensor {
    return tensorOf(this.recording.input(name, { shape, dtype }));
  }

  /** A view of a slab that lives on the device between runs. `offset` in words, a multiple of 64. */
  persistent(slab: string, offset: number, shape: readonly number[], dtype: Dtype = 'float32'): Tensor {
    return tensorOf(this.recording.persistent(slab, offset, { shape, dtype }));
  }

  /** Makes a slab at least this large, whatever views of it the plan has. */
  slab(name: string, words: number, dtype: Dtype = 'float32'): void {
    this.recording.declareSlab(name, words, dtype);
  }

  /** Numbers that are part of the plan. */
  constant(values: Float32Array | Int32Array, shape: readonly number[] = [values.length]): Tensor {
    const dtype = values instanceof Float32Array ? 'float32' : 'int32';
    return tensorOf(this.recording.constant(values, { shape, dtype }));
  }

  /**
   * Gradients of the sum of `loss` with respect to each of `of`, by the tape of all calls recorded so far. With `into`
   * they are written to those persistent arrays, and those are returned. Throws where the loss does not depend on one.
   */
  gradients(
    loss: Tensor,
    of: readonly Tensor[],
    into?: readonly Tensor[],
    { zeros = false, names = [] }: GradientOptions = {},
  ): Tensor[] {
    if (into && into.length !== of.length) throw new Error(`${of.length} gradients do not fit ${into.length} places.`);
    if (of.length === 0) return [];
    // Null where there is no path, whatever the types of tfjs say.
    const found: readonly (Tensor | null | undefined)[] = engine().gradients(
      () => loss,
      [...of],
      undefined,
      true,
    ).grads;
    return of.map((tensor, index) => {
      const gradient = found[index] ?? (zeros ? full(tensor.shape, 0) : null);
      if (!gradient) {
        const { name, offset } = this.recording.array(arrayOf(tensor));
        const called = names[index] ?? (name === undefined ? `number ${index}` : `${name}+${offset ?? 0}`);
        throw new Error(`The loss does not depend on ${called} [${tensor.shape.join()}], so it has no gradient.`);
      }
      const target = into?.[index];
      if (!target) return gradient;
      this.copyTo(gradient, target);
      return target;
    });
  }

  /** From here on the persistent array `target` holds what `tensor` holds; no copy is made where none is needed. */
  copyTo(tensor: Tensor, target: Tensor): void {
    settle(this.recording, arrayOf(tensor), arrayOf(target));
  }

  /** A call that updates some of its inputs in place (kernel.mutates), unseen by the tape. */
  mutate<A extends Attrs>(kernel: Kernel<A>, inputs: readonly Tensor[], attrs: A): Tensor[] {
    return this.recording.call(kernel, inputs.map(arrayOf), attrs).map(tensorOf);
  }

  /** Makes a tensor readable after a run. */
  output(name: string, tensor: Tensor): void {
    if (this.recording.outputs.has(name)) throw new Error(`There are two outputs called "${name}".`);
    this.recording.outputs.set(name, arrayOf(tensor));
  }

  /** Calls inside, and their gradients, carry this name in the profiler. Names nest with "/". */
  scope<T>(name: string, work: () => T): T {
    const { scope } = this.recording;
    return this.recording.inScope(scope === '' ? name : `${scope}/${name}`, work);
  }
}

/**
 * Records what `build` calls. Tensors made inside end with it. Throws what `build` throws, and where a recording or a
 * tfjs gradient is under way already.
 */
export function record(build: (recorder: Recorder) => void): Plan {
  if (engine().state.gradientDepth > 0) throw new Error('A plan cannot be recorded inside a gradient of tfjs.');
  registerTfjsKernels();
  const recording = new Recording();
  let failure: { error: unknown } | null = null;
  withRecording(recording, () => {
    engine().tidy(() => {
      const recorder = new Recorder(recording);
      const nothing = tensorOf(recording.constant(new Float32Array(1), { shape: [], dtype: 'float32' }));
      // Inside gradients() the tape runs. It must end in good order, or what it keeps is never given back: so what
      // goes wrong is thrown after it.
      engine().gradients(
        () => {
          try {
            build(recorder);
          } catch (error) {
            failure = { error };
          }
          return nothing;
        },
        [nothing],
        undefined,
        true,
      );
    });
  });
  rethrow(failure);
  return finish(recording);
}

function rethrow(failure: { error: unknown } | null): void {
  if (failure) throw failure.error;
}
