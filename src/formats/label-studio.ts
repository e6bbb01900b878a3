// Label Studio tasks, as exported in full. The first annotation that was not cancelled is the label; predictions
// are kept as suggestions and never become labels.
import type { Cell } from '../contract/records';
import { isRecord, own, type JsonRecord } from './reading';
import type { RecordShape } from './records';

const list = (value: Cell | undefined): JsonRecord[] => (Array.isArray(value) ? value.filter(isRecord) : []);

function choicesOf(annotation: JsonRecord): { name: string; choices: string[] } | null {
  for (const result of list(own(annotation, 'result'))) {
    const value = own(result, 'value');
    const choices = isRecord(value) ? own(value, 'choices') : undefined;
    const name = own(result, 'from_name');
    if (Array.isArray(choices))
      return {
        name: typeof name === 'string' ? name : 'label',
        choices: choices.filter((choice): choice is string => typeof choice === 'string'),
      };
  }
  return null;
}

function scoreOf(prediction: JsonRecord): number | null {
  const score = own(prediction, 'score');
  return typeof score === 'number' ? score : null;
}

export const labelStudio: RecordShape = {
  id: 'label-studio',
  mapping: { text: 'text', labels: 'label' },
  matches: (first) =>
    isRecord(own(first, 'data')) &&
    (Array.isArray(own(first, 'annotations')) || Array.isArray(own(first, 'predictions'))),
  row(record, number, log) {
    const data = own(record, 'data');
    if (!isRecord(data)) {
      log.refuse(number, 'it has no "data"');
      return null;
    }
    const annotations = list(own(record, 'annotations'));
    const given = annotations.filter((annotation) => own(annotation, 'was_cancelled') !== true);
    const decided = given.map(choicesOf).filter((choice) => choice !== null);
    const row: JsonRecord = { ...data };
    row['label'] = decided[0]?.choices ?? null;
    if (annotations.length > given.length && decided.length === 0)
      log.warn('skipped-task', 'were skipped by the annotator. They are kept without a label', number);
    if (decided.some((choice) => choice.choices.join('\n') !== decided[0]!.choices.join('\n')))
      log.warn('annotators-disagree', 'have annotators that disagree; the first is taken', number);
    if ((decided[0]?.choices.length ?? 0) > 1) log.warn('several-labels', 'have more than one label', number);
    const prediction = list(own(record, 'predictions'))[0];
    if (prediction) {
      row['suggestion'] = choicesOf(prediction)?.choices ?? null;
      row['suggestion score'] = scoreOf(prediction);
    }
    return row;
  },
};
