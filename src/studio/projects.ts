// Projects: made, named, taken away (and back for a while), from a sample, as a backup and out of one.
import { isStudioError } from '../contract/errors';
import type { Project } from '../contract/records';
import type { StudioApi } from '../contract/studio';
import { newId } from '../lib/ids';
import { getProject, listProjects, putProject, updateProject } from '../storage/projects';
import { hideProject, purgeProject, unhideProject } from '../storage/removal';
import { listRuns } from '../storage/runs';
import type { Acts } from './acts';
import type { StudioContext } from './context';
import { checkedName, checkedTask } from './project-input';
import { schedulePurge } from './purge';
import { takeOverRuns } from './run-life';
import { openSample } from './samples';
import type { Tabs } from './tabs';

export function createProjects(
  context: StudioContext,
  tabs: Tabs,
  datasets: Pick<StudioApi['datasets'], 'import'>,
  acts: Acts,
): StudioApi['projects'] {
  async function create(name: string, task: string, sampleId?: string): Promise<Project> {
    const at = Date.now();
    const project: Project = {
      id: newId('project'),
      name: checkedName(name),
      task: checkedTask(task, context.tasks),
      createdAt: at,
      openedAt: at,
      labels: [],
      ...(sampleId === undefined ? {} : { sampleId }),
    };
    await putProject(project);
    return project;
  }

  /** Opened here for writing, perhaps from a tab that died in the middle of an act. */
  async function takeOver(id: string): Promise<void> {
    await acts.act(id, () => updateProject(id, (project) => ({ ...project, openedAt: Date.now() })));
    await takeOverRuns(context, id);
  }

  return {
    create: ({ name, task }) => create(name, task),
    list: listProjects,
    get: getProject,
    async rename(id, name) {
      const checked = checkedName(name);
      await getProject(id);
      await context.requireWriter(id);
      return await updateProject(id, (project) => ({ ...project, name: checked }));
    },
    async remove(id) {
      await getProject(id);
      await context.requireWriter(id);
      await stopRuns(context, id);
      try {
        await hideProject(id);
      } catch (error) {
        // On a full disk even the mark may not fit, and space is what is wanted: then it goes at once.
        if (!isStudioError(error) || error.name !== 'StorageError') throw error;
        await purgeProject(id);
        return;
      }
      schedulePurge();
    },
    restoreRemoved: unhideProject,
    async fromSample(sampleId) {
      const { spec, file } = await openSample(sampleId);
      const project = await create(spec.title, spec.task, spec.id);
      try {
        await datasets.import(project.id, [file], { mapping: spec.mapping, name: spec.title });
        return await getProject(project.id);
      } catch (error) {
        await purgeProject(project.id).catch(() => undefined);
        throw error;
      }
    },
    // Rarely used and not small: loaded when asked for.
    backup: (id) => acts.still(id, async () => (await import('../storage/backup')).backupProject(id)),
    restore: async (backup) => (await import('../storage/restore')).restoreProject(backup),
    watch(id, listener) {
      let writable = false;
      return tabs.watch(id, (state) => {
        if (state.writable && !writable) void takeOver(id).catch(() => undefined);
        writable = state.writable;
        listener(state);
      });
    },
  };
}

/** Runs of a removed project have nobody to train for. */
async function stopRuns(context: StudioContext, projectId: string): Promise<void> {
  for (const run of await listRuns(projectId))
    if (run.status === 'running' || run.status === 'queued' || run.status === 'paused')
      await context.trainer.stop(run.id, { keep: false }).catch(() => undefined);
}
