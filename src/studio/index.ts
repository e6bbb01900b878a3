// window.studio, put together: every part is made here and nowhere else. The screens use this and nothing below it.
import type { StudioApi } from '../contract/studio';
import { onChange } from '../storage/changes';
import { putProject } from '../storage/projects';
import { createContext } from './context';
import {
  missingData,
  missingDatasets,
  missingEngine,
  missingModels,
  missingProjects,
  missingRuns,
  missingTrain,
  missingTrainer,
} from './missing';
import { withNamedErrors } from './named-errors';
import { createProjectsBasics } from './projects';
import { makeReady } from './ready';
import { createReview } from './review';
import { listSamples, openSample } from './samples';
import { createSettings } from './settings';
import { createStorage } from './storage';
import { browserTabs } from './tabs';
import { tasks } from './tasks';
import { createTrainEvents } from './train-events';

export function createStudio(): StudioApi {
  const tabs = browserTabs();
  const context = createContext({
    data: missingData,
    trainer: missingTrainer,
    tasks,
    tabs,
    trainEvents: createTrainEvents(),
  });
  const datasets = missingDatasets;
  const projects = createProjectsBasics(context, tabs);
  let ready: Promise<Awaited<ReturnType<StudioApi['ready']>>> | null = null;
  const api: StudioApi = {
    ready() {
      ready ??= makeReady(context).catch((error: unknown) => {
        ready = null;
        throw error;
      });
      return ready;
    },
    samples: listSamples,
    tasks: () => [...tasks.values()],
    projects: {
      ...projects,
      ...missingProjects,
      async fromSample(sampleId) {
        const { spec, file } = await openSample(sampleId);
        const project = await projects.create({ name: spec.title, task: spec.task });
        try {
          await putProject({ ...project, sampleId });
          await datasets.import(project.id, [file], { mapping: spec.mapping, name: spec.title });
          return await projects.get(project.id);
        } catch (error) {
          await projects.remove(project.id).catch(() => undefined);
          throw error;
        }
      },
    },
    datasets,
    train: missingTrain,
    runs: missingRuns,
    models: missingModels,
    review: createReview(context),
    engine: missingEngine,
    storage: createStorage(),
    settings: createSettings(),
    onChange,
  };
  return withNamedErrors(api);
}
