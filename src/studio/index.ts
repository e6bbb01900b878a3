// window.studio, put together: every part is made here and nowhere else. The screens use this and nothing below it.
import { createDataClient } from '../client/data';
import { createHub } from '../client/hub';
import { createMapClient } from '../client/map';
import { applyModelHost } from '../client/model-host';
import { createOnnx } from '../client/onnx';
import { createTrainer } from '../client/trainer';
import { tuneWhenIdle } from '../client/tune-ahead';
import { holdUpdatesWhile } from '../client/updates';
import { keepAwakeWhileTraining } from '../client/wake-lock';
import type { StudioApi } from '../contract/studio';
import { announceHere, onChange } from '../storage/changes';
import { getSettings } from '../storage/settings';
import { createActs } from './acts';
import { createBases } from './bases';
import { createHubBases } from './bases-hub';
import { createContext } from './context';
import { createDatasets } from './datasets';
import { createEngine } from './engine';
import { createMaps } from './map';
import { createModels } from './models';
import { withNamedErrors } from './named-errors';
import { createProjects } from './projects';
import { createReady } from './ready';
import { createReview } from './review';
import { createRuns, createTrain } from './runs';
import { purgeWhenFull } from './purge';
import { keepSampleTimes, listSamples } from './samples';
import { createSettings } from './settings';
import { createStorage } from './storage';
import { noticeRefusal, shownProblem, watchStorage } from './storage-watch';
import { browserTabs } from './tabs';
import { tasks } from './tasks';
import { createTrainEvents } from './train-events';

/** The facade. No worker starts before something is asked of it. */
export function createStudio(): StudioApi {
  const tabs = browserTabs();
  const trainEvents = createTrainEvents();
  const context = createContext({
    data: createDataClient(),
    trainer: createTrainer(),
    onnx: createOnnx(),
    tasks,
    tabs,
    trainEvents,
  });
  const acts = createActs(tabs);
  const datasets = createDatasets(context, acts);
  const runs = createRuns(context);
  watchStorage();
  void acts.settleAll().catch(() => undefined);
  purgeWhenFull();
  keepSampleTimes(trainEvents);
  const onSettings = (listener: () => void) => onChange(({ stores }) => stores.includes('settings') && listener());
  keepAwakeWhileTraining({
    subscribe: (listener) => trainEvents.subscribe(listener),
    wanted: async () => (await getSettings()).wakeLock,
    onSettings,
  });
  tuneWhenIdle({
    tune: async () => context.trainer.tuneAhead((await getSettings()).backend),
    onSettings,
    tuned: () => announceHere({ stores: ['device'] }),
  });
  const models = createModels(context);
  const bases = { ...createBases(context), ...createHubBases(createHub(), holdUpdatesWhile) };
  const api: StudioApi = {
    ready: createReady(context, acts),
    samples: listSamples,
    tasks: () => [...tasks.values()],
    projects: createProjects(context, tabs, datasets, acts),
    datasets,
    train: createTrain(context),
    runs,
    models,
    bases,
    ...createMaps(createMapClient(), { models, bases, datasets }),
    review: createReview(context, acts),
    engine: createEngine(context, runs),
    storage: createStorage(shownProblem),
    settings: createSettings(applyModelHost),
    onChange,
  };
  return withNamedErrors(api, noticeRefusal);
}
