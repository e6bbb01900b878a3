// The tfjs backend "plan": it computes nothing. A tensor's data is the number of an array of the plan being recorded,
// and a kernel call is written down. Only one recording can be under way; outside of one every call is refused.
import {
  DataStorage,
  engine,
  KernelBackend,
  registerBackend,
  registerGradient,
  registerKernel,
  type DataType,
  type NamedTensorInfoMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { fill } from '../kernels/fill';
import type { Dtype } from '../kernels/kernel';
import type { Recording } from './recording';

export const planBackend = 'plan';
/** The one tfjs kernel behind every kernel of ours: which one is meant stands in the recording's requests. */
export const planKernel = 'PlanCall';
/** Larger constants of one value are filled on the device instead of being kept. */
const keptConstantWords = 1024;
/** tfjs wants to know for each output whether the gradient needs it; all are kept, since keeping costs nothing. */
const mostOutputs = 16;

interface Data {
  recording: Recording;
  array: number;
  references: number;
}

let current: Recording | null = null;

/** The recording under way. Throws where there is none. */
export function currentRecording(): Recording {
  if (!current) throw new Error('Kernels can only be called while a plan is recorded: wrap the work in record().');
  return current;
}

/** Runs `work` with `recording` under way and tfjs switched to the backend "plan", then puts back what was before. */
export function withRecording(recording: Recording, work: () => void): void {
  if (current) throw new Error('A plan is being recorded already: recordings cannot be nested.');
  start();
  const before = engine().backendName;
  switchBackend(planBackend);
  current = recording;
  try {
    work();
  } finally {
    current = null;
    if (before) switchBackend(before);
  }
}

/** With a started backend the switch happens before setBackend returns its promise. */
function switchBackend(name: string): void {
  if (engine().backendName !== name) void engine().setBackend(name);
}

class PlanBackend extends KernelBackend {
  private readonly data = new DataStorage<Data>(this, engine());

  override write(values: unknown, shape: number[], dtype: DataType): object {
    return this.keep(currentRecording(), constantArray(currentRecording(), values, shape, dtype));
  }
  override move(dataId: object, values: unknown, shape: number[], dtype: DataType, references: number): void {
    const recording = currentRecording();
    const array = constantArray(recording, values, shape, dtype);
    this.data.set(dataId, { recording, array, references });
  }
  /** A handle for an array of the recording under way. */
  keep(recording: Recording, array: number): object {
    const dataId = {};
    this.data.set(dataId, { recording, array, references: 1 });
    return dataId;
  }
  arrayOf({ dataId, shape }: Pick<TensorInfo, 'dataId' | 'shape'>): number {
    const { recording, array } = this.data.get(dataId);
    if (recording !== current)
      throw new Error('A tensor of another recording was used: plans share slabs, not tensors.');
    return recording.view(array, shape);
  }
  override refCount(dataId: object): number {
    return this.data.has(dataId) ? this.data.get(dataId).references : 0;
  }
  override incRef(dataId: object): void {
    this.data.get(dataId).references++;
  }
  // The array stays known until the recording ends: gradients may return a tensor that tfjs gives back twice.
  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const data = this.data.get(dataId);
    data.references = force ? 0 : Math.max(0, data.references - 1);
    return data.references === 0;
  }
  override numDataIds(): number {
    return this.data.numDataIds();
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override readSync(): never {
    throw new Error('A plan is recorded, nothing is computed yet: read outputs from the device after a run.');
  }
  override read(): Promise<never> {
    return Promise.reject(new Error('A plan is recorded, nothing is computed yet: read outputs after a run.'));
  }
  override dispose(): void {
    // Holds nothing but numbers.
  }
}

const isPlanBackend = (backend: unknown): backend is PlanBackend => backend instanceof PlanBackend;

/** The started backend. */
export function theBackend(): PlanBackend {
  const backend: unknown = engine().findBackend(planBackend);
  if (!isPlanBackend(backend)) throw new Error('The backend "plan" is not registered.');
  return backend;
}

/** A tensor for an array of the recording under way. */
export function tensorOf(array: number): Tensor {
  const recording = currentRecording();
  const { shape, dtype } = recording.array(array);
  const dataId = theBackend().keep(recording, array);
  return engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype }, theBackend());
}

