// What the sheet says about a drop, in words. Pure.
import type { ImportPreview } from '../../contract/data';
import { mappedColumns, type MappedColumn } from '../../contract/records';
import type { TaskSpec } from '../../tasks/task';
import { counted, formatCount } from '../../ui/format';

export interface Part {
  words: string;
  column?: string;
}

/** Roles with something to read; pairs and triplets have no single text. */
const holdsText = ['text', 'sentence1', 'anchor'] as const;

/** "8,622 rows", "text in" + `query`, "label in" + `intent`, "77 labels", "3 problems". */
export function recognised(preview: ImportPreview): Part[] {
  const about = preview.rowsExact ? '' : 'about ';
  const parts: Part[] = [{ words: about + counted(preview.rowsEstimated, 'row') }];
  for (const role of mappedColumns) {
    const column = preview.mapping[role];
    if (column !== undefined) parts.push({ words: `${role} in `, column });
  }
  if (!holdsText.some((role) => preview.mapping[role] !== undefined)) parts.push({ words: 'no text column found' });
  const labels = Object.keys(preview.report?.stats.classes ?? {}).length;
  if (labels > 0) parts.push({ words: counted(labels, 'label') });
  if (preview.report) {
    const problems = preview.report.errors.length + preview.report.warnings.length;
    parts.push({ words: problems === 0 ? 'no problems' : counted(problems, 'problem') });
  }
  return parts;
}

/** Roles a column can be given for this task, those it needs first. */
export function rolesOf(spec: TaskSpec | undefined): MappedColumn[] {
  const wanted = spec ? [...spec.columns.required.flat(), ...spec.columns.optional] : mappedColumns;
  return [...new Set<MappedColumn>([...wanted, 'split', 'group'])];
}

/** What must still be mapped before this task can train; null where nothing is missing. */
export function whyNotTrained(preview: ImportPreview, spec: TaskSpec): string | null {
  for (const oneOf of spec.columns.required)
    if (!oneOf.some((role) => preview.mapping[role] !== undefined))
      return `No column is marked as ${oneOf.join(' or ')}: click a column's head to say which one it is.`;
  const report = preview.report;
  if (report && report.stats.labelled < spec.minSamples && spec.columns.required.flat().includes('label'))
    return `${formatCount(report.stats.labelled)} of the rows have a label; ${formatCount(spec.minSamples)} are needed to train. Import them and label some.`;
  return null;
}

export const encodings = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'windows-1251',
  'shift_jis',
  'gb18030',
  'big5',
];
export const delimiters = [
  { value: ',', title: 'comma' },
  { value: ';', title: 'semicolon' },
  { value: '\t', title: 'tab' },
  { value: '|', title: 'bar' },
];
export function delimiterName(delimiter: string): string {
  return delimiters.find((known) => known.value === delimiter)?.title ?? `“${delimiter}”`;
}
