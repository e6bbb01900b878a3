// What may be a label, and which labels one row may have. Labels are text, whatever they look like.
import { DatasetError } from '../contract/errors';
import { nameLimit } from './project-input';

const labelsPerRow = 500;

/** The label trimmed; rejects with DatasetError where it is empty or longer than 200 characters. */
export function checkedLabel(label: unknown): string {
  const trimmed = typeof label === 'string' ? label.trim() : '';
  if (trimmed === '') throw new DatasetError('A label is a name of 1 to 200 characters, not empty.');
  if (trimmed.length > nameLimit)
    throw new DatasetError(
      `The label "${trimmed.slice(0, 40)}…" is ${trimmed.length} characters long; ${nameLimit} are allowed.`,
    );
  return trimmed;
}

/** Labels of one row, each once; one at most where the data set's rows take one. */
export function checkedLabels(labels: unknown, multiLabel: boolean): string[] {
  if (!Array.isArray(labels))
    throw new DatasetError('Labels are given as a list, for example ["refund"]; an empty list takes the label away.');
  const checked = [...new Set(labels.map(checkedLabel))];
  if (!multiLabel && checked.length > 1)
    throw new DatasetError(
      `Rows of this data set take one label; ${checked.length} were given (${checked.slice(0, 3).join(', ')}). Map the column as "labels" to allow several.`,
    );
  if (checked.length > labelsPerRow)
    throw new DatasetError(`A row takes at most ${labelsPerRow} labels; ${checked.length} were given.`);
  return checked;
}
