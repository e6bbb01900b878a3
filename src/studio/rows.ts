// Which data set a row belongs to, and rows of a family page by page with the labels in force. For the review acts
// only: screens read rows through the data worker.
import { NotFoundError } from '../contract/errors';
import type { Dataset, Project } from '../contract/records';
import { parseRowId } from '../lib/ids';
import { textOf } from '../lib/mapping-cells';
import { onChange } from '../storage/changes';
import { listVersions } from '../storage/datasets';
import { labelColumn, labelsInForce, overlayOfPage, type LabelsInForce } from '../storage/labelled-rows';
import { getProject } from '../storage/projects';
import type { PageView } from '../storage/row-page-codec';
import { pageStarts, readPage } from '../storage/row-pages';

/** All versions of one import, newest first. */
export interface Family {
  rootId: string;
  versions: Dataset[];
  multiLabel: boolean;
  /** Rows of the first version, while it is there: every smaller ordinal exists. */
  rootRows: number | null;
}
export interface RowPlace {
  family: Family;
  ordinal: number;
}
export interface PageRow {
  index: number;
  ordinal: number;
  inForce: LabelsInForce;
}

/** The families of a project, kept until a data set or project changes. */
export class Families {
  private readonly known = new Map<string, Promise<{ project: Project; families: Map<string, Family> }>>();

  constructor() {
    onChange(({ stores, projectId }) => {
      if (!stores.includes('datasets') && !stores.includes('projects')) return;
      if (projectId === undefined) this.known.clear();
      else this.known.delete(projectId);
    });
  }

  async of(projectId: string): Promise<Map<string, Family>> {
    let found = this.known.get(projectId);
    if (!found) {
      found = load(projectId);
      this.known.set(projectId, found);
      found.catch(() => this.known.delete(projectId));
    }
    return (await found).families;
  }

  /** Where a row lies; rejects with NotFoundError where it is no row of the project. */
  async place(projectId: string, rowId: string): Promise<RowPlace> {
    const place = placeIn(await this.of(projectId), rowId);
    if (place.family.rootRows === null) await readRow(place);
    return place;
  }

  /** Places of many rows: per family ascending ordinals, each once. Rejects as `place` does. */
  async places(projectId: string, rowIds: readonly string[]): Promise<Map<Family, Uint32Array>> {
    if (!Array.isArray(rowIds)) throw new NotFoundError('Rows are given as a list of row ids.');
    const families = await this.of(projectId);
    const ordinals = new Map<Family, number[]>();
    for (const [count, rowId] of rowIds.entries()) {
      if (count % breathEvery === breathEvery - 1) await breath();
      const place = placeIn(families, rowId);
      if (place.family.rootRows === null) await readRow(place);
      const list = ordinals.get(place.family);
      if (list) list.push(place.ordinal);
      else ordinals.set(place.family, [place.ordinal]);
    }
    return new Map([...ordinals].map(([family, list]) => [family, distinct(Uint32Array.from(list).sort())]));
  }
}

/** A million ids are looked up in slices, so that the page never waits long. */
const breathEvery = 20_000;
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function placeIn(families: ReadonlyMap<string, Family>, rowId: string): RowPlace {
  const parsed = typeof rowId === 'string' ? parseRowId(rowId) : null;
  const family = parsed ? families.get(parsed.rootId) : undefined;
  if (!parsed || !family || (family.rootRows !== null && parsed.ordinal >= family.rootRows))
    throw new NotFoundError(`There is no row "${String(rowId).slice(0, 80)}" in this project.`);
  return { family, ordinal: parsed.ordinal };
}

function distinct(ascending: Uint32Array): Uint32Array {
  return ascending.filter((ordinal, index) => index === 0 || ordinal !== ascending[index - 1]);
}

