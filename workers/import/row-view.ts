// One page with the labels in force laid over it: how every query, export and new version sees rows.
import type { DatasetRow } from '../../src/contract/data';
import type { Cell, Dataset, LabelState, Split } from '../../src/contract/records';
import { rowIdOf } from '../../src/lib/ids';
import { splitOf, textOf } from '../../src/lib/mapping-cells';
import { labelColumn, labelsInForce, overlayOfPage, type LabelsInForce } from '../../src/storage/labelled-rows';
import type { PageView } from '../../src/storage/row-page-codec';

export class RowView {
  private readonly label: { name: string | undefined; several: boolean };

  constructor(
    readonly dataset: Dataset,
    readonly page: PageView,
    private readonly overlay: ReadonlyMap<number, LabelState>,
  ) {
    this.label = labelColumn(dataset.mapping);
  }

  static async of(dataset: Dataset, page: PageView): Promise<RowView> {
    return new RowView(dataset, page, await overlayOfPage(dataset, page));
  }

  get rows(): number {
    return this.page.rows;
  }
  rowId(row: number): string {
    return rowIdOf(this.dataset.rootId, this.page.ordinal(row));
  }
  split(row: number): Split | null {
    const { split } = this.dataset.mapping;
    return this.page.split(row) ?? (split === undefined ? null : splitOf(this.page.column(split)[row]));
  }
  labels(row: number): LabelsInForce {
    const { name, several } = this.label;
    return labelsInForce(
      name === undefined ? null : this.page.column(name)[row],
      several,
      this.overlay.get(this.page.ordinal(row)),
    );
  }
  touched(row: number): boolean {
    return this.overlay.has(this.page.ordinal(row));
  }

  /** The cell under a column's name, or one of id, split, labels, labelOrigin, len. */
  cell(row: number, column: string): Cell {
    if (column === 'id') return this.rowId(row);
    if (column === 'split' || column === this.dataset.mapping.split) return this.split(row);
    if (column === 'labels') return this.labels(row).labels;
    if (column === 'labelOrigin') return this.labels(row).origin;
    if (column === 'len' && !this.dataset.columns.includes('len')) return this.textLength(row);
    if (column === this.label.name) return this.mappedLabel(row);
    // Nothing is mapped as label, but rows were labelled here: they answer under the role's own name.
    if (column === 'label' && this.label.name === undefined) return this.labels(row).labels[0] ?? null;
    return this.page.column(column)[row] ?? null;
  }

  /** Characters of the mapped text, under the pseudo column `len`; null where no column is mapped as text. */
  private textLength(row: number): number | null {
    const { text } = this.dataset.mapping;
    return text === undefined ? null : textOf(this.page.column(text)[row] ?? null).length;
  }

  /** The label column with the labels in force: a string for one label, a list for several. */
  private mappedLabel(row: number): Cell {
    const { labels, origin } = this.labels(row);
    if (this.label.several) return origin === null ? null : labels;
    return labels.length > 1 ? labels : (labels[0] ?? null);
  }

  row(index: number): DatasetRow {
    const entries: [string, Cell][] = this.dataset.columns.map((name) => [name, this.cell(index, name)]);
    const { labels, origin } = this.labels(index);
    return {
      ...Object.fromEntries(entries),
      id: this.rowId(index),
      split: this.split(index),
      labels,
      labelOrigin: origin,
    };
  }
}
