// Projects: made, named, taken away (and back for a while), from a sample, as a backup and out of one.
import { NotFoundError } from '../contract/errors';
import type { Project } from '../contract/records';
import type { StudioApi } from '../contract/studio';
import { newId } from '../lib/ids';
import { getProject, listProjects, presentProject, putProject, updateProject } from '../storage/projects';
import { write } from '../storage/transact';
import type { StudioContext } from './context';
import { checkedName, checkedTask } from './project-input';
import type { Tabs } from './tabs';

export type ProjectsBasics = Omit<StudioApi['projects'], 'fromSample' | 'backup' | 'restore'>;

export function createProjectsBasics(context: StudioContext, tabs: Tabs): ProjectsBasics {
  return {
    async create({ name, task }) {
      const at = Date.now();
      const project: Project = {
        id: newId('project'),
        name: checkedName(name),
        task: checkedTask(task, context.tasks),
        createdAt: at,
        openedAt: at,
        labels: [],
      };
      await putProject(project);
      return project;
    },
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
      await updateProject(id, (project) => ({ ...project, removedAt: Date.now() }), 'strict');
    },
    async restoreRemoved(id) {
      return await write(
        ['projects'],
        async (tx) => {
          const store = tx.objectStore('projects');
          const stored = await store.get(id);
          if (!stored) throw new NotFoundError('This project is gone for good; it can no longer be taken back.');
          const { removedAt: _removedAt, ...project } = stored;
          await store.put(project);
          return presentProject(project, id);
        },
        { projectId: id, durability: 'strict' },
      );
    },
    watch: (id, listener) => tabs.watch(id, listener),
  };
}