async function load(projectId: string): Promise<{ project: Project; families: Map<string, Family> }> {
  const project = await getProject(projectId);
  const families = new Map<string, Family>();
  for (const version of (await listVersions(projectId)).sort((a, b) => b.version - a.version)) {
    const family = families.get(version.rootId) ?? {
      rootId: version.rootId,
      versions: [],
      multiLabel: version.multiLabel,
      rootRows: null,
    };
    family.versions.push(version);
    if (version.id === version.rootId) family.rootRows = version.rows;
    families.set(version.rootId, family);
  }
  return { project, families };
}

/** The text of a row of a page: the mapped column's, else the first column's. */
export function textAt(dataset: Dataset, view: PageView, index: number): string {
  const column = dataset.mapping.text ?? dataset.columns[0];
  return column === undefined ? '' : textOf(view.column(column)[index]);
}

/** The page's rows with the labels in force; only those that have `label`, where given. Decodes the label column. */
export async function rowsOfPage(
  dataset: Dataset,
  page: number,
  label?: string,
): Promise<{ view: PageView; rows: PageRow[] }> {
  const { view } = await readPage(dataset.id, page);
  const overlay = await overlayOfPage(dataset, view);
  const { name, several } = labelColumn(dataset.mapping);
  const cells = name === undefined ? [] : view.column(name);
  const rows: PageRow[] = [];
  for (let index = 0; index < view.rows; index++) {
    const ordinal = view.ordinal(index);
    const own = overlay.get(ordinal);
    // Most rows of a large set are told by one comparison.
    if (label !== undefined && !own && !several && cells[index] !== label && typeof cells[index] === 'string') continue;
    const inForce = labelsInForce(cells[index], several, own);
    if (label === undefined || inForce.labels.includes(label)) rows.push({ index, ordinal, inForce });
  }
  return { view, rows };
}

/** One row: its text and labels in force, from the newest version that has it. */
export async function readRow({ family, ordinal }: RowPlace): Promise<{
  dataset: Dataset;
  text: string;
  inForce: LabelsInForce;
}> {
  for (const dataset of family.versions) {
    const page = await pageOf(dataset, ordinal);
    if (page === null) continue;
    const { view, rows } = await rowsOfPage(dataset, page);
    const row = rows.find((candidate) => candidate.ordinal === ordinal);
    if (row) return { dataset, text: textAt(dataset, view, row.index), inForce: row.inForce };
  }
  throw new NotFoundError(`There is no row "${family.rootId}.${ordinal}" in this project any more.`);
}

/** The page whose ordinals span `ordinal`, by halving; null where none does. Ordinals ascend over all pages. */
async function pageOf(dataset: Dataset, ordinal: number): Promise<number | null> {
  const starts = await pageStarts(dataset);
  let low = 0;
  let high = starts.length - 1;
  // A row's ordinal is at least its place, so later pages cannot hold it.
  while (high > 0 && (starts[high] ?? 0) > ordinal) high--;
  while (low <= high) {
    const middle = dataset.id === dataset.rootId ? high : (low + high) >> 1;
    const { view } = await readPage(dataset.id, middle);
    if (view.rows === 0) return null;
    if (ordinal < view.ordinal(0)) high = middle - 1;
    else if (ordinal > view.ordinal(view.rows - 1)) low = middle + 1;
    else return middle;
  }
  return null;
}

/**
 * Every row of the family once, page by page: the newest version's, then those that only older ones have. Only rows
 * with `label`, where given.
 */
export async function* pagesOfFamily(family: Family, label?: string): AsyncGenerator<PageRow[]> {
  const seen = new Set<number>();
  for (const dataset of family.versions) {
    const pages = (await pageStarts(dataset)).length;
    const last = dataset === family.versions.at(-1);
    for (let page = 0; page < pages; page++) {
      const { view, rows } = await rowsOfPage(dataset, page, label);
      const fresh = dataset === family.versions[0] ? rows : rows.filter((row) => !seen.has(row.ordinal));
      if (fresh.length) yield fresh;
      if (!last) for (let index = 0; index < view.rows; index++) seen.add(view.ordinal(index));
    }
  }
}
