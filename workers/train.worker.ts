// Entry of the training worker: puts the api together and exposes it. It starts in milliseconds: kernels and
// TensorFlow.js are loaded by the first run or question that computes with them.
import { expose } from 'comlink';
import type { TaskSpec, TaskTraining } from '../src/tasks/task';
import { showAlive } from './alive';
import { starterAt, useStarterFiles } from './bases/starter';
import type { Device } from './backends/device';
import { createTrainApi } from './train-api';
import { taskTable } from './task-table';

const specs = import.meta.glob<{ spec: TaskSpec }>('../src/tasks/*/spec.ts', { eager: true });
const trainings = import.meta.glob<{ training: TaskTraining<Device> }>('../src/tasks/*/train.ts', { eager: true });

showAlive();
// Beside the folder of the scripts, built or not.
useStarterFiles(starterAt(new URL('../models/starter/', import.meta.url).href));
expose(
  createTrainApi({
    tasks: taskTable(
      Object.values(specs).map((module) => module.spec),
      Object.values(trainings).map((module) => module.training),
    ),
    async openWasm(threads) {
      const { openBrowserWasmDevice } = await import('./backends/wasm-browser');
      return openBrowserWasmDevice(threads === undefined ? {} : { threads });
    },
    // A built worker's file name holds a hash of all it is made of.
    build: `trainyard 0.1.0 ${new URL(import.meta.url).pathname.split('/').at(-1) ?? ''}`,
  }),
);
