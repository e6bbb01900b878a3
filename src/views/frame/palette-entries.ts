// What the palette can find. Acts with a key are taken from the key map, so that none is missing.
import type { StudioApi } from '../../contract/studio';
import { frame } from '../../stores/frame.svelte';
import { keys } from '../../stores/keys.svelte';
import { address, go, route } from '../../stores/route.svelte';
import type { Session } from '../../stores/session.svelte';
import { toasts } from '../../stores/toasts.svelte';
import { formatCount } from '../../ui/format';
import { screens } from '../screens';

export interface PaletteEntry {
  id: string;
  title: string;
  group: string;
  keys?: string;
  act: () => void;
}

const hidden: ReadonlySet<string> = new Set(['palette', 'escape', 'choose', 'next', 'previous']);

/** Screens, acts that work here, settings, projects. */
export function fixedEntries(session: Session): PaletteEntry[] {
  const projectId = route.projectId;
  const entries: PaletteEntry[] = [];
  if (projectId)
    for (const screen of screens)
      entries.push({
        id: `screen-${screen.screen}`,
        title: screen.title,
        group: 'screen',
        ...(screen.key ? { keys: keys.hint(screen.key) } : {}),
        act: () => go(address(projectId, screen.screen)),
      });
  for (const act of keys.active)
    if (!hidden.has(act.id) && !act.id.startsWith('go-'))
      entries.push({
        id: `act-${act.id}`,
        title: act.title,
        group: 'act',
        keys: keys.hint(act.id),
        act: () => keys.act(act.id),
      });
  entries.push({
    id: 'home',
    title: 'Home, all projects',
    group: 'screen',
    keys: keys.hint('go-home'),
    act: () => go('#/'),
  });
  entries.push({
    id: 'bases',
    title: 'Bases: what runs start from',
    group: 'screen',
    act: () => go('#/bases'),
  });
  entries.push({ id: 'paste', title: 'Paste text to import', group: 'act', act: () => frame.toggle('paste') });
  for (const [sheet, title] of [
    ['device', 'This computer: what trains'],
    ['storage', 'Storage: how much, and whether kept'],
    ['offline', 'Offline and updates'],
  ] as const)
    entries.push({ id: sheet, title, group: 'panel', act: () => frame.toggle(sheet) });
  for (const theme of ['light', 'dark', 'system'] as const)
    entries.push({
      id: `theme-${theme}`,
      title: `Theme: ${theme === 'system' ? 'as the system' : theme}`,
      group: 'setting',
      act: () => void session.set({ theme }).catch((error: unknown) => toasts.failed(error)),
    });
  for (const setting of ['Backend that trains', 'Your name on labels', 'Keys', 'Resume interrupted runs', 'Model host'])
    entries.push({ id: `setting-${setting}`, title: setting, group: 'setting', act: () => go('#/settings') });
  for (const project of session.projects ?? [])
    entries.push({ id: project.id, title: project.name, group: 'project', act: () => go(address(project.id)) });
  return entries;
}

/** Runs, models and data sets of the open project. */
export async function projectEntries(studio: StudioApi, projectId: string): Promise<PaletteEntry[]> {
  const [runs, models, datasets] = await Promise.all([
    studio.runs.list(projectId),
    studio.models.list(projectId),
    studio.datasets.list(projectId),
  ]);
  return [
    ...runs.map((run) => ({
      id: run.id,
      title: `Run ${run.number}: ${run.name}`,
      group: 'run',
      act: () => go(address(projectId, 'runs', run.id)),
    })),
    ...models.map((model) => ({
      id: model.id,
      title: `Model v${model.version}: ${model.name}`,
      group: 'model',
      act: () => go(address(projectId, 'models', model.id)),
    })),
    ...datasets.map((dataset) => ({
      id: dataset.id,
      title: dataset.name,
      group: 'data set',
      act: () => go(address(projectId, 'data', dataset.id)),
    })),
  ];
}

/** Rows of the active data set whose text contains what was typed. */
export async function rowEntries(studio: StudioApi, projectId: string, typed: string): Promise<PaletteEntry[]> {
  const [project, datasets] = await Promise.all([studio.projects.get(projectId), studio.datasets.list(projectId)]);
  const dataset = datasets.find((known) => known.id === project.activeDatasetId) ?? datasets[0];
  const column = dataset?.mapping.text;
  if (!dataset || column === undefined) return [];
  const { rows, total } = await studio.datasets.rows(dataset.id, {
    offset: 0,
    limit: 6,
    where: { [column]: { contains: typed } },
  });
  const entries: PaletteEntry[] = rows.map((row) => ({
    id: row.id,
    title: String(row[column] ?? ''),
    group: 'row',
    act: () => go(address(projectId, 'data', dataset.id, { filter: typed, row: row.id })),
  }));
  if (total > rows.length)
    entries.push({
      id: 'all-rows',
      title: `All ${formatCount(total)} rows with “${typed}”`,
      group: 'rows',
      act: () => go(address(projectId, 'data', dataset.id, { filter: typed })),
    });
  return entries;
}
