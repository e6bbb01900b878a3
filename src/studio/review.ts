// Labelling and correcting, and taking it back. Each act resolves when it is committed; acts.ts keeps their order.
// Which rows come next is queue.ts's business.
import { NotFoundError } from '../contract/errors';
import type { Correction, LabelRecord } from '../contract/records';
import type { StudioApi } from '../contract/studio';
import { newId, rowIdOf } from '../lib/ids';
import { commitAct } from '../storage/act';
import { commitLargeAct } from '../storage/act-large';
import { onChange } from '../storage/changes';
import { listCorrections } from '../storage/corrections';
import { listEdits } from '../storage/edits';
import { getProject } from '../storage/projects';
import { getSettings } from '../storage/settings';
import { takeBackEdit } from '../storage/take-back';
import { redo, undo } from '../storage/undo';
import { createActs, type Acts } from './acts';
import type { StudioContext } from './context';
import { checkedLabel, checkedLabels } from './labels-input';
import { createQueue, datasetsOf, workedOn } from './queue';
import { checkedInputs } from './model-input';
import { labelStretches, renameStretches } from './review-stretches';
import { Families, readRow } from './rows';
import { Suggestions } from './suggestions';

export function createReview(context: StudioContext, { act }: Acts = createActs(context)): StudioApi['review'] {
  const families = new Families();
  const suggestions = new Suggestions(context.trainer);
  let author: Promise<string> | null = null;
  onChange(({ stores }) => {
    if (stores.includes('settings')) author = null;
  });

  async function signed(): Promise<{ by: string; at: number }> {
    author ??= getSettings().then((settings) => settings.author);
    return { by: await author, at: Date.now() };
  }
  const grow = (labels: string[]) => (known: string[]) => {
    const added = labels.filter((label) => !known.includes(label));
    return added.length ? [...known, ...added] : known;
  };

  return {
    queue: createQueue(families, suggestions),

    async suggest(projectId, texts) {
      const [project, datasets] = await Promise.all([getProject(projectId), datasetsOf(families, projectId)]);
      const model = await suggestions.newestModel(projectId);
      return suggestions.fromLabels(workedOn(project, datasets), model, checkedInputs(texts));
    },

    label({ projectId, rowId, labels }) {
      return act(projectId, async () => {
        const { family, ordinal } = await families.place(projectId, rowId);
        const checked = checkedLabels(labels, family.multiLabel);
        const record: LabelRecord = {
          projectId,
          rowId: rowIdOf(family.rootId, ordinal),
          rootId: family.rootId,
          ordinal,
          labels: checked,
          origin: 'label',
          ...(await signed()),
        };
        const what = checked.length ? `Labelled 1 row ${checked.join(', ')}` : 'Took the label off 1 row';
        return await commitAct({
          projectId,
          by: record.by,
          at: record.at,
          what,
          rows: [record],
          labels: grow(checked),
        });
      });
    },

    labelMany({ projectId, rowIds, labels, mode }) {
      return act(projectId, async () => {
        const places = await families.places(projectId, rowIds);
        const several = [...places.keys()].every((family) => family.multiLabel);
        const checked = checkedLabels(labels, several);
        const sign = await signed();
        await commitLargeAct(
          {
            projectId,
            ...sign,
            what: (rows) => whatWasDone(mode, checked, rows),
            labels: mode === 'remove' ? (known) => known : grow(checked),
          },
          labelStretches(places, checked, mode, sign),
        );
      });
    },

    correct({ projectId, rowId, labels, note, response, shouldEscalate }) {
      return act(projectId, async () => {
        const place = await families.place(projectId, rowId);
        const checked = checkedLabels(labels, place.family.multiLabel);
        const { text, inForce } = await readRow(place);
        const sign = await signed();
        const model = await suggestions.newestModel(projectId);
        const correction: Correction = {
          id: newId('correction'),
          projectId,
          rowId: rowIdOf(place.family.rootId, place.ordinal),
          text,
          ...sign,
          before: inForce.labels,
          after: checked,
          note: note ?? '',
          ...(response === undefined ? {} : { response }),
          ...(shouldEscalate === undefined ? {} : { shouldEscalate }),
          ...(model ? { modelId: model.id } : {}),
        };
        const record: LabelRecord = {
          projectId,
          rowId: correction.rowId,
          rootId: place.family.rootId,
          ordinal: place.ordinal,
          labels: checked,
          origin: 'correction',
          ...sign,
          ...(note ? { note } : {}),
        };
        const what = `Corrected 1 row to ${checked.join(', ') || 'no label'}`;
        const edit = await commitAct({
          projectId,
          ...sign,
          what,
          rows: [record],
          correction,
          labels: grow(checked),
        });
        return { ...correction, editId: edit?.id ?? null };
      });
    },

    addLabel(projectId, label) {
      return act(projectId, async () => {
        const checked = checkedLabel(label);
        const sign = await signed();
        await commitAct({ projectId, ...sign, what: `Added the label ${checked}`, rows: [], labels: grow([checked]) });
        return await getProject(projectId);
      });
    },

    renameLabel(projectId, from, to) {
      return act(projectId, async () => {
        const target = checkedLabel(to);
        const project = await getProject(projectId);
        if (from === target) return { rows: 0 };
        const merging = project.labels.includes(target);
        const sign = await signed();
        const done = await commitLargeAct(
          {
            projectId,
            ...sign,
            what: (rows) =>
              `${merging ? 'Merged' : 'Renamed'} ${from} ${merging ? 'into' : 'to'} ${target} (${countOf(rows)})`,
            labels: (known) => renamed(known, from, target),
            renamed: { from, to: target },
          },
          renameStretches(await families.of(projectId), from, target, sign),
        );
        if (!done)
          throw new NotFoundError(
            `There is no label "${String(from).slice(0, 80)}" in this project, nor a row with it.`,
          );
        return { rows: done.rows };
      });
    },

    takeBack: (projectId, editId) => act(projectId, async () => takeBackEdit(projectId, editId, await signed())),
    undo: (projectId) => act(projectId, () => undo(projectId)),
    redo: (projectId) => act(projectId, () => redo(projectId)),
    async history(projectId) {
      await getProject(projectId);
      return await listEdits(projectId);
    },
    async corrections(projectId) {
      await getProject(projectId);
      return await listCorrections(projectId);
    },
  };
}

function countOf(rows: number): string {
  return rows === 1 ? '1 row' : `${rows.toLocaleString('en-GB')} rows`;
}

function whatWasDone(mode: 'set' | 'add' | 'remove', labels: string[], rows: number): string {
  const list = labels.join(', ');
  if (mode === 'add') return `Added ${list} to ${countOf(rows)}`;
  if (mode === 'remove') return `Took ${list} off ${countOf(rows)}`;
  return labels.length ? `Labelled ${countOf(rows)} ${list}` : `Took the labels off ${countOf(rows)}`;
}

/** The list with `from` called `to`, in its place; once where `to` is there already. */
function renamed(known: string[], from: string, to: string): string[] {
  if (!known.includes(from)) return known;
  return known.includes(to)
    ? known.filter((label) => label !== from)
    : known.map((label) => (label === from ? to : label));
}
