// Which columns the table shows and how wide: the mapped ones first, then the file's others. Pure.
import type { Dataset } from '../../contract/records';
import type { TableColumn } from '../../ui/table-column';

export interface RowColumn extends TableColumn {
  kind: 'select' | 'row' | 'text' | 'label' | 'model' | 'split' | 'plain';
  /** The column's name in the file; what sorting and filters use. */
  name: string;
}

const shownAtFirst = 3;

/** Names of the file's columns that have no place of their own in the table. */
export function otherColumns(dataset: Dataset): string[] {
  const { text, label, labels, split } = dataset.mapping;
  return dataset.columns.filter((name) => ![text, label, labels, split].includes(name));
}

/** `chosen` is the address's list of further columns; null shows the first few. */
export function rowColumns(dataset: Dataset, chosen: string | null, hasModel: boolean): RowColumn[] {
  const others = otherColumns(dataset);
  const further =
    chosen === null ? others.slice(0, shownAtFirst) : others.filter((name) => chosen.split(',').includes(name));
  const { text, label, labels } = dataset.mapping;
  const labelName = label ?? labels;
  return [
    { id: ':select', name: '', kind: 'select', title: 'Select', width: '38px' },
    { id: ':row', name: '', kind: 'row', title: 'row', width: '76px', align: 'end' },
    ...(text === undefined
      ? []
      : [{ id: ':text', name: text, kind: 'text' as const, title: text, width: 'minmax(220px, 1fr)' }]),
    // Pairs and triplets have no text of their own that a label or an answer could stand beside.
    ...(text === undefined && labelName === undefined
      ? []
      : [
          {
            id: ':label',
            name: labelName ?? 'labels',
            kind: 'label' as const,
            title: labelName ?? 'label',
            width: '210px',
          },
        ]),
    ...(hasModel && text !== undefined
      ? [{ id: ':model', name: '', kind: 'model' as const, title: 'model says', width: '108px', align: 'end' as const }]
      : []),
    { id: ':split', name: 'split', kind: 'split', title: 'split', width: '96px' },
    ...further.map((name) => ({
      id: name,
      name,
      kind: 'plain' as const,
      title: name,
      width: text === undefined ? 'minmax(160px, 1fr)' : '150px',
    })),
  ];
}
