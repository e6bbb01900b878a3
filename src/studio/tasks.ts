// Every task's spec, found by its folder. A new task needs no line here.
import type { TaskSpec } from '../tasks/task';

const modules = import.meta.glob<{ spec: TaskSpec }>('../tasks/*/spec.ts', { eager: true });

export const tasks: ReadonlyMap<string, TaskSpec> = new Map(
  Object.values(modules).map((module) => [module.spec.id, module.spec]),
);