/** What a tfjs kernel returns for an array of the recording under way. */
export function infoOf(array: number): TensorInfo {
  const recording = currentRecording();
  const { shape, dtype } = recording.array(array);
  return { dataId: theBackend().keep(recording, array), shape: [...shape], dtype };
}

/** The same data in another shape: no call, no copy. */
export function reshaped(x: TensorInfo, shape: number[]): TensorInfo {
  theBackend().incRef(x.dataId);
  return { dataId: x.dataId, shape, dtype: x.dtype };
}

export const arrayOf = (x: Pick<TensorInfo, 'dataId' | 'shape'>): number => theBackend().arrayOf(x);

/** Inputs of the tfjs kernel in order: they are named 0, 1, 2 … */
export function inputsInOrder(inputs: NamedTensorInfoMap): TensorInfo[] {
  return Object.values(inputs).map((input) => {
    if (!input) throw new Error('A kernel was called with an input missing.');
    return input;
  });
}

function constantArray(recording: Recording, values: unknown, shape: readonly number[], dtype: DataType): number {
  const { type, numbers } = plainNumbers(values, dtype);
  const first = numbers[0] ?? 0;
  if (numbers.length > keptConstantWords && numbers.every((value) => value === first))
    return recording.call(fill, [], { shape, value: first, dtype: type })[0]!;
  return recording.constant(numbers, { shape, dtype: type });
}

function plainNumbers(values: unknown, dtype: DataType): { type: Dtype; numbers: Float32Array | Int32Array } {
  const list = values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array;
  const numbers = list ? values : Array.isArray(values) ? values.map(Number) : null;
  if (!numbers || dtype === 'string' || dtype === 'complex64')
    throw new Error(`A plan holds float32 and int32 arrays only, not ${dtype}.`);
  return dtype === 'float32'
    ? { type: 'float32', numbers: Float32Array.from(numbers) }
    : { type: 'int32', numbers: Int32Array.from(numbers) };
}

let started = false;

function start(): void {
  if (started) return;
  started = true;
  registerBackend(planBackend, () => new PlanBackend(), 0);
  registerKernel({
    kernelName: planKernel,
    backendName: planBackend,
    kernelFunc: ({ inputs, attrs }) => {
      const recording = currentRecording();
      const { kernel, attrs: own, scope } = requestOf(recording, attrs?.['request']);
      const arrays = inputsInOrder(inputs).map(arrayOf);
      const outputs = recording.call(kernel, arrays, own, undefined, scope);
      if (outputs.length > mostOutputs) throw new Error(`${kernel.name} has more than ${mostOutputs} outputs.`);
      return outputs.map(infoOf);
    },
  });
  registerGradient({
    kernelName: planKernel,
    saveAllInputs: true,
    outputsToSave: new Array<boolean>(mostOutputs).fill(true),
    gradFunc: (dy, saved, attrs) => {
      const recording = currentRecording();
      const { kernel, attrs: own, scope } = requestOf(recording, attrs['request']);
      const where = `${kernel.name}${scope ? ` in ${scope}` : ''}`;
      if (!kernel.gradient) throw new Error(`${where} has no gradient, but the loss depends on it.`);
      const upstream = Array.isArray(dy) ? dy : [dy];
      const count = saved.length - upstream.length;
      const { gradient } = kernel;
      const thunks = recording.inScope(scope, () =>
        gradient(upstream, { inputs: saved.slice(0, count), outputs: saved.slice(count), attrs: own }),
      );
      // tfjs disposes of a gradient once it was added to another, so no tensor may be handed out twice; and of whatever a
      // thunk made besides its result, such as the second output of a call that the next thunk returns.
      const given = new Set<Tensor>(upstream);
      const entries = thunks.map((thunk, index): [string, () => Tensor] => [
        String(index),
        () => {
          if (!thunk) throw new Error(`${where} has no gradient for its input "${kernel.inputs[index] ?? index}".`);
          const tensor = recording.inScope(scope, thunk);
          if (given.has(tensor) || tensor.isDisposed) return tensorOf(arrayOf(tensor));
          given.add(tensor);
          return tensor;
        },
      ]);
      return Object.fromEntries(entries);
    },
  });
}

function requestOf(recording: Recording, index: unknown) {
  const request = typeof index === 'number' ? recording.requests[index] : undefined;
  if (!request) throw new Error('This tensor was made by a recording that has ended.');
  return request;
}
