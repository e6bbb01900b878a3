// Entry of the training worker: puts the api together and exposes it. It starts in milliseconds: TensorFlow.js
// is loaded by the first run or question that computes with it.
import { expose } from 'comlink';
import wasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import type { TaskSpec, TaskTraining } from '../src/tasks/task';
import { showAlive } from './alive';
import { createTrainApi } from './train-api';
import { taskTable } from './task-table';

const specs = import.meta.glob<{ spec: TaskSpec }>('../src/tasks/*/spec.ts', { eager: true });
const trainings = import.meta.glob<{ training: TaskTraining }>('../src/tasks/*/train.ts', { eager: true });

showAlive();
expose(
  createTrainApi({
    tasks: taskTable(
      Object.values(specs).map((module) => module.spec),
      Object.values(trainings).map((module) => module.training),
    ),
    wasmUrl: new URL(wasmUrl, import.meta.url).href,
  }),
);
